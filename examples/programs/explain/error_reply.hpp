// Error objects, as JSON or as a program prints them: Bot API replies and TDLib errors.
#pragma once

#include <mend/failure.hpp>

#include <optional>
#include <string_view>

namespace explain {

struct error_reply {
    mend::failure what;
    bool from_tdlib = false;  ///< otherwise from the Bot API
};

/// Reads a text that is, apart from surrounding spaces, {"ok":false,"error_code":429,"description":...,"parameters":{...}} or
/// {"@type":"error","code":420,"message":...}. `http_status` is the HTTP status, or 0.
[[nodiscard]] std::optional<error_reply> read_reply(std::string_view text, int http_status = 0);

/// Whether the text is a successful Bot API reply: {"ok":true, ...}.
[[nodiscard]] bool is_success(std::string_view text);

/// Finds the first such object in a line of a log, also if the log is JSON and has it as a string.
[[nodiscard]] std::optional<error_reply> find_reply(std::string_view line);

/// Finds the status of an error that an HTTP client logs with the URL of a bot's method:
/// `POST https://api.telegram.org/bot.../sendMessage "HTTP/1.1 429 Too Many Requests"`.
[[nodiscard]] std::optional<error_reply> find_status(std::string_view line);

}  // namespace explain
