// Finds quotation marks, and says what stands in front of a quotation.
#pragma once

#include <mend/impl/classify/quotation.hpp>

#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/token.hpp>

#include <algorithm>
#include <array>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

constexpr quotation_mark quotation_marks[] = {
    {"\"", "\"", 1},
    {"'", "'", 2},
    {"`", "`", 4},
    {"\xE2\x80\x9C", "\xE2\x80\x9D", 8},
    {"\xC2\xAB", "\xC2\xBB", 16},
    {"\xE2\x80\x98", "\xE2\x80\x99", 32},
    {"\\\"", "\\\"", 64},  // of JSON in a string
};

}  // namespace

quotation_mark const* mark_at(std::string_view text, std::size_t at) noexcept
{
    if (text[at] == '"' && at > 0 && text[at - 1] == '\\')
        return &quotation_marks[6];
    for (auto const& each : quotation_marks) {
        if (text.substr(at).starts_with(each.opening))
            return &each;
    }
    return nullptr;
}

std::size_t closing_of(quotation_mark const& mark, std::string_view text, std::size_t from, std::size_t end) noexcept
{
    bool const is_single = mark.bit == 2;
    text = text.substr(0, end);
    for (auto at = text.find(mark.closing, from); at < end; at = text.find(mark.closing, at + 1)) {
        auto const behind = at + mark.closing.size();
        bool const is_escaped = mark.bit <= 4 && at > from && text[at - 1] == '\\';
        bool const is_apostrophe = is_single && behind < end && is_word_character(text[behind]);
        if (!is_escaped && !is_apostrophe)
            return at;
    }
    return std::string_view::npos;
}

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
    constexpr std::array keys{
        "name"sv,   "message"sv,          "error_message"sv,     "errorMessage"sv, "description"sv, "error"sv,
        "err"sv,    "errorDescription"sv, "error_description"sv, "err_msg"sv,      "errmsg"sv,      "exceptionMessage"sv,
        "Message"sv};
    auto const before = without_spaces(text, end - key.size());
    if (key == "reason")
        return text.substr(0, before).ends_with("Error{");  // Elixir's; any other reason may be a person's
    if (std::ranges::find(keys, key) == keys.end())
        return false;
    return quoted || assigned || before == 0 || !is_letter(text[before - 1]);  // "with the name: 'x'" is prose
}

}  // namespace mend::detail
