// The words that mark a line of a log as an error.
#pragma once

#include <string_view>

namespace explain {

/// error, warning, exception, failed, ECONNRESET, ...; not negated ("no error", "error=0"), and without a lower level (INFO,
/// DEBUG) before it.
[[nodiscard]] bool has_error_word(std::string_view line) noexcept;

}  // namespace explain
