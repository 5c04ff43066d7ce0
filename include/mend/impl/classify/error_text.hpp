// Reads what clients write about an error: where in the text the RPC error's name and code stand.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/impl/classify/token.hpp>
#include <mend/impl/classify/told_numbers.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// How much a failure tells beside its words, from the least to the most.
enum class evidence : std::uint8_t {
    words,  ///< nothing
    code,   ///< an RPC code: Telegram has said what it is, and may have quoted the sender's words
    name,   ///< a code and a name in capitals
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

/// The digits of "FLOOD_WAIT (37)" and "('FLOOD_WAIT', 37)": right behind the name that ends there.
[[nodiscard]] std::string_view argument_behind(std::string_view text, std::size_t end) noexcept;

}  // namespace mend::detail
