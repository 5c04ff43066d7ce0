// Recognizes the Bot API's descriptions by their first words: "Bad Request: ", "Forbidden: ".
#pragma once

#include <cstddef>
#include <string_view>

namespace mend::detail {

struct description_beginning {
    std::string_view words;
    bool quotes_sender;  ///< what follows can quote the sender
};

/// What the Bot API's server puts in front of its descriptions. What follows a colon can quote the sender.
inline constexpr description_beginning description_beginnings[] = {
    {"Bad Request: ", true},
    {"Forbidden: ", true},
    {"Conflict: ", true},
    {"Not Found: ", true},
    {"Unauthorized: ", true},
    {"Internal Server Error: ", true},
    {"Internal server error: ", true},
    {"Too Many Requests", false},
    {"Request Entity Too Large", false},
    {"Internal Server Error", false},
    {"Internal server error", false},
    {"Misdirected Request: ", true},
    {"bad request: ", true},  // Go's clients
    {"forbidden: ", true},
    {"BadRequest: ", true},  // python-telegram-bot's class, which takes the words away
};

/// The beginning that the text starts with; null if it is none. The text must not be empty.
[[nodiscard]] description_beginning const* bot_api_beginning(std::string_view text) noexcept;

/// Returns whether a beginning in small letters can be an answer there: it is not, as prose within a sentence, "access is
/// forbidden: ", or behind any label, "upload: forbidden: ".
[[nodiscard]] bool begins_answer(std::string_view text, std::size_t position) noexcept;

/// Returns whether only what clients append to a description follows: ")", ".", " (400)", a new line.
[[nodiscard]] bool ends_description(std::string_view rest) noexcept;

}  // namespace mend::detail
