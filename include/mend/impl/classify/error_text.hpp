// Finds the name and the code of an RPC error in the text that a client made of it.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/impl/classify/token.hpp>
#include <mend/impl/classify/told_numbers.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// What a failure states besides words, from the least to the most.
enum class evidence : std::uint8_t {
    words,  ///< nothing
    code,   ///< an RPC code: Telegram has answered, and may have quoted the sender
    name,   ///< a code and a name in capitals
};

/// What the text of an error states, in any of the forms that clients use: "FLOOD_WAIT_37", "420: FLOOD_WAIT_37",
/// "Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required", "rpc error code 420: FLOOD_WAIT (37)",
/// "Error code: 429. Description: Too Many Requests: retry after 37". The views point into the text.
struct error_text {
    int code = 0;           ///< the code that the text states, or that a Bot API description implies; 0 = none
    bool states_code = false;  ///< the text states a code, instead of only a description that implies one
    std::string_view name;  ///< the first RPC error name, in capitals: "FLOOD_WAIT_37"; empty = none
    std::string_view body;  ///< the text without the code in front and the brackets and spaces around it
    told_numbers told;
    std::size_t description = std::string_view::npos;  ///< where a Bot API description's own words begin
    std::size_t page = std::string_view::npos;  ///< where a page of HTML begins
    bool concerns_one_of_many = false;  ///< "failed to send message #2": other messages of the request may have been sent

    [[nodiscard]] bool is_bot_api() const noexcept { return description != std::string_view::npos; }

    [[nodiscard]] evidence tells() const noexcept
    {
        return code == 0 && !is_bot_api() ? evidence::words : name.empty() ? evidence::code : evidence::name;
    }

    /// Reads the text in one pass, without allocation. The text can hold any bytes.
    [[nodiscard]] MEND_API static error_text parse(std::string_view text) noexcept;

    /// Reads and returns the word if the text is a single word, as Telegram itself sends a name; else returns an empty one.
    [[nodiscard]] token read_alone(std::string_view text) noexcept;

    /// Reads the next word of a text_reader. `limit`: where the quotation or text ends that it is part of.
    void read(std::string_view text, token const& word, std::size_t limit) noexcept
    {
        bool const is_prose = !word.has(token::digit) && (word.has(token::small_letter) || !name.empty());
        if (!is_prose || word.where != place::text)
            look_at(text, word, limit);
    }

private:
    void look_at(std::string_view text, token const&, std::size_t limit) noexcept;
};

/// Returns the digits right behind the name that ends there: "FLOOD_WAIT (37)", "('FLOOD_WAIT', 37)".
[[nodiscard]] std::string_view argument_behind(std::string_view text, std::size_t end) noexcept;

}  // namespace mend::detail
