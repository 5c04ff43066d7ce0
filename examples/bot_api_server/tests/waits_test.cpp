// Waits that are told a second time.
#include "waits.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace bot_api_server;
using namespace std::chrono_literals;

TEST_CASE("a wait told again is told in whole seconds, never too short", "[waits]") {
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::method, 0, 7, start, 3s);
    auto const again = told.tell_again(0, 8, start + 500ms);
    REQUIRE(again);
    CHECK(again->scope == wait_scope::method);
    CHECK(again->retry_after == 3s);
    CHECK(again->until == start + 3500ms);
}

TEST_CASE("a wait told again ends when it was to end", "[waits]") {
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::chat, 0, 7, start, 1s);
    CHECK(told.tell_again(0, 7, start + 999ms));
    CHECK_FALSE(told.tell_again(0, 7, start + 1000ms));
    CHECK_FALSE(told.tell_again(0, 8, start));
}

TEST_CASE("two that each wait for as long as they were told do not keep one another out", "[waits]") {
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::method, 0, 7, start, 1s);
    auto const second = told.tell_again(0, 8, start + 10ms);
    REQUIRE(second);
    CHECK_FALSE(told.tell_again(0, 7, start + 1s));
    CHECK_FALSE(told.tell_again(0, 8, second->until));
}
