#include "common/printable.hpp"

#include "common/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace common {
namespace {

bool changes_direction(std::uint32_t code) noexcept
{
    return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void append(std::string& to, char const* format, unsigned value)
{
    char escaped[16];
    std::snprintf(std::data(escaped), std::size(escaped), format, value);
    to += std::data(escaped);
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const next = first_character(text);
        auto const size = next.size == 0 ? 1 : next.size;
        if (next.size == 0 || next.code < 0x20 || next.code == 0x7F)
            append(result, "\\x%02x", static_cast<unsigned char>(text.front()));
        else if ((next.code >= 0x80 && next.code < 0xA0) || changes_direction(next.code))
            append(result, "\\u{%04x}", next.code);
        else
            result.append(text.substr(0, size));
        text.remove_prefix(size);
    }
    return result;
}

std::string printable_lines(std::string_view text)
{
    std::string result;
    for (;;) {
        auto const end = text.find('\n');
        result += printable(text.substr(0, end));
        if (end == std::string_view::npos)
            return result;
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace common
