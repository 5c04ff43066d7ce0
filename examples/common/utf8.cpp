#include "common/utf8.hpp"

namespace common {
namespace {

bool continues(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

utf8_character first_character(std::string_view text) noexcept
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

bool is_utf8(std::string_view text) noexcept
{
    return utf16_length(text).has_value();
}

std::optional<std::size_t> utf16_length(std::string_view text) noexcept
{
    std::size_t units = 0;
    while (!text.empty()) {
        auto const next = first_character(text);
        if (next.size == 0)
            return {};
        units += next.code > 0xFFFF ? 2 : 1;
        text.remove_prefix(next.size);
    }
    return units;
}

}  // namespace common
