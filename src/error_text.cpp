// Reads what clients write about an error.
#include <mend/detail/error_text.hpp>
#include <mend/detail/pattern.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

/// What a character adds to the token that it is part of; 0: it is part of none.
constexpr auto marks = [] {
    std::array<std::uint8_t, 256> result{};
    for (std::size_t c = 'a'; c <= 'z'; ++c)
        result[c] = token::small_letter;
    for (std::size_t c = 'A'; c <= 'Z'; ++c)
        result[c] = token::capital_letter;
    for (std::size_t c = '0'; c <= '9'; ++c)
        result[c] = token::digit;
    result['_'] = token::underscore;
    return result;
}();

std::uint8_t mark_of(char c) noexcept
{
    return marks[static_cast<unsigned char>(c)];
}

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// A name that cannot be an ordinary word: FLOOD_WAIT_37, but neither HTTP nor SOCKS5.
bool is_compound_name(token const& word) noexcept
{
    return word.in_capitals() && word.has(token::underscore);
}

/// 303, 4xx and 5xx, as a whole run of three digits: the codes that Telegram answers.
int code_in(std::string_view text, token const& word) noexcept
{
    if (word.end - word.begin != 3 || word.holds != token::digit)
        return 0;
    auto const value = static_cast<int>(parse_digits(word.in(text)));
    return value >= 300 && value <= 599 ? value : 0;
}

bool is_negative(std::string_view text, token const& number) noexcept
{
    return number.begin > 0 && text[number.begin - 1] == '-' && (number.begin == 1 || mark_of(text[number.begin - 2]) == 0);
}

/// "code 420", "Error code: 429", "RPCError 420", "error 400", "code=420".
bool says_code(std::string_view text, token const& before, std::size_t number_begin) noexcept
{
    auto const word = before.in(text);
    if (!equal_ignoring_case(word, "code") && !equal_ignoring_case(word, "error") && !equal_ignoring_case(word, "rpcerror") &&
        !equal_ignoring_case(word, "error_code"))
        return false;
    auto const between = text.substr(before.end, number_begin - before.end);
    return std::ranges::all_of(between, [](char c) { return is_space(c) || c == ':' || c == '=' || c == '"'; });
}

/// Is this number the code of the error, and not some number in a sentence?
bool is_code(std::string_view text, token const& before, token const& number, token const& after) noexcept
{
    auto const begin = number.begin - (is_negative(text, number) ? 1 : 0);
    auto const preceding = begin == 0 ? '\0' : text[begin - 1];
    auto const following = number.end == text.size() ? '\0' : text[number.end];
    if (before.end > before.begin && says_code(text, before, begin))
        return true;
    if (preceding == '[')
        return following == ' ' || following == ']' || following == ':';
    if ((begin == 0 || preceding == '(') && following == ':')
        return true;
    auto const between = text.substr(number.end, after.begin - number.end);
    auto const free = begin == 0 || mark_of(preceding) == 0;
    return free && is_compound_name(after) && (between == " " || between == ": " || between == ":");
}

/// What follows a code in front: "420: NAME", "[420 NAME]", "[420] NAME".
std::string_view body_after(std::string_view text, std::size_t position) noexcept
{
    auto rest = text.substr(position);
    while (!rest.empty() && (is_space(rest.front()) || rest.front() == ':' || rest.front() == ']'))
        rest.remove_prefix(1);
    rest = rest.substr(0, rest.find(']'));
    return trimmed(rest.substr(0, rest.find(" (caused by")));
}

}  // namespace

token next_token(std::string_view text, std::size_t position) noexcept
{
    while (position < text.size() && mark_of(text[position]) == 0)
        ++position;
    auto const begin = position;
    unsigned holds = 0;
    for (; position < text.size(); ++position) {
        auto const mark = mark_of(text[position]);
        if (mark == 0)
            break;
        holds |= mark;
    }
    return {begin, position, static_cast<std::uint8_t>(holds)};
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

error_text error_text::parse(std::string_view text) noexcept
{
    error_text result;
    token before;
    token word = next_token(text, 0);
    if (word.begin == 0 && word.end == text.size()) {  // a bare name, as Telegram itself writes it, or an ordinary word
        result.body = text;
        if (word.in_capitals())
            result.name = text;
        return result;
    }
    result.body = trimmed(text);
    while (word.end > word.begin) {
        auto const after = next_token(text, word.end);
        if (result.code == 0) {
            if (auto const code = code_in(text, word); code != 0 && is_code(text, before, word, after)) {
                result.code = is_negative(text, word) ? -code : code;
                result.body = body_after(text, word.end);
            }
        }
        if (result.name.empty() && word.in_capitals()) {
            auto const name = word.in(text);
            if (word.has(token::underscore) || name == result.body)
                result.name = name;
        }
        if (result.code != 0 && !result.name.empty())
            break;
        before = word;
        word = after;
    }
    return result;
}

}  // namespace mend::detail
