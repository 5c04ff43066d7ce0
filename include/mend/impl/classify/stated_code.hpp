// Tells the code of an error from the other numbers of a text: those of processes, threads, lines and HTTP libraries.
#pragma once

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/token.hpp>

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// The number if it is one that Telegram answers with, 303, 4xx or 5xx, of exactly three digits; else 0.
[[nodiscard]] inline int code_in(std::string_view text, token const& word) noexcept
{
    if (word.end - word.begin != 3 || word.holds != token::digit)
        return 0;
    auto const value = static_cast<int>(parse_digits(word.in(text)));
    return value >= 300 && value <= 599 ? value : 0;
}

/// Returns whether a minus sign precedes the number, and no word the minus sign.
[[nodiscard]] bool is_negative(std::string_view text, token const& number) noexcept;

/// Returns whether this number is the code of the error, and not a number in a sentence or in the columns of a log. `limit`:
/// where the quotation or text ends that it is part of.
[[nodiscard]] bool is_code(std::string_view text, token const& number, std::size_t limit) noexcept;

}  // namespace mend::detail
