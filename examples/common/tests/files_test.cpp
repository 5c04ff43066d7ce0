// Two options that name one file, and files that other users can read.
#include "common/files.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <filesystem>
#include <string>

#include <sys/stat.h>

using namespace common;
namespace fs = std::filesystem;

namespace {

/// What is said of --one and --two that name these.
std::string about(fs::path const& one, fs::path const& two)
{
    return same_file_twice({{"--one", one}, {"--two", two}});
}

bool names_both(std::string const& said)
{
    INFO(said);
    return said.find("--one and --two name the same file") != std::string::npos;
}

}  // namespace

TEST_CASE("distinct files do not clash, whether or not they exist")
{
    support::scratch_directory const files;
    CHECK(about(files.write("a", "1"), files.write("b", "1")).empty());
    CHECK(about(files / "absent", files / "absent-too").empty());
    CHECK(about(files / "a", files / "absent").empty());
    CHECK(about({}, {}).empty());
}

TEST_CASE("one file is recognised under two names")
{
    support::scratch_directory const files;
    auto const file = files.write("a", "1");
    fs::create_directory(files / "d");
    fs::create_symlink(file, files / "soft");
    fs::create_hard_link(file, files / "hard");
    CHECK(names_both(about(file, file)));
    CHECK(names_both(about(file, files / "d/../a")));
    CHECK(names_both(about(file, files / "soft")));
    CHECK(names_both(about(file, files / "hard")));
    CHECK(about(file, files / "soft").find("use a different file for each") != std::string::npos);
}

TEST_CASE("one file is recognised before it exists")
{
    support::scratch_directory const files;
    fs::create_directory(files / "d");
    fs::create_directory_symlink(files / "d", files / "same");
    fs::create_symlink("d/absent", files / "dangling");
    CHECK(names_both(about(files / "d/absent", files / "d/absent")));
    CHECK(names_both(about(files / "d/absent", files / "same/absent")));
    CHECK(names_both(about(files / "d/absent", files / "dangling")));
    CHECK(about(files / "d/absent", files / "absent").empty());
}

TEST_CASE("a relative name is the one below the working directory")
{
    CHECK(names_both(about("absent-file", fs::current_path() / "absent-file")));
}

TEST_CASE("a loop of links ends")
{
    support::scratch_directory const files;
    fs::create_symlink("b", files / "a");
    fs::create_symlink("a", files / "b");
    CHECK(about(files / "a", files / "c").empty());
}

TEST_CASE("a device may be named twice")
{
    CHECK(about("/dev/null", "/dev/null").empty());
}

TEST_CASE("a file that others can read is reported with the command that changes it")
{
    support::scratch_directory const files;
    auto const file = files.write("it's here", "secret");
    ::chmod(file.c_str(), 0640);
    auto const said = readable_by_others(file, "tokens");
    INFO(said);
    CHECK(said.find("holds tokens, and other users can read it (mode 0640)") != std::string::npos);
    CHECK(said.find("run: chmod 600 '") != std::string::npos);
    CHECK(said.find(R"(it'\''s here')") != std::string::npos);
    ::chmod(file.c_str(), 0600);
    CHECK(readable_by_others(file, "tokens").empty());
    CHECK(readable_by_others("/dev/null", "tokens").empty());
}
