// UTF-8: reads one character, checks a text, and counts as Telegram counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace common {

struct utf8_character {
    std::uint32_t code = 0;
    std::size_t size = 0;  ///< bytes; 0: the text does not begin with a valid character
};

/// The first character of the text, which must not be empty.
[[nodiscard]] utf8_character first_character(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The length in UTF-16 code units, in which Telegram's limits are given. Returns nothing if the text is not valid UTF-8.
[[nodiscard]] std::optional<std::size_t> utf16_length(std::string_view text) noexcept;

}  // namespace common
