// Reads any file line by line in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace explain {

/// One line, without its end. Valid until the next one is read.
struct line {
    std::string_view text;
    std::uint64_t number = 0;  ///< from 1
    bool cut = false;          ///< longer than the limit; `text` is its beginning
};

class line_reader {
public:
    static constexpr std::size_t longest = std::size_t{64} * 1024;  ///< bytes of a line that are kept

    /// "-" is standard input. Throws input_error if the file cannot be opened.
    explicit line_reader(std::string const& file);

    /// Reads the lines of a text.
    [[nodiscard]] static line_reader of_text(std::string_view);

    /// The next line; nothing at the end. Throws input_error if the file cannot be read.
    [[nodiscard]] std::optional<line> next();

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  ///< read so far

private:
    line_reader() = default;

    struct closer {
        void operator()(std::FILE* stream) const noexcept;
    };

    bool fill();
    void take(std::string_view part);

    std::string name_;
    std::unique_ptr<std::FILE, closer> stream_;
    std::vector<char> block_;
    std::string_view unread_;
    std::string text_;
    bool cut_ = false;
    std::uint64_t number_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace explain
