#include "common/printable.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace common {
namespace {

struct character {
    std::uint32_t code = 0;
    std::size_t size = 0;  ///< bytes; 0: these are not UTF-8
};

bool continues(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

character first_character(std::string_view text) noexcept
{
    auto const lead = static_cast<unsigned char>(text.front());
    std::size_t const size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (size <= 1)
        return {lead, size};
    if (text.size() < size)
        return {};
    std::uint32_t code = lead & (0xFFU >> (size + 1));
    for (std::size_t at = 1; at < size; ++at) {
        if (!continues(text[at]))
            return {};
        code = code << 6U | (static_cast<unsigned char>(text[at]) & 0x3FU);
    }
    bool const overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return {};
    return {code, size};
}

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
