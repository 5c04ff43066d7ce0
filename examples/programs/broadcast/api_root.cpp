#include "api_root.hpp"

#include "common/url.hpp"

#include <algorithm>
#include <utility>

namespace broadcast {

std::optional<api_root> parse_api_root(std::string const& text)
{
    // libcurl accepts some control characters.
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; }))
        return {};
    auto const parsed = common::url::parse(text);
    if (!parsed)
        return {};
    auto const scheme = parsed->part(CURLUPART_SCHEME);
    bool const plain =
        !parsed->has(CURLUPART_USER) && !parsed->has(CURLUPART_PASSWORD) && text.find_first_of("?#@") == std::string::npos;
    auto host = parsed->part(CURLUPART_HOST);
    if ((scheme != "http" && scheme != "https") || host.empty() || !plain)
        return {};
    return api_root{parsed->part(CURLUPART_URL), std::move(host), scheme == "https"};
}

}  // namespace broadcast
