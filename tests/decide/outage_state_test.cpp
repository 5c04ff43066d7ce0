// What one account knows of trouble that is not its own: rows of evidence, ladders, the age of an outage.
#include "support/catch.hpp"

#include <mend/detail/outage_state.hpp>

using namespace std::chrono_literals;
using mend::action;
using mend::detail::callback_mask;
using mend::detail::outage_state;
using mend::detail::probe_gap;
using mend::detail::time_point;

namespace {

constexpr time_point start = time_point{} + 1000h;

/// How many failures in a row are an outage where so many operations are in flight.
unsigned needed_with(unsigned in_flight)
{
    outage_state state;
    unsigned failures = 1;
    while (failures != 100 && !state.add_evidence({start, 0, in_flight}))
        ++failures;
    return failures;
}

callback_mask both()
{
    callback_mask registered;
    registered.add(action::reconnect);
    registered.add(action::rotate_proxy);
    return registered;
}

}  // namespace

TEST_CASE("the gap between probes is a tenth of the outage's age, at least half a second, at most thirty")
{
    CHECK(probe_gap(0ms) == 500ms);
    CHECK(probe_gap(5s) == 500ms);
    CHECK(probe_gap(6s) == 600ms);
    CHECK(probe_gap(299s) == 29'900ms);
    CHECK(probe_gap(300s) == 30s);
    CHECK(probe_gap(24h) == 30s);
}

TEST_CASE("as many failures in a row are an outage as half of the operations in flight, at least 2, at most 5")
{
    CHECK(needed_with(1) == 2);
    CHECK(needed_with(4) == 2);
    CHECK(needed_with(5) == 3);
    CHECK(needed_with(8) == 4);
    CHECK(needed_with(9) == 5);
    CHECK(needed_with(1000) == 5);
}

TEST_CASE("the operations that were in flight at the first failure of a row count")
{
    outage_state state;
    CHECK(!state.add_evidence({start, 0, 1}));
    CHECK(state.add_evidence({start, 0, 1000}));
}

TEST_CASE("a success between two failures begins a new row")
{
    outage_state state;
    CHECK(!state.add_evidence({start, 7, 1}));
    SECTION("one that was counted")
    {
        CHECK(!state.add_evidence({start + 1s, 8, 1}));
        CHECK(state.add_evidence({start + 2s, 8, 1}));
    }
    SECTION("one that was reported")
    {
        state.on_answer();
        CHECK(!state.add_evidence({start + 1s, 7, 1}));
        CHECK(state.add_evidence({start + 2s, 7, 1}));
    }
}

TEST_CASE("failures more than 30 s apart are not in a row")
{
    outage_state state;
    CHECK(!state.add_evidence({start, 0, 1}));
    SECTION("after exactly 30 s they are")
    {
        CHECK(state.add_evidence({start + 30s, 0, 1}));
    }
    SECTION("after more they are not")
    {
        CHECK(!state.add_evidence({start + 30'001ms, 0, 1}));
        CHECK(state.add_evidence({start + 40s, 0, 1}));
    }
}

TEST_CASE("three failures of unknown kind in a row count as three")
{
    outage_state state;
    CHECK(!state.add_unknown({start, 0, 5}));
    CHECK(!state.add_unknown({start, 0, 5}));
    SECTION("which is enough where five are in flight")
    {
        CHECK(state.add_unknown({start, 0, 5}));
    }
    SECTION("but not where ten are")
    {
        CHECK(!state.add_unknown({start, 0, 10}));
        CHECK(!state.add_unknown({start, 0, 10}));
        CHECK(!state.add_unknown({start, 0, 10}));
        CHECK(state.add_unknown({start, 0, 10}));
    }
    SECTION("nor after a success")
    {
        CHECK(!state.add_unknown({start, 1, 5}));
    }
    SECTION("nor where the first is more than 30 s ago")
    {
        CHECK(!state.add_unknown({start + 31s, 0, 5}));
    }
}

TEST_CASE("an outage is as old as the first failure of its row")
{
    outage_state state;
    (void)state.add_evidence({start, 0, 1});
    REQUIRE(state.add_evidence({start + 10s, 0, 1}));
    state.begin(outage_state::phase::own, 3, start + 10s);
    CHECK(state.active());
    CHECK(!state.of_server());
    CHECK(state.since() == start);
    CHECK(state.successes_at_begin() == 3);
    CHECK(state.gap(start + 20s) == 2s);
}

TEST_CASE("an outage that returns within 30 s of its end goes on with its age")
{
    outage_state state;
    (void)state.add_evidence({start, 0, 1});
    (void)state.add_evidence({start, 0, 1});
    state.begin(outage_state::phase::own, 0, start);
    state.end(start + 100s);
    state.on_answer();
    CHECK(!state.active());
    SECTION("within them")
    {
        (void)state.add_evidence({start + 120s, 1, 1});
        (void)state.add_evidence({start + 130s, 1, 1});
        state.begin(outage_state::phase::own, 1, start + 130s);
        CHECK(state.since() == start + 20s);  // 100 s old when its first failure came
    }
    SECTION("later it is another")
    {
        (void)state.add_evidence({start + 131s, 1, 1});
        (void)state.add_evidence({start + 132s, 1, 1});
        state.begin(outage_state::phase::own, 1, start + 132s);
        CHECK(state.since() == start + 131s);
    }
}

TEST_CASE("a server's outage has the server's age and number")
{
    outage_state state;
    state.begin_server(start - 40s, 7, 0);
    CHECK(state.active());
    CHECK(state.of_server());
    CHECK(state.epoch() == 7);
    CHECK(state.gap(start) == 4s);
}

TEST_CASE("after two reconnects in vain the proxy is rotated, until an attempt is answered")
{
    outage_state state;
    CHECK(state.escalated(action::reconnect, 2, both()) == action::reconnect);
    state.on_recovery(action::reconnect, 0);
    CHECK(state.escalated(action::reconnect, 2, both()) == action::reconnect);
    state.on_recovery(action::reconnect, 0);
    CHECK(state.escalated(action::reconnect, 2, both()) == action::rotate_proxy);
    state.on_recovery(action::rotate_proxy, 0);
    CHECK(state.escalated(action::reconnect, 2, both()) == action::rotate_proxy);
    state.on_answer();
    CHECK(state.escalated(action::reconnect, 2, both()) == action::reconnect);
}

TEST_CASE("an attempt that came through before a recovery does not prove it, and one that came through since does")
{
    outage_state state;
    (void)state.add_evidence({start, 7, 2});
    state.on_recovery(action::reconnect, 8);
    (void)state.add_evidence({start + 5s, 8, 2});
    CHECK(state.escalated(action::reconnect, 1, both()) == action::rotate_proxy);
    (void)state.add_evidence({start + 6s, 9, 2});
    CHECK(state.escalated(action::reconnect, 1, both()) == action::reconnect);
}

TEST_CASE("nor does one that came through during a server's outage, once the account has left it")
{
    outage_state state;
    state.begin_server(start, 1, 10);
    state.on_recovery(action::reconnect, 11);
    state.end(start + 1s);
    state.on_recovery(action::reconnect, 11);
    CHECK(state.escalated(action::reconnect, 2, both()) == action::rotate_proxy);
}

TEST_CASE("nothing is escalated without a stronger callback, to a login, or if the policy forbids it")
{
    outage_state state;
    for (int run = 0; run != 10; ++run)
        state.on_recovery(action::reconnect, 0);
    callback_mask registered;
    registered.add(action::reconnect);
    registered.add(action::relogin);
    CHECK(state.escalated(action::reconnect, 2, registered) == action::reconnect);
    registered.add(action::rotate_proxy);
    CHECK(state.escalated(action::rotate_proxy, 2, registered) == action::rotate_proxy);
    CHECK(state.escalated(action::reconnect, 0, registered) == action::reconnect);
    CHECK(state.escalated(action::reconnect, 10, registered) == action::rotate_proxy);
    CHECK(state.escalated(action::reconnect, 11, registered) == action::reconnect);
}

TEST_CASE("the next recovery waits for the gap while the last one has not proved itself")
{
    outage_state state;
    CHECK(state.recovery_not_before(start) == start);
    (void)state.add_evidence({start, 0, 1});
    CHECK(state.recovery_not_before(start + 10s) == start + 10s);
    state.on_recovery(action::reconnect, 0);
    SECTION("a tenth of the time since the first failure, without an outage")
    {
        CHECK(state.recovery_not_before(start + 1s) == start + 1100ms);
        CHECK(state.recovery_not_before(start + 20s) == start + 22s);
    }
    SECTION("the outage's gap, where there is one")
    {
        state.begin(outage_state::phase::own, 0, start + 1s);
        CHECK(state.recovery_not_before(start + 1s) == start + 1500ms);
        CHECK(state.recovery_not_before(start + 20s) == start + 22s);
    }
    SECTION("not at all, once an attempt was answered")
    {
        state.on_answer();
        CHECK(state.recovery_not_before(start + 20s) == start + 20s);
    }
}

TEST_CASE("what is too old to matter is forgotten")
{
    outage_state state;
    CHECK(state.empty());
    (void)state.add_evidence({start, 0, 1});
    state.forget_old(start + 30s);
    CHECK(!state.empty());
    state.forget_old(start + 31s);
    CHECK(state.empty());

    state.begin(outage_state::phase::own, 0, start);
    state.forget_old(start + 24h);
    CHECK(!state.empty());  // an outage lasts until it ends
    state.end(start + 24h);
    state.forget_old(start + 24h + 31s);
    CHECK(state.empty());
}
