// Looks at what precedes a position in a text.
#pragma once

#include <mend/impl/classify/preceding_text.hpp>

#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/token.hpp>

#include <algorithm>
#include <array>

namespace mend::detail {

std::string_view word_before(std::string_view text, std::size_t end) noexcept
{
    auto begin = end;
    while (begin > 0 && end - begin < 64 && is_word_character(text[begin - 1]))
        --begin;
    return text.substr(begin, end - begin);
}

std::size_t without_spaces(std::string_view text, std::size_t end) noexcept
{
    while (end > 0 && is_space(text[end - 1]))
        --end;
    return end;
}

bool begins_sentence(std::string_view text, std::size_t position) noexcept
{
    auto const before = without_spaces(text, position);
    return before == 0 || (word_mark(text[before - 1]) & (token::small_letter | token::underscore)) == 0;
}

bool is_value_of_error(std::string_view text, std::size_t end) noexcept
{
    if (end > 1 && text.substr(end - 2, 2) == "=>")
        --end;
    bool const assigned = text[end - 1] == '=';
    end = without_spaces(text, end - 1);
    bool const quoted = end > 0 && (text[end - 1] == '"' || text[end - 1] == '\'');
    if (quoted)
        end -= end > 1 && text[end - 2] == '\\' ? 2U : 1U;
    auto const key = word_before(text, end);
    using namespace std::string_view_literals;
    constexpr std::array keys{
        "name"sv,   "message"sv,          "error_message"sv,     "errorMessage"sv, "description"sv, "error"sv,
        "err"sv,    "errorDescription"sv, "error_description"sv, "err_msg"sv,      "errmsg"sv,      "exceptionMessage"sv,
        "Message"sv};
    auto const before = without_spaces(text, end - key.size());
    if (key == "reason")
        return text.substr(0, before).ends_with("Error{");  // Elixir's; any other reason can be a user's text
    if (std::ranges::none_of(keys,
                             [key](auto each) { return key.size() == each.size() && key.back() == each.back() && key == each; }))
        return false;
    return quoted || assigned || before == 0 || !is_letter(text[before - 1]);  // "with the name: 'x'" is prose
}

}  // namespace mend::detail
