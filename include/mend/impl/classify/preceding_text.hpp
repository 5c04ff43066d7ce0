// Looks at what precedes a position in a text: spaces, a word, a key, the end of a sentence.
#pragma once

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// The word that ends at `end`, or its last 64 bytes.
[[nodiscard]] std::string_view word_before(std::string_view text, std::size_t end) noexcept;

/// The end of what precedes the spaces in front of `end`.
[[nodiscard]] std::size_t without_spaces(std::string_view text, std::size_t end) noexcept;

/// Returns whether a sentence can begin there: behind punctuation, a number or a log level, but not behind a word.
[[nodiscard]] bool begins_sentence(std::string_view text, std::size_t position) noexcept;

/// Returns whether what follows `end` is the value of a key under which clients keep an error. The character in front of `end`
/// must be '=', '>' or ':'.
[[nodiscard]] bool is_value_of_error(std::string_view text, std::size_t end) noexcept;

}  // namespace mend::detail
