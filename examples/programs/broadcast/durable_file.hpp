// Files that survive a power cut: a descriptor that closes itself, and an atomic replacement of a file.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

namespace broadcast {

/// Owns a file descriptor.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor();

    [[nodiscard]] int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

/// Writes every byte. Throws std::system_error, which names the file.
void write_all(int file, std::string_view bytes, std::filesystem::path const& name);

/// Makes the file's entry in its directory durable. Throws std::system_error.
void sync_directory_of(std::filesystem::path const&);

/// Replaces the file, or the target of its symbolic link: readers see the old content or the new, now and after a crash,
/// never a mixture. The new file is readable by its owner only. A device or a pipe is written to instead. Blocks. Throws
/// std::system_error, which names the file, and keeps the old content.
void replace_file(std::filesystem::path const&, std::string_view content);

}  // namespace broadcast
