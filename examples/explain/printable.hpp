// Bytes of any origin as text that a terminal and a JSON document can hold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace explain {

/// The text as it is, but for what would not print or would change how the rest prints: control characters, bytes that
/// are no UTF-8 and marks of text direction become \x00, and \u{202e}.
[[nodiscard]] std::string printable(std::string_view);

/// As much of the text as fits into so many bytes, cut between two characters, with "..." behind it where it was cut.
[[nodiscard]] std::string shortened(std::string_view, std::size_t bytes);

/// Every run of digits as one #, so that FLOOD_WAIT_37 and FLOOD_WAIT_5 are one text.
[[nodiscard]] std::string without_digits(std::string_view);

[[nodiscard]] constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_space(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
[[nodiscard]] constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Without the spaces around it.
[[nodiscard]] std::string_view trimmed(std::string_view) noexcept;

}  // namespace explain
