// Error objects, as JSON or as a program prints them: replies of the Bot API, and TDLib's errors.
#pragma once

#include <mend/failure.hpp>

#include <optional>
#include <string_view>

namespace explain {

struct error_reply {
    mend::failure what;
    bool from_tdlib = false;  ///< else from the Bot API
};

/// A text that is, but for spaces around it, {"ok":false,"error_code":429,"description":...,"parameters":{...}} or
/// {"@type":"error","code":420,"message":...}. `http_status` is what HTTP said beside it, or 0.
[[nodiscard]] std::optional<error_reply> read_reply(std::string_view text, int http_status = 0);

/// A reply of the Bot API that says {"ok":true, ...}.
[[nodiscard]] bool is_success(std::string_view text);

/// The first such object inside of a line of a log, also where the log is JSON itself and holds it as a string.
[[nodiscard]] std::optional<error_reply> find_reply(std::string_view line);

/// The status that a client of HTTP writes beside the address of a bot's method, where it is that of an error:
/// `POST https://api.telegram.org/bot.../sendMessage "HTTP/1.1 429 Too Many Requests"`.
[[nodiscard]] std::optional<error_reply> find_status(std::string_view line);

}  // namespace explain
