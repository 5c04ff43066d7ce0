// The words by which a line of a log calls itself an error.
#pragma once

#include <string_view>

namespace explain {

/// error, warning, exception, failed, ECONNRESET, ...; not taken back ("no error", "error=0"), and with no level below it (INFO, DEBUG)
/// in front of it.
[[nodiscard]] bool has_error_word(std::string_view line) noexcept;

}  // namespace explain
