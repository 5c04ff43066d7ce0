// Kinds of characters, in ASCII alone: a text's encoding is not known.
#pragma once

namespace mend::detail {

[[nodiscard]] constexpr bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

[[nodiscard]] constexpr bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace mend::detail
