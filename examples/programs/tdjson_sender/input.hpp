// Files that the user gave, and what is wrong with them in words that let the user mend it.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tdjson_sender {

/// Bad input: exit status 2. The text names file, line, field, value and what is allowed, as far as they are known.
class input_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "FILE:LINE: text"; line 0 stands for the whole file.
[[nodiscard]] std::string at_line(std::filesystem::path const& file, std::size_t line, std::string_view text);

/// A value as a message shows it: JSON, cut to a length that fits.
[[nodiscard]] std::string shown(nlohmann::json const& value);

/// The whole file. Throws input_error when it cannot be read.
[[nodiscard]] std::string read_file(std::filesystem::path const& file);

/// Calls `take(line, number)` for each line that is not blank, without the blanks around it; numbers begin with 1.
void for_each_line(std::string_view content, std::function<void(std::string_view, std::size_t)> const& take);

/// Throws input_error "FILE:LINE: invalid JSON: ..."; `first_line` is the number of the text's first line in the file.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::filesystem::path const& file, std::size_t first_line);

}  // namespace tdjson_sender
