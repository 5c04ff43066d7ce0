// What the simulation has found and is not mended yet. Each fails, and is expected to: once mended, its tag goes, and
// with it the allowance in checker_instants.cpp or checker.cpp.
#include "support/scenario.hpp"

using namespace support;

TEST_CASE("3.13 a quarantine ends at once those who wait already", "[!shouldfail]")
{
    // "quarantine: a hold under which operations fail at once instead of waiting": this one waits on for a minute.
    scenario here;
    here.spawn({.method = "messages.sendMessage"}, {flood(60)});
    auto& waiting = here.spawn(1s, {.method = "messages.sendMessage"}, {});
    here.spawn(2s, {.method = "messages.sendMedia"}, {rpc(401, "USER_DEACTIVATED_BAN")});
    here.run();
    REQUIRE(waiting.why() == mend::stop_reason::quarantined);
    REQUIRE(waiting.ended == ms{2s});
}

TEST_CASE("3.2 a hold beyond the deadline ends at once those who wait elsewhere already", "[!shouldfail]")
{
    // It waits for slow mode in its chat; its method is held for an hour meanwhile, beyond its deadline.
    scenario here;
    here.spawn({.method = "messages.sendMedia", .peer = 5}, {slow_mode(60)});
    auto& waiting = here.spawn(1s, {.method = "messages.sendMessage", .peer = 5, .deadline = here.moment(10min)}, {});
    here.spawn(2s, {.method = "messages.sendMessage", .peer = 6}, {flood(3600)});
    here.run();
    REQUIRE(waiting.why() == mend::stop_reason::deadline);
    REQUIRE(waiting.ended == ms{2s});
}

TEST_CASE("3.9 an operation that a token cancels before it has begun counts in operations", "[!shouldfail]")
{
    scenario here;
    asio::cancellation_signal stop;
    bool aborted = false;
    auto operation = []() -> asio::awaitable<void> { co_return; };
    auto done = [&](std::exception_ptr thrown) { aborted = thrown != nullptr; };
    mend::async_with_recovery(here.sender, {}, operation, asio::bind_cancellation_slot(stop.slot(), done));
    stop.emit(asio::cancellation_type::terminal);
    here.run();
    REQUIRE(aborted);
    REQUIRE(here.manager.stats().operations == 1);
}
