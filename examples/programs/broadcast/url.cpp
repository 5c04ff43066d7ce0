#include "url.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>

namespace broadcast {

std::optional<url> url::parse(std::string const& text, unsigned flags)
{
    handle parsed(curl_url(), curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), flags) != CURLUE_OK)
        return {};
    return url(std::move(parsed));
}

std::string url::part(CURLUPart which, unsigned flags) const
{
    char* text = nullptr;
    if (curl_url_get(parsed_.get(), which, &text, flags) != CURLUE_OK)
        return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

bool is_loopback(std::string_view host)
{
    constexpr std::string_view name = "localhost";  // libcurl asks no name server about it
    auto const same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    if (std::equal(host.begin(), host.end(), name.begin(), name.end(), same))
        return true;
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    std::string const address(host);
    in_addr four{};
    if (::inet_pton(AF_INET, address.c_str(), &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    in6_addr six{};
    return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::optional<api_root> parse_api_root(std::string const& text)
{
    // libcurl takes some control characters.
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; }))
        return {};
    auto const parsed = url::parse(text);
    if (!parsed)
        return {};
    auto const scheme = parsed->part(CURLUPART_SCHEME);
    auto const has = [&](CURLUPart which) { return !parsed->part(which).empty(); };
    bool const plain = !has(CURLUPART_USER) && !has(CURLUPART_PASSWORD) && text.find_first_of("?#@") == std::string::npos;
    auto host = parsed->part(CURLUPART_HOST);
    if ((scheme != "http" && scheme != "https") || host.empty() || !plain)
        return {};
    return api_root{parsed->part(CURLUPART_URL), std::move(host), scheme == "https"};
}

}  // namespace broadcast
