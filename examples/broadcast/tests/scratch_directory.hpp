// A directory for a test's files, removed at the end.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace broadcast {

class scratch_directory {
public:
    scratch_directory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "broadcast.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), name);
        path_ = name;
    }
    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;

    [[nodiscard]] std::filesystem::path operator/(char const* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace broadcast
