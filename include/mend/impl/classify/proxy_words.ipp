// The rules for what proxies answer, and for what their clients print.
#pragma once

#include <mend/impl/classify/proxy_words.hpp>

#include <mend/impl/classify/system_results.hpp>
#include <mend/impl/classify/text_reader.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace mend::detail {
namespace {

constexpr phrase proxy_phrases[] = {
    // SOCKS replies 3 to 6 are about the target: PySocks and python-socks, Go, Node
    {"0x03: network unreachable", not_connected},
    {"0x04: host unreachable", not_connected},
    {"0x05: connection refused", not_connected},
    {"0x06: ttl expired", not_connected},
    {"unknown error network unreachable", not_connected},
    {"unknown error host unreachable", not_connected},
    {"unknown error connection refused", not_connected},
    {"unknown error ttl expired", not_connected},
    {"proxy rejected connection - networkunreachable", not_connected},
    {"proxy rejected connection - hostunreachable", not_connected},
    {"proxy rejected connection - connectionrefused", not_connected},
    {"proxy rejected connection - ttlexpired", not_connected},
    // python-socks, aiohttp-socks and httpx name them
    {"proxyerror: network unreachable", not_connected},
    {"proxyerror: host unreachable", not_connected},
    {"proxyerror: connection refused", not_connected},
    {"proxyerror: ttl expired", not_connected},
    {"sockserror: network unreachable", not_connected},
    {"sockserror: host unreachable", not_connected},
    {"sockserror: connection refused", not_connected},
    {"sockserror: ttl expired", not_connected},
    {"proxy server could not connect: network unreachable", not_connected},
    {"proxy server could not connect: host unreachable", not_connected},
    {"proxy server could not connect: connection refused", not_connected},
    {"proxy server could not connect: ttl expired", not_connected},
    {"for socks4 connect", not_connected},  // libcurl could not resolve the target
    {"for socks5 connect", not_connected},
    // the others are about the proxy
    {"general socks server failure", refused_by_proxy},
    {"connection not allowed by ruleset", refused_by_proxy},
    {"0x07: command not supported", refused_by_proxy},
    {"0x08: address type not supported", refused_by_proxy},
    {"socks5 proxy rejected connection", refused_by_proxy},
    {"socks4 proxy rejected connection", refused_by_proxy},
    {"no acceptable authentication methods", refused_by_proxy},
    {"no authentication method was acceptable", refused_by_proxy},
    {"socks5 authentication failed", refused_by_proxy},
    {"socks5 authentication methods were rejected", refused_by_proxy},
    // an interrupted handshake: libcurl and PySocks
    {"rejected by the socks5 server", refused_by_proxy},
    {"initial socks5 request", refused_by_proxy},
    {"initial socks5 response", refused_by_proxy},
    {"socks5 sub-negotiation", refused_by_proxy},
    {"socks4 connect request", refused_by_proxy},
    {"socks5 connect request", refused_by_proxy},
    {"can't complete socks4 connection", refused_by_proxy},
    {"socks4 reply has wrong version", refused_by_proxy},
    {"socks5 reply has wrong version", refused_by_proxy},
    {"connection to proxy closed", refused_by_proxy},
    {"proxy server sent invalid data", refused_by_proxy},
    {"socket error: connection closed unexpectedly", refused_by_proxy},
    // answers to CONNECT
    {"socket error: 403:", refused_by_proxy},  // PySocks
    {"socket error: 405:", refused_by_proxy},
    {"socket error: 407:", refused_by_proxy},
    {"socket error: 429:", refused_by_proxy},
    {"socket error: 500:", refused_by_proxy},
    {"socket error: 502:", refused_by_proxy},
    {"socket error: 503:", refused_by_proxy},
    {"socket error: 504:", refused_by_proxy},
    {"connect tunnel failed", refused_by_proxy},
    {"tunnel connection failed", refused_by_proxy},
    {"unsuccessful tunnel", refused_by_proxy},
    {"tunnel error", refused_by_proxy},
    {"from proxy after connect", refused_by_proxy},
    {"proxy connect aborted", refused_by_proxy},
    {"tunneling socket could not be established", refused_by_proxy},
    {"proxy response (", refused_by_proxy},  // tunnel-agent and https-proxy-agent
    {"proxy authentication required", refused_by_proxy},
    {"proxyconnect tcp", refused_by_proxy},
    // the proxy's own address
    {"could not resolve proxy", refused_by_proxy},
    {"couldn't resolve proxy", refused_by_proxy},
    {"cannot connect to proxy", refused_by_proxy},
    {"can't connect to proxy", refused_by_proxy},
    {"proxy server could not connect", refused_by_proxy},
    {"could not connect to proxy", refused_by_proxy},
    {"couldn't connect to proxy", refused_by_proxy},
    {"failed to connect to proxy", refused_by_proxy},
    {"unable to connect to proxy", refused_by_proxy},
    {"error connecting to socks4 proxy", refused_by_proxy},
    {"error connecting to socks5 proxy", refused_by_proxy},
    {"error connecting to http proxy", refused_by_proxy},
    {"socks connect", refused_by_proxy},
    // clients of proxies: PySocks, aiohttp, httpx, requests, TDLib
    {"generalproxyerror", refused_by_proxy},
    {"proxyconnectionerror", refused_by_proxy},
    {"proxytimeouterror", refused_by_proxy},
    {"proxyerror", refused_by_proxy},
    {"clientproxyconnectionerror", refused_by_proxy},
    {"clienthttpproxyerror", refused_by_proxy},
    {"socks4error", refused_by_proxy},
    {"socks5error", refused_by_proxy},
    {"socks5autherror", refused_by_proxy},
    {"sockserror", refused_by_proxy},
    {"socksclienterror", refused_by_proxy},
    {"socksconnecterror", refused_by_proxy},
    {"socks authentication failed", refused_by_proxy},
    {"response hash mismatch", refused_by_proxy},
    {"unsupported socks protocol version", refused_by_proxy},
    {"unsupported authentication mode", refused_by_proxy},
    {"proxy", proxy_trouble},
    {"socks", proxy_trouble},
    {"socks4", proxy_trouble},
    {"socks4a", proxy_trouble},
    {"socks5", proxy_trouble},
    {"socks5h", proxy_trouble},
    {"tunnel", proxy_trouble},
};

/// Reads the proxy's reply from libcurl's text: "Can't complete SOCKS5 connection to 149.154.167.220. (4)".
std::optional<rule_result> read_curl_socks(failure const& what, error_text const& stated)
{
    constexpr std::string_view words = "Can't complete SOCKS5 connection to ";
    std::string_view const text = what.message;
    auto const begin = text.find(words);
    if (stated.tells() != evidence::words || begin == std::string_view::npos)
        return std::nullopt;
    auto const opening = text.find(" (", begin + words.size());
    auto const reply = opening == std::string_view::npos ? std::string_view{} : next_digits(text, opening);
    bool const is_targets = reply.size() == 1 && reply.front() >= '3' && reply.front() <= '6';
    return is_targets ? not_connected : refused_by_proxy;
}

/// The default ports of local proxies: Tor, Privoxy, Squid, Shadowsocks, Clash, V2Ray, Fiddler. Not 8080, which a local Bot API
/// server can use.
bool is_port_of_proxy(std::string_view digits) noexcept
{
    constexpr std::array<std::string_view, 18> ports{"1080", "1081", "1086", "1087", "2080", "3128",  "7890",  "7891",  "7897",
                                                     "8118", "8888", "8889", "9050", "9150", "10808", "10809", "20170", "20171"};
    return std::ranges::find(ports, digits) != ports.end();
}

/// Returns the port behind a host: ":1080", "', 1080", "]:1080", " port 1080".
std::string_view port_behind(std::string_view text, std::size_t end) noexcept
{
    auto rest = text.substr(end);
    if (constexpr std::string_view label = " port "; rest.starts_with(label)) {
        rest.remove_prefix(label.size());
    } else {
        auto const marks = rest.substr(0, rest.find_first_not_of("]':,\" "));
        if (marks.empty() || marks.size() > 3 || marks.find_first_of(":,") == std::string_view::npos)
            return {};
        rest.remove_prefix(marks.size());
    }
    return rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size()));
}

