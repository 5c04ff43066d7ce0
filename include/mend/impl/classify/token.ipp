// Finds the words and numbers of a text.
#pragma once

#include <mend/impl/classify/token.hpp>

#include <mend/detail/pattern.hpp>

namespace mend::detail {

token next_token(std::string_view text, std::size_t position) noexcept
{
    while (position < text.size() && !is_word_character(text[position]))
        ++position;
    token result;
    scan(text, position, result);
    return result;
}

std::string_view next_digits(std::string_view text, std::size_t position) noexcept
{
    while (position < text.size() && !is_digit(text[position]))
        ++position;
    auto end = position;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    return position < text.size() ? text.substr(position, end - position) : std::string_view{};
}

}  // namespace mend::detail
