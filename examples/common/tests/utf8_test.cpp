// What is UTF-8, and how long a text is by Telegram's count.
#include "common/utf8.hpp"

#include "support/catch.hpp"

#include <string>

using namespace common;

TEST_CASE("a text is counted in UTF-16 code units")
{
    CHECK(utf16_length("") == 0);
    CHECK(utf16_length("abc") == 3);
    CHECK(utf16_length("мир") == 3);
    CHECK(utf16_length("世界") == 2);
    CHECK(utf16_length("🙂!") == 3);
    CHECK(utf16_length(std::string(2, '\0')) == 2);
}

TEST_CASE("what is not UTF-8 has no length")
{
    for (auto const* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "abc\xff"}) {
        CHECK_FALSE(utf16_length(text));
        CHECK_FALSE(is_utf8(text));
    }
    for (auto const* text :
         {"", "\x7f", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        CHECK(is_utf8(text));
}
