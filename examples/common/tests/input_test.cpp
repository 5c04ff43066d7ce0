// Input files: how they are read, and what a message says about them.
#include "common/input.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace common;
using namespace std::literals;

namespace {

using numbered_line = std::pair<std::string, std::size_t>;

std::vector<numbered_line> lines_of(std::string const& content)
{
    std::vector<numbered_line> lines;
    for_each_line(content, [&](std::string_view line, std::size_t number) { lines.emplace_back(line, number); });
    return lines;
}

std::string reading_complaint(std::filesystem::path const& file)
{
    try {
        (void)read_file(file);
    } catch (input_error const& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a message names the file and, if it is known, the line")
{
    CHECK(at_line("a.txt", 3, "port: missing") == "a.txt:3: port: missing");
    CHECK(at_line("a.txt", 0, "cannot be read") == "a.txt: cannot be read");
}

TEST_CASE("an invalid value is shown in quotes, escaped and short")
{
    CHECK(in_quotes("a b") == "\"a b\"");
    CHECK(in_quotes("a\x1b[2J\xff") == R"("a\x1b[2J\xff")");
    CHECK(in_quotes(std::string(60, 'x')) == '"' + std::string(60, 'x') + '"');
    CHECK(in_quotes(std::string(61, 'x')) == '"' + std::string(60, 'x') + "...\"");
}

TEST_CASE("lines are numbered from 1 and trimmed, and blank lines are skipped")
{
    CHECK(lines_of("").empty());
    CHECK(lines_of(" \t\r\n\n").empty());
    CHECK(lines_of("  a b \r\n\n\tc") == std::vector<numbered_line>{{"a b", 1}, {"c", 3}});
    CHECK(lines_of("a\0b\n"s) == std::vector<numbered_line>{{"a\0b"s, 1}});
}

TEST_CASE("a byte order mark is skipped at the beginning only")
{
    CHECK(lines_of("\xEF\xBB\xBF"
                   "a\n\xEF\xBB\xBF"
                   "b") == std::vector<numbered_line>{{"a", 1},
                                                      {"\xEF\xBB\xBF"
                                                       "b",
                                                       2}});
}

TEST_CASE("reading a file returns every byte of it")
{
    support::scratch_directory const files;
    CHECK(read_file(files.write("a", "one\r\n\0two\xff"s)) == "one\r\n\0two\xff"s);
    CHECK(read_file("/dev/null").empty());
}

TEST_CASE("a file that cannot be read is named with the reason")
{
    CHECK(reading_complaint("/") == "/: is a directory, not a file");
    CHECK(reading_complaint("/nonexistent/file") == "/nonexistent/file: cannot be read: No such file or directory");
}
