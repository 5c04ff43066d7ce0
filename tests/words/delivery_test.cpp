#include "support/catch.hpp"

#include <mend/delivery.hpp>

using mend::delivery;

TEST_CASE("of two deliveries the worse is sent, then unknown, then not_sent, in either order")
{
    STATIC_REQUIRE(worse(delivery::sent, delivery::not_sent) == delivery::sent);
    STATIC_REQUIRE(worse(delivery::unknown, delivery::sent) == delivery::sent);
    STATIC_REQUIRE(worse(delivery::not_sent, delivery::unknown) == delivery::unknown);
    STATIC_REQUIRE(worse(delivery::not_sent, delivery::not_sent) == delivery::not_sent);
}

TEST_CASE("every delivery has the name that the source gives it, and nothing else has one")
{
    CHECK(to_string(delivery::unknown) == "unknown");
    CHECK(to_string(delivery::sent) == "sent");
    CHECK(to_string(static_cast<delivery>(3)) == "?");
}
