// The words of a text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// What stands where a word stands.
enum class place : std::uint8_t {
    text,         ///< words of a client, the system or Telegram
    bot_api,      ///< "Bad Request: " and its kin: a Bot API description begins
    description,  ///< the first word of that description
    whole,        ///< the only word of that description: a name
    page,         ///< a page of HTML begins
};

/// One run of letters, digits and underscores in a text.
struct token {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint8_t holds = 0;  ///< which of these
    place where = place::text;

    static constexpr std::uint8_t small_letter = 1;
    static constexpr std::uint8_t capital_letter = 2;
    static constexpr std::uint8_t digit = 4;
    static constexpr std::uint8_t underscore = 8;

    [[nodiscard]] bool empty() const noexcept { return end == begin; }
    [[nodiscard]] bool has(std::uint8_t mark) const noexcept { return (holds & mark) != 0; }
    [[nodiscard]] std::string_view in(std::string_view text) const noexcept { return text.substr(begin, end - begin); }

    /// Capitals, perhaps with digits and underscores: what an RPC error name is made of.
    [[nodiscard]] bool in_capitals() const noexcept { return has(capital_letter) && !has(small_letter); }
};

/// Which of them a character is; 0: none.
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

/// Letters, digits and underscores.
[[nodiscard]] constexpr bool is_word_character(char c) noexcept
{
    return word_marks[static_cast<unsigned char>(c)] != 0;
}

/// The first token at or after a position, whatever it stands in; an empty one where there is none.
[[nodiscard]] token next_token(std::string_view text, std::size_t position) noexcept;

/// The first run of digits at or after a position; empty where there is none.
[[nodiscard]] std::string_view next_digits(std::string_view text, std::size_t position) noexcept;

}  // namespace mend::detail
