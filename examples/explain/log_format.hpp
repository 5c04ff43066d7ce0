// What the formats of logs put around a message.
#pragma once

#include <string_view>

namespace explain {

/// The message that the line's own format holds between quotation marks: msg="...", "msg":"..." and "detail":"..." of structured
/// logs, TeleBot's `TeleBot: "..."`, and a string of a program that was printed over several lines (`'text\n' +`). Empty where
/// there is none.
[[nodiscard]] std::string_view message_of(std::string_view line) noexcept;

}  // namespace explain
