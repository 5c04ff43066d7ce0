// The words of a text: runs of letters, digits and underscores.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// What kind of text a word is part of.
enum class place : std::uint8_t {
    text,         ///< words of a client, the system or Telegram
    bot_api,      ///< "Bad Request: " or similar: a Bot API description begins
    description,  ///< the first word of that description
    whole,        ///< the only word of that description: a name
    page,         ///< a page of HTML begins
};

/// One run of letters, digits and underscores in a text.
struct token {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint8_t holds = 0;  ///< which of the marks below its characters have
    place where = place::text;

    static constexpr std::uint8_t small_letter = 1;
    static constexpr std::uint8_t capital_letter = 2;
    static constexpr std::uint8_t digit = 4;
    static constexpr std::uint8_t underscore = 8;

    [[nodiscard]] bool empty() const noexcept { return end == begin; }
    [[nodiscard]] bool has(std::uint8_t mark) const noexcept { return (holds & mark) != 0; }
    [[nodiscard]] std::string_view in(std::string_view text) const noexcept { return text.substr(begin, end - begin); }

    /// Whether it has capitals and no small letters, as the name of an RPC error does.
    [[nodiscard]] bool in_capitals() const noexcept { return has(capital_letter) && !has(small_letter); }
};

/// Which of these a character is; 0: none.
inline constexpr auto word_marks = [] {
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

[[nodiscard]] constexpr std::uint8_t word_mark(char c) noexcept
{
    return word_marks[static_cast<unsigned char>(c)];
}

/// Letters, digits and underscores.
[[nodiscard]] constexpr bool is_word_character(char c) noexcept
{
    return word_mark(c) != 0;
}

/// Reads the word that begins there into the token; an empty one if none does.
inline void scan(std::string_view text, std::size_t begin, token& into) noexcept
{
    unsigned holds = 0;
    auto const* at = text.data() + begin;
    for (auto const* const end = text.data() + text.size(); at != end; ++at) {
        unsigned const mark = word_mark(*at);
        if (mark == 0)
            break;
        holds |= mark;
    }
    into.begin = begin;
    into.end = static_cast<std::size_t>(at - text.data());
    into.holds = static_cast<std::uint8_t>(holds);
    into.where = place::text;
}

/// The first word at or after a position, in any text; an empty one if there is none.
[[nodiscard]] token next_token(std::string_view text, std::size_t position) noexcept;

/// The first run of digits at or after a position; empty if there is none.
[[nodiscard]] std::string_view next_digits(std::string_view text, std::size_t position) noexcept;

}  // namespace mend::detail
