// Cuts and normalises texts.
#pragma once

#include "common/input.hpp"
#include "common/printable.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace explain {

using common::printable;
using common::trimmed;

/// Cuts the text to that many bytes, between two characters, and appends "..." if it was longer.
[[nodiscard]] std::string shortened(std::string_view, std::size_t bytes);

/// Replaces every run of digits by #, so that FLOOD_WAIT_37 and FLOOD_WAIT_5 become equal.
[[nodiscard]] std::string without_digits(std::string_view);

/// Returns the same text for errors that differ only in quoted text, the kind of quotes and brackets, numbers and ids:
/// "can't find 'x' [7]" and "can't find \"y\" (8)". Keeps names of methods ("messages.SendMessage").
[[nodiscard]] std::string without_details(std::string_view);

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
[[nodiscard]] constexpr bool is_word_character(char c) noexcept
{
    return is_digit(c) || c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}
[[nodiscard]] constexpr bool is_quote(char c) noexcept
{
    return c == '"' || c == '\'' || c == '`';
}

/// The offset of the end of a part of the text.
[[nodiscard]] inline std::size_t end_of(std::string_view part, std::string_view text) noexcept
{
    return static_cast<std::size_t>(part.data() - text.data()) + part.size();
}

}  // namespace explain
