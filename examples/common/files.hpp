// Checks the files of a command line before they are opened.
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

/// Returns "--report and --accounts name the same file, a.toml; use a different file for each", or an empty text. Compares
/// files by device and inode, so links do not hide it, and files that do not exist by directory and name. Devices and pipes
/// may be named twice. Empty names are skipped.
[[nodiscard]] std::string same_file_twice(std::vector<named_file> const&);

/// Returns a warning if other users can read the file, with the command that fixes it; otherwise an empty text. `content`
/// describes the file: "tokens".
[[nodiscard]] std::string readable_by_others(std::filesystem::path const&, std::string_view content);

/// The path after following symbolic links, also if the target does not exist yet.
[[nodiscard]] std::filesystem::path behind_links(std::filesystem::path const&);

}  // namespace common
