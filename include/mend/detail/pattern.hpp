// Text patterns with placeholders for numbers: "FLOOD_WAIT_{seconds}".
#pragma once

#include <mend/detail/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mend::detail {

/// What the digits that a placeholder matches mean.
enum class slot : std::uint8_t {
    seconds,    ///< {seconds}: a wait
    minutes,    ///< {minutes}: a wait
    number,     ///< {number}
    unix_time,  ///< {unix_time}: a moment, and also a number
};

/// The numbers that a pattern found in a text.
struct captured {
    std::optional<std::chrono::milliseconds> wait;
    std::optional<std::int64_t> number;
    std::optional<std::chrono::system_clock::time_point> moment;

    /// Reads a run of digits according to the slot; numbers saturate.
    void take(slot, std::string_view digits) noexcept;
    void take(slot, std::int64_t value) noexcept;
};

/// A pattern in the form that the index uses: its text with one `hole` for each placeholder.
struct pattern {
    static constexpr char hole = '\0';
    static constexpr std::size_t max_slots = 8;

    std::string text;
    std::vector<slot> slots;

    /// Throws std::invalid_argument, as documented for classifier::when_name.
    [[nodiscard]] static pattern parse(std::string_view source);

    /// Returns the pattern as parse accepts it.
    [[nodiscard]] std::string source() const;
};

[[nodiscard]] constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Returns the number of a run of digits; the greatest std::int64_t if it is larger.
[[nodiscard]] MEND_API std::int64_t parse_digits(std::string_view digits) noexcept;

/// Returns that many seconds; milliseconds::max() if there are more than it can hold.
[[nodiscard]] MEND_API std::chrono::milliseconds saturated_seconds(std::int64_t seconds) noexcept;

}  // namespace mend::detail
