#include "proxies.hpp"

#include "input_error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace broadcast {
namespace {

using url_handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// One part of the URL, empty where it is absent.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
        return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

bool is_utf8(std::string const& text)
{
    try {
        return !nlohmann::json(text).dump().empty();
    } catch (nlohmann::json::type_error const&) {
        return false;
    }
}

proxy parse_proxy(std::string const& line)
{
    constexpr auto allowed = "allowed: socks5://, socks5h:// or http://, then [user:password@]host:port";
    if (std::any_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        throw input_error(fmt::format("has a character that cannot be printed; {}", allowed));
    url_handle const url(curl_url(), curl_url_cleanup);
    // The text may hold a password, so no message quotes it.
    if (!url || curl_url_set(url.get(), CURLUPART_URL, line.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        throw input_error(fmt::format("is no proxy; {}", allowed));
    auto const scheme = part(url.get(), CURLUPART_SCHEME);
    if (scheme != "socks5" && scheme != "socks5h" && scheme != "http")
        throw input_error(fmt::format("scheme: {} is not known; {}", in_quotes(scheme), allowed));
    auto const port = part(url.get(), CURLUPART_PORT);
    if (port.empty() || port == "0")
        throw input_error(fmt::format("port: is missing; {}", allowed));
    auto const path = part(url.get(), CURLUPART_PATH);
    if ((!path.empty() && path != "/") || !part(url.get(), CURLUPART_QUERY).empty())
        throw input_error(fmt::format("has something behind the port; {}", allowed));
    auto const host = part(url.get(), CURLUPART_HOST);
    if (host.empty())
        throw input_error(fmt::format("host: is missing; {}", allowed));
    proxy parsed{fmt::format("{}://{}:{}", scheme, host, port), part(url.get(), CURLUPART_USER, CURLU_URLDECODE),
                 secret(part(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE))};
    // libcurl decodes nothing that would hold a control character: it would go out without credentials, unnoticed.
    bool const has_user = !part(url.get(), CURLUPART_USER).empty();
    bool const has_password = !part(url.get(), CURLUPART_PASSWORD).empty();
    if (has_user == parsed.user.empty() || has_password == parsed.password.reveal().empty())
        throw input_error(fmt::format("user, password: have a character that cannot be printed; {}", allowed));
    if (!is_utf8(parsed.name()))  // the state file is JSON
        throw input_error(fmt::format("is no text in UTF-8; {}", allowed));
    return parsed;
}

std::vector<std::string> names_of(std::vector<proxy> const& list)
{
    std::vector<std::string> names;
    names.reserve(list.size());
    for (auto const& each : list)
        names.push_back(each.name());
    return names;
}

}  // namespace

std::string proxy::name() const
{
    if (user.empty())
        return address;
    auto const host = address.find("://") + 3;
    return fmt::format("{}{}@{}", address.substr(0, host), user, address.substr(host));
}

std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& name)
{
    std::vector<proxy> list;
    std::size_t line = 0;
    while (!content.empty()) {
        ++line;
        auto const end = std::min(content.find('\n'), content.size());
        auto text = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        auto const first = text.find_first_not_of(" \t\r");
        if (first == std::string_view::npos || text[first] == '#')
            continue;
        text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
        try {
            auto parsed = parse_proxy(std::string(text));
            auto const same = [&](proxy const& other) { return other.name() == parsed.name(); };
            if (std::any_of(list.begin(), list.end(), same))
                throw input_error("is there twice; allowed: each proxy once");
            list.push_back(std::move(parsed));
        } catch (input_error const& error) {
            throw input_error(at_line(name, line, error.what()));
        }
    }
    return list;
}

std::vector<proxy> read_proxies(std::filesystem::path const& path)
{
    auto list = parse_proxies(read_file(path), path);
    if (list.empty())
        throw input_error(at_line(path, 0, "holds no proxy; leave --proxies out to send without"));
    return list;
}

proxies::proxies(std::vector<proxy> list) : pool_(names_of(list))
{
    for (auto& each : list) {
        auto name = each.name();
        list_.emplace(std::move(name), std::move(each));
    }
}

}  // namespace broadcast
