// What is wrong with a file that the user gave, in words that let the user mend it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace broadcast {

/// Bad input: exit status 2. The text names file, line, field, value and what is allowed, as far as they are known.
class input_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "FILE:LINE: text"; line 0 stands for the whole file.
[[nodiscard]] std::string at_line(std::filesystem::path const& file, std::size_t line, std::string const& text);

/// `text` in quotes, cut to a length that fits a message, control characters escaped: for showing a bad value.
[[nodiscard]] std::string in_quotes(std::string const& text);

/// The whole file. Throws input_error when it cannot be read.
[[nodiscard]] std::string read_file(std::filesystem::path const& file);

}  // namespace broadcast
