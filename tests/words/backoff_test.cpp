#include <mend/backoff.hpp>

#include "support/catch.hpp"

#include <limits>

using mend::backoff;
using namespace std::chrono_literals;

TEST_CASE("an exponential backoff doubles from its base and stops at its cap")
{
    backoff const delays;
    CHECK(delays.delay(1, 0.5) == 1s);
    CHECK(delays.delay(2, 0.5) == 2s);
    CHECK(delays.delay(3, 0.5) == 4s);
    CHECK(delays.delay(9, 0.5) == 256s);
    CHECK(delays.delay(10, 0.5) == 300s);
    CHECK(delays.delay(1'000'000, 0.5) == 300s);
    CHECK(delays.delay(std::numeric_limits<unsigned>::max(), 0.5) == 300s);
}

TEST_CASE("the jitter varies a delay both ways and never lifts it above the cap")
{
    backoff const delays;
    CHECK(delays.delay(1, 0.0) == 900ms);
    CHECK(delays.delay(1, 1.0) == 1100ms);
    CHECK(delays.delay(20, 0.999) == 300s);
    CHECK(delays.delay(20, 0.0) == 270s);
}

TEST_CASE("a backoff without jitter is exact for any random number")
{
    backoff const delays{5s, 1.0, 300s, 0.0};
    for (double const random : {0.0, 0.3, 0.999})
        CHECK(delays.delay(7, random) == 5s);
}

TEST_CASE("a backoff saturates for any numbers")
{
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    CHECK(backoff{0ms, infinity, 300s, 0.1}.delay(5, 0.5) == 0ms);
    CHECK(backoff{-5s, 2.0, 300s, 0.1}.delay(5, 0.5) == 0ms);
    CHECK(backoff{1s, nan, 300s, 0.0}.delay(5, 0.5) == 300s);
    CHECK(backoff{1s, infinity, 300s, 0.0}.delay(5, 0.5) == 300s);
    CHECK(backoff{1s, 2.0, 300s, nan}.delay(1, 0.9) == 1s);
    CHECK(backoff{1s, 2.0, 300s, 0.1}.delay(1, nan) == 1s);
    CHECK(backoff{1s, 2.0, -1s, 0.1}.delay(1, 0.5) == 0ms);
    CHECK(backoff{std::chrono::milliseconds::max(), 2.0, std::chrono::milliseconds::max(), 0.1}.delay(9, 0.9) == 300s);
    CHECK(backoff{}.delay(0, 0.5) == 1s);
}
