// Groups lines of a log that belong together: a printed object, a traceback, an exception with its stack.
#pragma once

#include "line_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace explain {

/// One entry of a log. Valid until the next one is read.
struct record {
    struct part {
        std::string_view text;
        std::uint64_t line = 0;
    };
    std::vector<part> parts{};  ///< texts that may describe the error, the likeliest first; never empty
    std::uint64_t lines = 1;    ///< how many lines it has
    std::vector<std::uint64_t> cut{};  ///< numbers of its lines that were longer than the limit
    bool traced = false;        ///< it is a traceback, which is always an error
};

/// Groups the lines of a file. Lines that only look related, or exceed the limits, are separate entries. Its memory is bounded.
class record_reader {
public:
    static constexpr std::size_t most_lines = 500;                      ///< of one entry
    static constexpr std::size_t most_bytes = std::size_t{128} * 1024;  ///< of all buffered lines

    explicit record_reader(line_reader lines) : lines_(std::move(lines)) {}
    explicit record_reader(std::string const& file) : lines_(file) {}

    /// The next entry; nothing at the end. Throws input_error if the file cannot be read.
    [[nodiscard]] std::optional<record> next();

private:
    struct stored {
        std::string text;
        std::uint64_t number = 0;
        bool cut = false;
    };

    [[nodiscard]] stored const* at(std::size_t index);
    [[nodiscard]] std::size_t end_of_block(std::size_t first);
    void join(std::size_t first, std::size_t end);
    void drop(std::size_t count);

    void read_block(record&);
    void read_traceback(record&);
    void read_stack(record&);

    line_reader lines_;
    std::deque<stored> held_;          ///< read, but not yet returned
    std::vector<std::string> unused_;  ///< strings to reuse
    std::size_t bytes_ = 0;            ///< in held_
    std::size_t returned_ = 0;         ///< lines of held_ in the last entry
    std::string joined_;
};

}  // namespace explain
