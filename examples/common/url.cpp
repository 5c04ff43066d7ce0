#include "common/url.hpp"

#include <algorithm>
#include <utility>

#include <arpa/inet.h>

namespace common {

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

}  // namespace common
