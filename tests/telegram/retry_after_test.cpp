#include <mend/telegram/retry_after.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>

using namespace mend;
using namespace std::chrono_literals;
using telegram::read_retry_after;

namespace {

/// Fri, 27 Nov 2026 22:00:00 GMT
constexpr auto now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 27} + 22h;

}  // namespace

TEST_CASE("a wait comes as an integer, a fraction or a string, and is rounded up to whole seconds")
{
    for (auto const* text : {"37", "37.0", "37.00", " 37 ", "\"37\"", "'37'", "36.2", "36.000001", "+37", "037", "37s", "37 s",
                             "\t37\r\n", "37 seconds", "\"36.5\""}) {
        INFO(text);
        CHECK(read_retry_after(text, now) == 37s);
    }
}

TEST_CASE("a Retry-After of zero or less is a second")
{
    for (auto const* text : {"0", "0.0", "-5", "-0.5", "\"0\"", "0.4"}) {
        INFO(text);
        CHECK(read_retry_after(text, now) == 1s);
    }
}

TEST_CASE("a wait that is more than can be counted is the longest there is")
{
    CHECK(read_retry_after("99999999999999999999999", now) == std::chrono::milliseconds::max());
    CHECK(read_retry_after("99999999999999999999999.9", now) == std::chrono::milliseconds::max());
    CHECK(read_retry_after("-99999999999999999999999", now) == 1s);
}

TEST_CASE("a Retry-After header may name a moment")
{
    CHECK(read_retry_after("Fri, 27 Nov 2026 22:00:37 GMT", now) == 37s);
    CHECK(read_retry_after("Fri, 27 Nov 2026 22:00:37 GMT", now + 1ms) == 37s);
    CHECK(read_retry_after("Sat, 28 Nov 2026 00:00:00 GMT", now) == 2h);
    CHECK(read_retry_after("Tue, 29 Feb 2028 22:00:00 GMT", now) > 365 * 24h);
    CHECK(read_retry_after("Fri, 27 Nov 2026 21:59:00 GMT", now) == 1s);
    CHECK(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 1s);
}

TEST_CASE("what is neither a number nor a moment is not read as a wait")
{
    for (auto const* text : {"",
                             " ",
                             "soon",
                             "null",
                             "None",
                             "nan",
                             "inf",
                             "1e3",
                             "0x10",
                             "3,5",
                             "3.",
                             ".5",
                             "1.2.3",
                             "- 5",
                             "--5",
                             "5 minutes",
                             "\"\"",
                             "\"5",
                             "Fri, 27 Nov 2026",
                             "Fri, 27 Nov 2026 25:00:37 GMT",
                             "Fri, 27 Nov 2026 22:61:37 GMT",
                             "Fri, 31 Feb 2026 22:00:37 GMT",
                             "Fri, 27 Xyz 2026 22:00:37 GMT",
                             "Fri, 27 Nov 2026 22:00:37 CET",
                             "Friday, 27-Nov-26 22:00:37 GMT"}) {
        INFO(text);
        CHECK(read_retry_after(text, now) == std::nullopt);
    }
}
