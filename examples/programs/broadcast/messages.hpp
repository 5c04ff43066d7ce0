// Reads the campaign: one JSON object a line, with a chat, a text and perhaps an id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace broadcast {

/// Where a message goes: a numeric chat id or a public "@name".
struct chat_id {
    std::int64_t number = 0;
    std::string name;  ///< empty for a numeric id

    /// What mend takes for the chat: the number, or one that is the same for every use of the name.
    [[nodiscard]] std::int64_t peer() const noexcept;
    [[nodiscard]] std::string text() const;
};

struct message {
    std::size_t line = 0;  ///< from 1; what the journal calls the message by
    std::string id;        ///< the user's, or "line-17"
    chat_id chat;
    std::string text;
};

struct bad_line {
    std::size_t line = 0;
    std::string why;  ///< names field, value and what is allowed
};

struct message_file {
    std::vector<message> messages;
    std::vector<bad_line> bad;
    std::uint64_t digest = 0;  ///< of every byte: binds the journal to this file
    std::size_t bytes = 0;
};

/// Every line of `content` as a message or as a bad line; blank lines are neither. A repeated id is a bad line.
[[nodiscard]] message_file parse_messages(std::string_view content);

/// The same of a file. Throws input_error when it cannot be read or holds no message at all.
[[nodiscard]] message_file read_messages(std::filesystem::path const&);

}  // namespace broadcast
