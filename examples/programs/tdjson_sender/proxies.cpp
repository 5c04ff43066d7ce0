#include "proxies.hpp"

#include "input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tdjson_sender {
namespace {

using nlohmann::json;

constexpr auto allowed = "allowed: socks5:// or http://, then [user:password@]host:port; or mtproto://secret@host:port";

int parse_port(std::string_view text)
{
    int port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
        throw input_error(fmt::format("port: not a whole number from 1 to 65535; {}", allowed));
    return port;
}

json describe_type(std::string_view scheme, std::string_view credentials)
{
    auto const colon = std::min(credentials.find(':'), credentials.size());
    std::string const user(credentials.substr(0, colon));
    std::string const password(credentials.substr(std::min(colon + 1, credentials.size())));
    if (scheme == "socks5")
        return {{"@type", "proxyTypeSocks5"}, {"username", user}, {"password", password}};
    if (scheme == "http")
        return {{"@type", "proxyTypeHttp"}, {"username", user}, {"password", password}, {"http_only", false}};
    if (scheme != "mtproto")
        throw input_error(fmt::format("scheme: unknown scheme {}; {}", shown(std::string(scheme)), allowed));
    if (credentials.empty())
        throw input_error(fmt::format("secret: missing; {}", allowed));
    return {{"@type", "proxyTypeMtproto"}, {"secret", std::string(credentials)}};
}

bool is_utf8(std::string_view text)
{
    try {
        return !json(text).dump().empty();
    } catch (json::type_error const&) {
        return false;
    }
}

proxy parse_proxy(std::string_view text)
{
    if (!is_utf8(text))
        throw input_error(fmt::format("not valid UTF-8; {}", allowed));
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        throw input_error(fmt::format("contains a control character; {}", allowed));
    auto const colons = text.find("://");
    if (colons == std::string_view::npos)
        throw input_error(fmt::format("invalid proxy; {}", allowed));
    auto const scheme = text.substr(0, colons);
    auto rest = text.substr(colons + 3);
    std::string_view credentials;
    if (auto const at = rest.rfind('@'); at != std::string_view::npos) {
        credentials = rest.substr(0, at);
        rest.remove_prefix(at + 1);
    }
    auto const type = describe_type(scheme, credentials);
    auto const colon = rest.rfind(':');
    if (colon == std::string_view::npos)
        throw input_error(fmt::format("port: missing; {}", allowed));
    auto host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))  // an IPv6 address
        host = host.substr(1, host.size() - 2);
    if (host.empty())
        throw input_error(fmt::format("host: missing; {}", allowed));
    json const description{
        {"@type", "proxy"}, {"server", std::string(host)}, {"port", parse_port(rest.substr(colon + 1))}, {"type", type}};
    return {fmt::format("{}://{}", scheme, rest), description};
}

}  // namespace

std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& file)
{
    std::vector<proxy> proxies;
    for_each_line(content, [&](std::string_view text, std::size_t line) {
        if (text.starts_with('#'))
            return;
        try {
            proxies.push_back(parse_proxy(text));
        } catch (input_error const& error) {
            throw input_error(at_line(file, line, error.what()));
        }
    });
    if (proxies.empty())
        throw input_error(at_line(file, 0, "contains no proxies; omit --proxies to send without one"));
    return proxies;
}

std::vector<proxy> read_proxies(std::filesystem::path const& file)
{
    return parse_proxies(read_file(file), file);
}

}  // namespace tdjson_sender
