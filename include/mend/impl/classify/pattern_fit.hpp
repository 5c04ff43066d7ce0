// Compares a pattern with the text at one position.
#pragma once

#include <mend/detail/pattern.hpp>

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// Compares a piece of a pattern, in small letters, with what begins at `at`. Returns where it ends in the text; npos if it does
/// not match.
[[nodiscard]] std::size_t fits_after(std::string_view piece, std::string_view text, std::size_t at) noexcept;

/// Compares it with what ends at `at`. Returns where it begins in the text; npos if it does not match.
[[nodiscard]] std::size_t fits_before(std::string_view piece, std::string_view text, std::size_t at) noexcept;

/// Reads the numbers of a pattern that matches the text from `begin` on.
void capture(pattern const& whole, std::string_view text, std::size_t begin, captured& found);

/// The longest part of a pattern's text without a placeholder.
[[nodiscard]] std::string_view longest_literal(std::string_view whole) noexcept;

}  // namespace mend::detail
