#include "common/files.hpp"

#include "common/printable.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace common {
namespace {

namespace fs = std::filesystem;

/// Equal for two names of the same file. The name is empty for files that exist.
struct identity {
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;

    friend auto operator<=>(identity const&, identity const&) = default;
};

/// Returns nothing for a device, a pipe, and a file in a directory that does not exist.
std::optional<identity> identify(fs::path const& file)
{
    struct stat found{};
    if (::stat(file.c_str(), &found) == 0)
        return S_ISREG(found.st_mode) ? std::optional(identity{found.st_dev, found.st_ino, {}}) : std::nullopt;
    auto const target = behind_links(file);
    if (::stat(target.parent_path().c_str(), &found) != 0)
        return {};
    return identity{found.st_dev, found.st_ino, target.filename().string()};
}

/// Quotes the name as one word of a shell.
std::string quoted(std::string const& name)
{
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/._-+,:@").find(c) != std::string_view::npos;
    };
    if (!name.starts_with('-') && std::all_of(name.begin(), name.end(), is_plain))
        return name;
    std::string word = name.starts_with('-') ? "'./" : "'";
    for (char const c : name)
        word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + "'";
}

}  // namespace

fs::path behind_links(fs::path const& file)
{
    constexpr int most_links = 40;  // as many as the kernel follows
    auto target = fs::absolute(file);
    std::error_code failed;
    for (int i = 0; i < most_links && fs::is_symlink(fs::symlink_status(target, failed)); ++i) {
        auto const next = fs::read_symlink(target, failed);
        if (failed)
            break;
        target = target.parent_path() / next;  // an absolute one replaces the directory
    }
    return target;
}

std::string same_file_twice(std::vector<named_file> const& files)
{
    std::map<identity, named_file const*> known;
    for (auto const& each : files) {
        if (each.file.empty())
            continue;
        auto const which = identify(each.file);
        if (!which)
            continue;
        auto const [first, is_new] = known.emplace(*which, &each);
        if (!is_new)
            return first->second->option + " and " + each.option + " name the same file, " +
                   printable(first->second->file.string()) + "; use a different file for each";
    }
    return {};
}

std::string readable_by_others(fs::path const& file, std::string_view content)
{
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || (found.st_mode & (S_IRGRP | S_IROTH)) == 0)
        return {};
    char mode[8];
    std::snprintf(std::data(mode), std::size(mode), "%04o", static_cast<unsigned>(found.st_mode & 07777U));
    return printable(file.string()) + " holds " + std::string(content) + ", and other users can read it (mode " +
           std::data(mode) + "); run: chmod 600 " + printable(quoted(file.string()));
}

}  // namespace common
