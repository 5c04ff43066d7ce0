// Bytes of any origin as text that a terminal can show.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// The text with everything escaped that would not print or would change how the rest prints: control characters (C0, DEL and
/// C1, so escape sequences too), bytes that are not UTF-8, and marks of text direction become \x1b, \u{009b}, \u{202e}. Other
/// UTF-8 stays. What has been escaped once stays as it is.
[[nodiscard]] std::string printable(std::string_view);

/// The same for several lines: their ends stay.
[[nodiscard]] std::string printable_lines(std::string_view);

}  // namespace common
