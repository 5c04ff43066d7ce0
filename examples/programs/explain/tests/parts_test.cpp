#include "common/input.hpp"
#include "frequent.hpp"
#include "line_reader.hpp"
#include "text.hpp"
#include "words.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace explain;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

class scratch_file {
public:
    explicit scratch_file(std::string const& content)
    {
        std::string name = (std::filesystem::temp_directory_path() / "explain.XXXXXX").string();
        auto const descriptor = ::mkstemp(name.data());
        REQUIRE(descriptor >= 0);
        path_ = name;
        std::ofstream{path_, std::ios::binary} << content;
        std::fclose(::fdopen(descriptor, "r"));
    }
    ~scratch_file()
    {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    scratch_file(scratch_file const&) = delete;
    scratch_file& operator=(scratch_file const&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::vector<std::string> lines_of(std::string const& content)
{
    scratch_file const file(content);
    line_reader lines(file.path());
    std::vector<std::string> result;
    while (auto const next = lines.next()) {
        result.emplace_back(next->text);
        CHECK(next->number == result.size());
        CHECK(!next->cut);
    }
    CHECK(lines.bytes() == content.size());
    return result;
}

}  // namespace

TEST_CASE("a long text is cut between two characters")
{
    CHECK(shortened("short", 5) == "short");
    CHECK(shortened("longer", 4) == "long...");
    CHECK(shortened("aé", 2) == "a...");
    CHECK(shortened("🙂🙂", 5) == "🙂...");
    CHECK(shortened("\x80\x80\x80\x80\x80\x80", 5).size() == 5);
}

TEST_CASE("runs of digits become one sign")
{
    CHECK(without_digits("FLOOD_WAIT_37 at 12:00") == "FLOOD_WAIT_# at #:#");
    CHECK(without_digits("").empty());
}

TEST_CASE("durations and moments read well")
{
    CHECK(in_words(0ms) == "0s");
    CHECK(in_words(1500ms) == "1500ms");
    CHECK(in_words(37s) == "37s");
    CHECK(in_words(3723s) == "1h 2m 3s");
    CHECK(in_words(24h) == "1d");
    CHECK(in_words(std::chrono::milliseconds::max()) == "for ever");
    CHECK(in_words(std::chrono::milliseconds::max() - 1ms) == "over 100 years");
    CHECK(in_words(std::chrono::system_clock::time_point{1700000000s}) == "2023-11-14 22:13:20 UTC");
    CHECK_FALSE(in_words(std::chrono::system_clock::time_point::max()).empty());
    CHECK_FALSE(in_words(std::chrono::system_clock::time_point::min()).empty());
}

TEST_CASE("the most frequent texts are found in bounded memory")
{
    frequent texts(10);
    for (std::uint64_t line = 1; line <= 10'000; ++line)
        texts.count(line % 2 == 0 ? "often" : line % 5 == 0 ? "now and then" : "once " + std::to_string(line), line);
    CHECK(texts.size() == 10);
    CHECK(texts.overflowed());
    auto const top = texts.top(2);
    REQUIRE(top.size() == 2);
    CHECK(top[0].text == "often");
    CHECK(top[0].at_most >= 5'000);
    CHECK(top[0].at_least() <= 5'000);
    CHECK(top[0].at_least() >= 4'000);
}

TEST_CASE("lines may hold any bytes")
{
    CHECK(lines_of("").empty());
    CHECK(lines_of("\n") == std::vector{""s});
    CHECK(lines_of("a") == std::vector{"a"s});
    CHECK(lines_of("a\r\nb\n\nc") == std::vector{"a"s, "b"s, ""s, "c"s});
    CHECK(lines_of("a\0b\n\xff\n"s) == std::vector{"a\0b"s, "\xff"s});
    auto const long_line = std::string(line_reader::longest, 'x');
    CHECK(lines_of(long_line + "\ny") == std::vector{long_line, "y"s});
}

TEST_CASE("a line beyond the limit is cut, and the next one is whole")
{
    scratch_file const file(std::string(1'000'000, 'x') + "\nnext\n" + std::string(line_reader::longest + 1, 'y'));
    line_reader lines(file.path());
    auto first = lines.next();
    REQUIRE(first);
    CHECK(first->cut);
    CHECK(first->text == std::string(line_reader::longest, 'x'));
    auto second = lines.next();
    REQUIRE(second);
    CHECK(second->text == "next");
    CHECK(!second->cut);
    auto third = lines.next();
    REQUIRE(third);
    CHECK(third->cut);
    CHECK(!lines.next());
}

TEST_CASE("what cannot be read is named")
{
    CHECK_THROWS_AS(line_reader("/"), common::input_error);
    CHECK_THROWS_AS(line_reader("/nonexistent/file"), common::input_error);
    CHECK_THROWS_AS(line_reader(""), common::input_error);
}
