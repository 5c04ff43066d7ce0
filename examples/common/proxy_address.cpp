#include "common/proxy_address.hpp"

#include "common/input.hpp"
#include "common/url.hpp"
#include "common/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace common {
namespace {

bool is_control(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// 0 if the text is not a port.
std::uint16_t read_port(std::string const& text) noexcept
{
    std::uint16_t port = 0;
    auto const* const end = text.data() + text.size();
    auto const [stopped, error] = std::from_chars(text.data(), end, port);
    return error == std::errc{} && stopped == end ? port : std::uint16_t{0};
}

}  // namespace

std::string proxy_address::text() const
{
    return scheme + "://" + host + ":" + std::to_string(port);
}

proxy_address parse_proxy_address(std::string_view text, proxy_syntax const& syntax)
{
    auto const check = [&](bool good, std::string const& why) {
        if (!good)
            throw input_error(why + "; allowed: " + syntax.allowed);
    };
    check(std::none_of(text.begin(), text.end(), is_control), "contains a control character");
    auto const given = url::parse(std::string(text), CURLU_NON_SUPPORT_SCHEME);
    check(given.has_value(), "invalid proxy");
    proxy_address parsed{given->part(CURLUPART_SCHEME), given->part(CURLUPART_USER, CURLU_URLDECODE),
                         given->part(CURLUPART_PASSWORD, CURLU_URLDECODE), given->part(CURLUPART_HOST),
                         read_port(given->part(CURLUPART_PORT))};
    check(std::find(syntax.schemes.begin(), syntax.schemes.end(), parsed.scheme) != syntax.schemes.end(),
          "scheme: unknown scheme " + in_quotes(parsed.scheme));
    check(parsed.port != 0, "port: missing, or not a number from 1 to 65535");
    auto const path = given->part(CURLUPART_PATH);
    check((path.empty() || path == "/") && !given->has(CURLUPART_QUERY) && !given->has(CURLUPART_FRAGMENT),
          "unexpected text after the port");
    check(!parsed.host.empty(), "host: missing");
    // libcurl returns nothing for a part whose decoded text has a control character; the proxy would be used without it.
    check(given->has(CURLUPART_USER) != parsed.user.empty() && given->has(CURLUPART_PASSWORD) != parsed.password.empty(),
          "user, password: contain a control character");
    check(is_utf8(parsed.user) && is_utf8(parsed.host), "not valid UTF-8");
    return parsed;
}

void for_each_proxy(std::string_view content, std::filesystem::path const& file, proxy_syntax const& syntax,
                    std::function<void(proxy_address)> const& take)
{
    for_each_line(content, [&](std::string_view text, std::size_t line) {
        if (text.starts_with('#'))
            return;
        try {
            take(parse_proxy_address(text, syntax));
        } catch (input_error const& error) {
            throw input_error(at_line(file, line, error.what()));
        }
    });
}

}  // namespace common
