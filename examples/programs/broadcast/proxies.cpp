#include "proxies.hpp"

#include "input_error.hpp"
#include "url.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace broadcast {
namespace {

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
        throw input_error(fmt::format("contains a control character; {}", allowed));
    auto const given = url::parse(line, CURLU_NON_SUPPORT_SCHEME);
    // The text may hold a password, so no message quotes it.
    if (!given)
        throw input_error(fmt::format("invalid proxy; {}", allowed));
    auto const scheme = given->part(CURLUPART_SCHEME);
    if (scheme != "socks5" && scheme != "socks5h" && scheme != "http")
        throw input_error(fmt::format("scheme: unknown scheme {}; {}", in_quotes(scheme), allowed));
    auto const port = given->part(CURLUPART_PORT);
    if (port.empty() || port == "0")
        throw input_error(fmt::format("port: missing; {}", allowed));
    auto const path = given->part(CURLUPART_PATH);
    if ((!path.empty() && path != "/") || !given->part(CURLUPART_QUERY).empty())
        throw input_error(fmt::format("unexpected text after the port; {}", allowed));
    auto const host = given->part(CURLUPART_HOST);
    if (host.empty())
        throw input_error(fmt::format("host: missing; {}", allowed));
    proxy parsed{fmt::format("{}://{}:{}", scheme, host, port), given->part(CURLUPART_USER, CURLU_URLDECODE),
                 secret(given->part(CURLUPART_PASSWORD, CURLU_URLDECODE))};
    // libcurl decodes nothing that would hold a control character: it would go out without credentials, unnoticed.
    bool const has_user = !given->part(CURLUPART_USER).empty();
    bool const has_password = !given->part(CURLUPART_PASSWORD).empty();
    if (has_user == parsed.user.empty() || has_password == parsed.password.reveal().empty())
        throw input_error(fmt::format("user, password: contain a control character; {}", allowed));
    if (!is_utf8(parsed.name()))  // the state file is JSON
        throw input_error(fmt::format("not valid UTF-8; {}", allowed));
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

bool proxy::is_on_this_machine() const
{
    auto const parsed = url::parse(address, CURLU_NON_SUPPORT_SCHEME);
    return parsed && is_loopback(parsed->part(CURLUPART_HOST));
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
                throw input_error("duplicate proxy");
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
        throw input_error(at_line(path, 0, "contains no proxies; omit --proxies to send without one"));
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
