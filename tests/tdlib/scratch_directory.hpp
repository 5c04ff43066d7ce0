// A directory for a test's files, removed at the end.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace tdlib_test {

class scratch_directory {
public:
    scratch_directory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "mend-tdlib.XXXXXX").string();
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

    /// The file's path, for a command line.
    std::string write(char const* name, std::string const& content) const
    {
        std::ofstream(path_ / name, std::ios::binary) << content;
        return (path_ / name).string();
    }

    /// Empty where there is no such file.
    [[nodiscard]] std::string read(char const* name) const
    {
        std::ostringstream text;
        text << std::ifstream(path_ / name, std::ios::binary).rdbuf();
        return text.str();
    }

private:
    std::filesystem::path path_;
};

}  // namespace tdlib_test
