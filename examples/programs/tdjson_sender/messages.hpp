// The messages to send: one JSON object per line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tdjson_sender {

struct message {
    std::size_t line = 0;  ///< in the file, from 1
    std::int64_t chat_id = 0;
    std::string text{};
};

/// Parses lines such as {"chat_id": 42, "text": "hello"}. Throws input_error with one line of text per invalid line.
[[nodiscard]] std::vector<message> parse_messages(std::string_view content, std::filesystem::path const& file);
[[nodiscard]] std::vector<message> read_messages(std::filesystem::path const& file);

}  // namespace tdjson_sender
