// The numbers that an error's text states in words or behind labels.
#pragma once

#include <mend/impl/classify/token.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend::detail {

/// The numbers that a text states in words or behind labels, outside the error's name. Each is the longest or first of its kind;
/// fractions are rounded up to whole seconds.
struct told_numbers {
    std::optional<std::chrono::milliseconds> wait;     ///< "A wait of 37 seconds", "retry after 5", "retry_after=149.0s"
    std::optional<std::chrono::milliseconds> seconds;  ///< "seconds: 416", "waiting 9.0s": a wait if the error is one
    std::optional<std::int64_t> number;                ///< "DC 4", "25 stars", "Part 3", "New chat id: -100155"
    std::optional<std::int64_t> value;                 ///< "value: 37", "value: Some(37)": the number of the name

    /// Reads a word that has digits.
    void read(std::string_view text, token const&) noexcept;

    /// Returns the longest wait, for an error that is one.
    [[nodiscard]] std::optional<std::chrono::milliseconds> longest_wait() const noexcept
    {
        return wait && seconds ? std::max(wait, seconds) : wait ? wait : seconds;
    }
};

}  // namespace mend::detail
