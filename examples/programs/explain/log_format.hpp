// Finds the message in a line of a log.
#pragma once

#include <string_view>

namespace explain {

/// The message in a line.
struct held_message {
    std::string_view text;  ///< empty: none
    bool is_error = false;  ///< the format marks it as an error, at any level
};

/// The message that the line's format has in quotation marks: msg="...", "msg":"..." and "detail":"..." of structured
/// logs, their error="...", err="..." and "error":"...", prose's `caused error "..."` and `Unknown error: "..."`, Elixir's
/// `{:error, "..."}`, TeleBot's `TeleBot: "..."`, and a string of a program that was printed over several lines (`'text\n' +`).
[[nodiscard]] held_message message_of(std::string_view line) noexcept;

/// Removes what follows the message: the fields of a structured log (` {"engine":"gows"}`), and the place in the source
/// that PHP names (` in /srv/bot/vendor/x.php:58`), with everything after it. Returns the whole line if it has neither.
[[nodiscard]] std::string_view without_appendix(std::string_view line) noexcept;

}  // namespace explain
