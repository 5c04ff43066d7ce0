#include "text.hpp"

#include <algorithm>

namespace explain {
namespace {

/// A UTF-8 continuation byte.
bool continues(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// "messages.SendMessage", "sendMessage"
bool names_method(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 64 ||
        !std::ranges::all_of(text, [](char c) { return c == '.' || (is_word_character(c) && !is_digit(c)); }))
        return false;
    auto const own = text.substr(std::min(text.rfind('.') + 1, text.size() - 1));
    return std::ranges::adjacent_find(own, [](char a, char b) { return a >= 'a' && a <= 'z' && b >= 'A' && b <= 'Z'; }) !=
           own.end();
}

/// Hexadecimal digits with at least one decimal digit: "0x7f3c", "8c420e42".
bool is_id(std::string_view word) noexcept
{
    if (word.starts_with("0x"))
        word.remove_prefix(2);
    else if (word.size() < 6)
        return false;
    auto const is_hex = [](char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); };
    return std::ranges::all_of(word, is_hex) && std::ranges::any_of(word, is_digit);
}

}  // namespace

std::string shortened(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes)
        return std::string{text};
    auto end = bytes;
    for (int back = 0; back < 3 && end > 0 && continues(text[end]); ++back)
        --end;
    return std::string{text.substr(0, end)} + "...";
}

std::string without_digits(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    bool inside = false;
    for (char const c : text) {
        if (!is_digit(c))
            result += c;
        else if (!inside)
            result += '#';
        inside = is_digit(c);
    }
    return result;
}

std::string without_details(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const c = text[at];
        if (is_quote(c) && (at == 0 || !is_word_character(text[at - 1]))) {
            auto const end = text.find(c, at + 1);
            if (end != std::string_view::npos) {
                auto const inside = text.substr(at + 1, end - at - 1);
                result += names_method(inside) ? std::string{inside} : "\"\"";
                at = end;
                continue;
            }
        }
        if (is_word_character(c)) {
            auto end = at;
            while (end < text.size() && is_word_character(text[end]))
                ++end;
            auto const word = text.substr(at, end - at);
            result += is_id(word) ? "#" : without_digits(word);
            at = end - 1;
        } else if (c == '-' && at + 1 < text.size() && is_digit(text[at + 1])) {
            continue;  // of a number
        } else {
            result += c == '[' || c == '{' || c == '<' ? '(' : c == ']' || c == '}' || c == '>' ? ')' : c;
        }
    }
    return result;
}

}  // namespace explain
