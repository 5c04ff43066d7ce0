// What the formats of logs put around a message.
#pragma once

#include <string_view>

namespace explain {

/// What a line's own format holds.
struct held_message {
    std::string_view text;  ///< empty: nothing
    bool is_error = false;  ///< the format says so, whatever the line's level
};

/// The message that the line's own format holds between quotation marks: msg="...", "msg":"..." and "detail":"..." of structured
/// logs, their error="...", err="..." and "error":"...", prose's `caused error "..."` and `Unknown error: "..."`, Elixir's `{:error, "..."}`, TeleBot's
/// `TeleBot: "..."`, and a string of a program that was printed over several lines (`'text\n' +`).
[[nodiscard]] held_message message_of(std::string_view line) noexcept;

/// Without what a format puts behind the message: the fields of a structured log (` {"engine":"gows"}`), and the place in the source
/// that PHP names (` in /srv/bot/vendor/x.php:58`), with all that follows it. The whole line where there is nothing of the kind.
[[nodiscard]] std::string_view without_appendix(std::string_view line) noexcept;

}  // namespace explain
