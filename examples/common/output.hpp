// Output that carries nothing: what cannot be printed is dropped, and the program goes on.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// Writes the whole text, and waits if the other side reads slowly. Returns whether it was written; errno says why not. Never
/// throws: the disk may be full, and the pipe closed.
bool print(int descriptor, std::string_view text) noexcept;

/// Writes the text unless that would block (a terminal stopped by Ctrl-S, a pager that does not read); drops it then, with
/// EAGAIN in errno. For texts up to 4096 bytes, printed while work is under way.
bool print_if_ready(int descriptor, std::string_view text) noexcept;

/// Output of which nothing may be lost while work is under way: what cannot be written at once is kept until it can be.
/// Not thread-safe.
class patient_output {
public:
    explicit patient_output(int descriptor) noexcept : descriptor_(descriptor) {}

    /// Writes what the other side takes now, and keeps the rest.
    void add(std::string_view text);

    /// Waits until all is written. Returns whether it was; errno says why not.
    bool finish() noexcept;

private:
    int descriptor_;
    std::string waiting_;
};

}  // namespace common