/// "connect ECONNREFUSED 127.0.0.1:1080", "Connect call failed ('127.0.0.1', 9050)": the local proxy is not running. Telegram's
/// servers are never local, and a local Bot API server uses another port.
std::optional<rule_result> read_local_proxy(failure const& what, error_text const& stated)
{
    constexpr std::array<std::string_view, 4> refusals{"efused", "EFUSED", "onnect to ", "onnect call failed"};
    std::string_view const text = what.message;
    if (stated.tells() != evidence::words)
        return std::nullopt;
    struct host_name {
        std::string_view whole;
        std::size_t rare;  // the search begins with this character, since most lines have a 1 and an l
    };
    for (auto const& [host, rare] : {host_name{"127.0.0.1", 2}, host_name{"localhost", 5}, host_name{"::1", 0}}) {
        std::optional<text_reader> reader;  // along the hits
        for (auto found = text.find(host.substr(rare)); found != std::string_view::npos;
             found = text.find(host.substr(rare), found + 1)) {
            auto const at = found - std::min(found, rare);
            if (!text.substr(at).starts_with(host))
                continue;
            if ((at > 0 && is_word_character(text[at - 1])) || !is_port_of_proxy(port_behind(text, at + host.size())))
                continue;
            if (!reader) {
                if (std::ranges::none_of(refusals, [text](auto each) { return text.find(each) != std::string_view::npos; }))
                    return std::nullopt;
                reader.emplace(text);
            }
            reader->walk_beyond(at);
            if (reader->reads(at > 0 && text[at - 1] == '/' ? at - 1 : at))  // Java's "localhost/127.0.0.1:1080"
                return refused_by_proxy;
        }
    }
    return std::nullopt;
}

}  // namespace

void add_proxy_words(classifier& rules)
{
    rule_access::add(rules, {native_match{read_curl_socks, "libcurl's text of a SOCKS5 reply"}});
    for (auto const& each : proxy_phrases)
        add_phrase(rules, each.text, each.says);
    rule_access::add(rules, {native_match{read_local_proxy, "a proxy's port on this machine"}});
}

}  // namespace mend::detail
