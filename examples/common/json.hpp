// JSON from files that a user wrote: bounded depth, and errors that say where.
#pragma once

#include "common/input.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace common {

/// Invalid JSON: "invalid JSON: column 5: syntax error ...".
class json_error : public input_error {
public:
    json_error(std::size_t line, std::string const& text) : input_error(text), line_(line) {}

    /// In the text that was parsed, from 1.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }

private:
    std::size_t line_;
};

enum class json_comments : std::uint8_t { invalid, ignored };

/// Throws json_error, also for more than 16 levels: the library copies and prints values by recursion.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, json_comments = json_comments::invalid);

/// Throws input_error "FILE:LINE: ..."; `first_line` is the number of the text's first line in the file.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::filesystem::path const& file, std::size_t first_line);

/// The exception's text without the library's tag: "key 'chat' not found".
[[nodiscard]] std::string reason_of(nlohmann::json::exception const&);

/// An invalid value as a message shows it: a string in quotes, anything else as JSON, cut to 60 bytes.
[[nodiscard]] std::string shown(nlohmann::json const& value);

}  // namespace common
