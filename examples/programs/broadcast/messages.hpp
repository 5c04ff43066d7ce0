// Reads the messages: one JSON object per line, with a chat, a text and optionally an id.
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

    /// The chat's number for mend: the id, or a number derived from the name.
    [[nodiscard]] std::int64_t peer() const noexcept;
    [[nodiscard]] std::string text() const;
};

struct message {
    std::size_t line = 0;  ///< from 1; identifies the message in the journal
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
    std::uint64_t digest = 0;  ///< of all bytes: binds the journal to this file
    std::size_t bytes = 0;
};

/// Parses every line that is not blank as a message or a bad line. A repeated id is a bad line.
[[nodiscard]] message_file parse_messages(std::string_view content);

/// The same for a file. Throws input_error if it cannot be read or has no lines.
[[nodiscard]] message_file read_messages(std::filesystem::path const&);

}  // namespace broadcast
