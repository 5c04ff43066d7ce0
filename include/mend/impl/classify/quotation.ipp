// Finds quotation marks.
#pragma once

#include <mend/impl/classify/quotation.hpp>

#include <mend/impl/classify/token.hpp>

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
    {"\\\"", "\\\"", 64},  // JSON within a string
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

}  // namespace mend::detail
