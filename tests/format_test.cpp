#include <mend/format.hpp>

#include "support/catch.hpp"

using namespace mend;
using namespace std::chrono_literals;

TEST_CASE("words print as their names and can be padded")
{
    CHECK(fmt::format("{} {} {} {} {}", category::flood_wait, action::wait, scope::peer, delivery::not_sent,
                      stop_reason::deadline) == "flood_wait wait peer not_sent deadline");
    CHECK(fmt::format("[{:>6}]", action::wait) == "[  wait]");
}

TEST_CASE("a failure prints what is known and nothing else")
{
    CHECK(fmt::format("{}", failure{}) == "no description");
    CHECK(fmt::format("{}", failure{.code = 420, .message = "FLOOD_WAIT_37", .retry_after = 37s}) ==
          "420 FLOOD_WAIT_37 retry_after=37s");
    CHECK(fmt::format("{}", failure{.delivered = delivery::sent, .number = 4, .known = category::proxy}) ==
          "number=4 delivered=sent known=proxy");
}

TEST_CASE("a classification prints on one line")
{
    classification what;
    what.what = category::slow_mode;
    what.where = scope::peer;
    what.retry_after = 1500ms;
    what.instead = action::fail;
    CHECK(fmt::format("{}", what) == "slow_mode scope=peer delivered=unknown retry_after=1500ms instead=fail");
}
