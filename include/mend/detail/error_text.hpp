// Reads what clients write about an error: where in the text the RPC error's name and code stand.
#pragma once

#include <mend/detail/export.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend::detail {

/// How much a failure tells beside its words, from the least to the most.
enum class evidence : std::uint8_t {
    words,  ///< nothing
    code,   ///< an RPC code: Telegram has said what it is, and may have quoted the sender's words
    name,   ///< a code and a name in capitals
};

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

/// The numbers that a text tells in words or behind labels instead of in an error's name. Each is the longest or first of its
/// kind; fractions are rounded up to whole seconds.
struct told_numbers {
    std::optional<std::chrono::milliseconds> wait;     ///< "A wait of 37 seconds", "retry after 5", "retry_after=149.0s"
    std::optional<std::chrono::milliseconds> seconds;  ///< "seconds: 416", "waiting 9.0s": a wait if the error is one
    std::optional<std::int64_t> number;                ///< "DC 4", "25 stars", "Part 3", "New chat id: -100155"
    std::optional<std::int64_t> value;                 ///< "value: 37", "value: Some(37)": whatever the name takes

    /// Looks at a word that holds digits.
    void read(std::string_view text, token const&) noexcept;

    /// The longest wait that an error which is a wait tells.
    [[nodiscard]] std::optional<std::chrono::milliseconds> longest_wait() const noexcept
    {
        return wait && seconds ? std::max(wait, seconds) : wait ? wait : seconds;
    }
};

/// What an error's text says about itself, in any of the forms that clients use: "FLOOD_WAIT_37", "420: FLOOD_WAIT_37",
/// "Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required", "rpc error code 420: FLOOD_WAIT (37)",
/// "Error code: 429. Description: Too Many Requests: retry after 37". The views point into the text.
struct error_text {
    int code = 0;           ///< the code that the text states, or that a Bot API description implies; 0 = none
    bool states_code = false;  ///< the text itself states a code, and not only a description that implies one
    std::string_view name;  ///< the first RPC error name, in capitals: "FLOOD_WAIT_37"; empty = none
    std::string_view body;  ///< the text without a code in front of it, brackets and spaces around it
    told_numbers told;
    std::size_t description = std::string_view::npos;  ///< where a Bot API description's own words begin
    std::size_t page = std::string_view::npos;  ///< where a page of HTML begins
    bool concerns_one_of_many = false;  ///< "failed to send message #2": others of the request may have gone out

    [[nodiscard]] bool is_bot_api() const noexcept { return description != std::string_view::npos; }

    [[nodiscard]] evidence tells() const noexcept
    {
        return code == 0 && !is_bot_api() ? evidence::words : name.empty() ? evidence::code : evidence::name;
    }

    /// One pass, no allocation; any bytes are safe.
    [[nodiscard]] MEND_API static error_text parse(std::string_view text) noexcept;

    /// If the text is one word alone, as Telegram itself writes a name, reads and returns it; else an empty one.
    [[nodiscard]] token read_alone(std::string_view text) noexcept;

    /// Reads the next word that a text_reader gives. `limit`: where the quotation or text ends in which it stands.
    void read(std::string_view text, token const& word, std::size_t limit) noexcept
    {
        bool const is_prose = !word.has(token::digit) && (word.has(token::small_letter) || !name.empty());
        if (!is_prose || word.where != place::text)
            look_at(text, word, limit);
    }

private:
    void look_at(std::string_view text, token const&, std::size_t limit) noexcept;
};

/// The first token at or after a position, whatever it stands in; an empty one where there is none.
[[nodiscard]] token next_token(std::string_view text, std::size_t position) noexcept;

/// The digits of "FLOOD_WAIT (37)" and "('FLOOD_WAIT', 37)": right behind the name that ends there.
[[nodiscard]] std::string_view argument_behind(std::string_view text, std::size_t end) noexcept;

/// The first run of digits at or after a position; empty where there is none.
[[nodiscard]] std::string_view next_digits(std::string_view text, std::size_t position) noexcept;

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

}  // namespace mend::detail
