// Replaces an HTML page in the text of a failure by the page's title, which says what a person needs to know.
#pragma once

#include <mend/detail/pattern.hpp>
#include <mend/detail/printed.hpp>

#include <algorithm>
#include <cstddef>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

/// Returns where the word, in small letters, begins in the text; npos if it does not occur.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) noexcept
{
    auto const begin = text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size()));
    auto const found = std::search(begin, text.end(), word.begin(), word.end(), [](char a, char b) { return to_lower(a) == b; });
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

/// Returns the text of the element of that name, without tags and with single spaces; empty if there is none.
std::string text_of(std::string_view page, std::string_view tag)
{
    auto const begin = find_word(page, tag);
    if (begin == std::string_view::npos)
        return {};
    std::string text;
    bool in_tag = true;
    for (char const c : page.substr(begin + tag.size())) {
        if (c == '<' && !text.empty())
            break;
        if (c == '<' || c == '>') {
            in_tag = c == '<';
            continue;
        }
        if (in_tag)
            continue;
        bool const is_space = static_cast<unsigned char>(c) <= ' ';
        if (!is_space)
            text += c;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    if (text.ends_with(' '))
        text.pop_back();
    return text;
}

}  // namespace

std::string without_page(std::string_view text)
{
    auto const begin = std::min(find_word(text, "<!doctype"sv), find_word(text, "<html"sv));
    if (begin == std::string_view::npos)
        return std::string{text};
    auto const page = text.substr(begin);
    std::string title = text_of(page, "<title"sv);
    if (title.empty())
        title = text_of(page, "<h1"sv);
    return std::string{text.substr(0, begin)} + (title.empty() ? "an HTML page without a title" : title);
}

}  // namespace mend::detail
