// What reaches a terminal of texts that others wrote.
#include "common/printable.hpp"

#include "support/catch.hpp"

using common::printable;
using common::printable_lines;
using namespace std::literals;

TEST_CASE("what would not print is escaped, all else stays")
{
    CHECK(printable("plain \\ text") == "plain \\ text");
    CHECK(printable("Grüße, мир, 世界 🙂") == "Grüße, мир, 世界 🙂");
    CHECK(printable("a\0b\r\n\t\x1b\x7f"s) == R"(a\x00b\x0d\x0a\x09\x1b\x7f)");
    CHECK(printable("\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xc3") == R"(\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xc3)");
    CHECK(printable("\u202e\u0085\ufeff") == R"(\u{202e}\u{0085}\u{feff})");
}

TEST_CASE("every form of an escape sequence is escaped")
{
    CHECK(printable("\x1b]0;title\x07") == R"(\x1b]0;title\x07)");
    CHECK(printable("\xc2\x9b"
                    "2J") == R"(\u{009b}2J)");  // CSI as a C1 control in UTF-8
    CHECK(printable("\x9b"
                    "2J") == R"(\x9b2J)");          // and as the byte itself
    CHECK(printable("\u2066left\u2069") == R"(\u{2066}left\u{2069})");
}

TEST_CASE("what has been escaped once is not escaped again")
{
    auto const once = printable("\x1b[2J \u202e \xff");
    CHECK(printable(once) == once);
}

TEST_CASE("several lines keep their ends, and nothing else that would act on a terminal")
{
    CHECK(printable_lines("one\n\x1b[2J\n") == "one\n\\x1b[2J\n");
    CHECK(printable_lines("").empty());
}
