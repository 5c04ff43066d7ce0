// Output that never stops a program: text that cannot be printed is dropped.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// Writes the whole text, and waits if the reader is slow. Returns whether it was written; errno has the reason if not.
bool print(int descriptor, std::string_view text) noexcept;

/// Writes the text unless that would block (a terminal stopped by Ctrl-S, a pager that does not read); then drops it and
/// sets errno to EAGAIN. For texts up to 4096 bytes, printed while work is in progress.
bool print_if_ready(int descriptor, std::string_view text) noexcept;

/// Output that must not be lost or block while work is in progress: text that cannot be written immediately is kept.
/// Not thread-safe.
class patient_output {
public:
    explicit patient_output(int descriptor) noexcept : descriptor_(descriptor) {}

    /// Writes as much as the reader accepts now, and keeps the rest.
    void add(std::string_view text);

    /// Waits until everything is written. Returns whether it was; errno has the reason if not.
    bool finish() noexcept;

private:
    int descriptor_;
    std::string waiting_;
};

}  // namespace common
