// Does this line of a log hold an error of Telegram or of the way to it?
#pragma once

#include <mend/classification.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace explain {

enum class line_kind : std::uint8_t {
    ordinary,      ///< no error, as far as can be seen
    unrecognised,  ///< it has an error word, but no rule knows what is wrong
    error,
};

struct finding {
    line_kind kind = line_kind::ordinary;
    mend::classification says{};
    std::string text{};          ///< of the error, digits as #, printable: what it is counted as
    std::string unknown_name{};  ///< an RPC error name that the catalogue does not know
};

/// Counts as an error, in this order:
///
/// 1. a JSON object of the Bot API ("ok":false) or of TDLib ("@type":"error");
/// 2. a name of the catalogue as a whole word;
/// 3. a sentence of the Bot API or of a client: "Too Many Requests: retry after 37";
/// 4. an unknown name where a client writes an RPC error: "[400 NEW_NAME]", "420: NEW_NAME";
/// 5. what any other rule reads in the line (the words proxy and connection, a code), if the line also has an error
///    word (error, warning, exception, failed, ...), not taken back ("no error", "error=0"), and no level below it (INFO,
///    DEBUG) in front of it. "connected to proxy" is no error.
[[nodiscard]] finding look_at(std::string_view line);

/// Does the line call itself an error? Point 5 above.
[[nodiscard]] bool has_error_word(std::string_view line) noexcept;

}  // namespace explain
