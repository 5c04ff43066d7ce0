// Reads what clients write about an error: where in the text the RPC error's name and code stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// What an error's text says about itself, in any of the forms that clients use: "FLOOD_WAIT_37", "420: FLOOD_WAIT_37",
/// "Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required", "rpc error code 420: FLOOD_WAIT (37)",
/// "Error code: 429. Description: Too Many Requests: retry after 37". The views point into the text.
struct error_text {
    int code = 0;           ///< the code that the text states; 0 = none
    std::string_view name;  ///< the first RPC error name, in capitals: "FLOOD_WAIT_37"; empty = none
    std::string_view body;  ///< the text without a code in front of it, brackets and spaces around it

    /// One pass, no allocation; any bytes are safe.
    [[nodiscard]] static error_text parse(std::string_view text) noexcept;
};

/// One run of letters, digits and underscores in a text.
struct token {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint8_t holds = 0;  ///< which of these

    static constexpr std::uint8_t small_letter = 1;
    static constexpr std::uint8_t capital_letter = 2;
    static constexpr std::uint8_t digit = 4;
    static constexpr std::uint8_t underscore = 8;

    [[nodiscard]] bool has(std::uint8_t mark) const noexcept { return (holds & mark) != 0; }
    [[nodiscard]] std::string_view in(std::string_view text) const noexcept { return text.substr(begin, end - begin); }

    /// Capitals, perhaps with digits and underscores: what an RPC error name is made of.
    [[nodiscard]] bool in_capitals() const noexcept { return has(capital_letter) && !has(small_letter); }
};

/// The first token at or after a position; an empty one where there is none.
[[nodiscard]] token next_token(std::string_view text, std::size_t position) noexcept;

/// The first run of digits at or after a position; empty where there is none.
[[nodiscard]] std::string_view next_digits(std::string_view text, std::size_t position) noexcept;

}  // namespace mend::detail
