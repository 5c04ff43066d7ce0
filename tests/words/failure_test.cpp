#include "support/catch.hpp"

#include <mend/failure.hpp>

TEST_CASE("a failure of which nothing is known states nothing")
{
    mend::failure const nothing;
    CHECK(nothing.exception == nullptr);
    CHECK_FALSE(nothing.error);
    CHECK(nothing.code == 0);
    CHECK(nothing.message.empty());
    CHECK_FALSE(nothing.retry_after);
    CHECK_FALSE(nothing.delivered);
    CHECK_FALSE(nothing.number);
    CHECK_FALSE(nothing.known);
}

TEST_CASE("a failure is a value that can be written with the members that are known")
{
    mend::failure const flood{.code = 420, .message = "FLOOD_WAIT_37", .retry_after = std::chrono::seconds{37}};
    mend::failure const copy = flood;
    CHECK(copy.code == 420);
    CHECK(copy.message == "FLOOD_WAIT_37");
    CHECK(copy.retry_after == std::chrono::seconds{37});
}
