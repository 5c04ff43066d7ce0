// Quotation marks: which one begins somewhere, and where it is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

struct quotation_mark {
    std::string_view opening, closing;
    std::uint8_t bit;  ///< a different one for each mark
};

/// The mark that begins there, if one does.
[[nodiscard]] quotation_mark const* mark_at(std::string_view text, std::size_t at) noexcept;

/// Where the closing mark begins; npos if there is none before `end`. An apostrophe within a word closes nothing.
[[nodiscard]] std::size_t closing_of(quotation_mark const&, std::string_view text, std::size_t from, std::size_t end) noexcept;

}  // namespace mend::detail
