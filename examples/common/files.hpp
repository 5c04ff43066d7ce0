// Checks of the files that a command line names, before any of them is opened.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace common {

struct named_file {
    std::string option;  ///< "--report"; for messages
    std::filesystem::path file;
};

/// "--report and --accounts name the same file, a.toml; use a different file for each", or an empty text. Files are
/// compared by device and inode, so links do not hide it; files that do not exist by their directory and name. Devices and
/// pipes may be named twice. Files without a name are skipped.
[[nodiscard]] std::string same_file_twice(std::vector<named_file> const&);

/// A warning if other users can read the file, with the command that changes it; otherwise an empty text. `content` is what
/// the file holds: "tokens".
[[nodiscard]] std::string readable_by_others(std::filesystem::path const&, std::string_view content);

/// Where a file of that name is, or would be created: symbolic links followed, also those that lead to no file yet.
[[nodiscard]] std::filesystem::path behind_links(std::filesystem::path const&);

}  // namespace common
