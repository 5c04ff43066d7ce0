#include "proxies.hpp"

#include "common/input.hpp"
#include "common/proxy_address.hpp"
#include "common/utf8.hpp"

namespace tdjson_sender {
namespace {

using nlohmann::json;

common::proxy_syntax const& syntax()
{
    static common::proxy_syntax const known{
        {"socks5", "http", "mtproto"}, "socks5:// or http://, then [user:password@]host:port; or mtproto://secret@host:port"};
    return known;
}

json describe_type(common::proxy_address const& given)
{
    if (given.scheme == "socks5")
        return {{"@type", "proxyTypeSocks5"}, {"username", given.user}, {"password", given.password}};
    if (given.scheme == "http")
        return {{"@type", "proxyTypeHttp"}, {"username", given.user}, {"password", given.password}, {"http_only", false}};
    if (given.user.empty())
        throw common::input_error("secret: missing; allowed: " + syntax().allowed);
    if (!given.password.empty())
        throw common::input_error("secret: contains a colon; allowed: " + syntax().allowed);
    return {{"@type", "proxyTypeMtproto"}, {"secret", given.user}};
}

proxy describe(common::proxy_address const& given)
{
    if (!common::is_utf8(given.password))  // TDLib takes JSON
        throw common::input_error("password: not valid UTF-8; allowed: " + syntax().allowed);
    auto host = given.host;
    if (host.starts_with('['))  // an IPv6 address
        host = host.substr(1, host.size() - 2);
    return {given.text(), {{"@type", "proxy"}, {"server", host}, {"port", given.port}, {"type", describe_type(given)}}};
}

}  // namespace

std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& file)
{
    std::vector<proxy> proxies;
    common::for_each_proxy(content, file, syntax(),
                           [&](common::proxy_address const& given) { proxies.push_back(describe(given)); });
    if (proxies.empty())
        throw common::input_error(common::at_line(file, 0, "contains no proxies; omit --proxies to send without one"));
    return proxies;
}

std::vector<proxy> read_proxies(std::filesystem::path const& file)
{
    return parse_proxies(common::read_file(file), file);
}

}  // namespace tdjson_sender
