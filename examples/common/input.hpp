// Input files: reading them, and errors that say where the input is invalid and what is allowed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace common {

/// Invalid input. The text names file, line, field, value and what is allowed, as far as they are known.
class input_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "FILE:LINE: text", or "FILE: text" if the line is 0.
[[nodiscard]] std::string at_line(std::filesystem::path const& file, std::size_t line, std::string_view text);

/// An invalid value as a message shows it: in quotes, escaped as by printable(), and cut to 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view value);

/// The text without the blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The whole file. Throws input_error if it cannot be read.
[[nodiscard]] std::string read_file(std::filesystem::path const& file);

/// Calls `take(line, number)` for each line that is not blank, trimmed; numbers begin with 1. Skips a byte order mark.
void for_each_line(std::string_view content, std::function<void(std::string_view, std::size_t)> const& take);

}  // namespace common
