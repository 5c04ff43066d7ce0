// Quotation marks, and what stands in front of a quotation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

struct quotation_mark {
    std::string_view opening, closing;
    std::uint8_t bit;
};

/// The mark that begins there, if one does.
[[nodiscard]] quotation_mark const* mark_at(std::string_view text, std::size_t at) noexcept;

/// Where the closing mark begins; npos if there is none before `end`. An apostrophe within a word closes nothing.
[[nodiscard]] std::size_t closing_of(quotation_mark const&, std::string_view text, std::size_t from, std::size_t end) noexcept;

/// The word that ends there.
[[nodiscard]] std::string_view word_before(std::string_view text, std::size_t end) noexcept;

/// The position behind what precedes the spaces in front of `end`.
[[nodiscard]] std::size_t without_spaces(std::string_view text, std::size_t end) noexcept;

/// Is the quotation behind `end` the value of a key under which clients keep the error?
[[nodiscard]] bool is_value_of_error(std::string_view text, std::size_t end) noexcept;

}  // namespace mend::detail
