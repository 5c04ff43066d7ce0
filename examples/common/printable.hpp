// Makes any bytes safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// Escapes everything that does not print or changes how other text prints: control characters (C0, DEL and C1, and so escape
/// sequences), bytes that are not UTF-8, and text-direction marks become \x1b, \u{009b}, \u{202e}. Other UTF-8 and text that is
/// already escaped do not change.
[[nodiscard]] std::string printable(std::string_view);

/// The same for several lines: keeps the line ends.
[[nodiscard]] std::string printable_lines(std::string_view);

}  // namespace common
