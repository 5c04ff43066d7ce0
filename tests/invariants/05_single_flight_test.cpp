// Invariant 5: single flight.
#include "support/scenario.hpp"

using namespace support;
using mend::action;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

namespace {
using times = std::vector<ms>;
}

TEST_CASE("5.1 a thousand operations that fail for one broken connection share one run of the callback", "[invariant-5]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect({ok(3s)});
    for (int index = 0; index < 1000; ++index)
        in.spawn({.method = "send", .peer = index + 1, .idempotent = true}, {broken(1s + ms{index % 500})});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{1s});
    CHECK(reconnect.starts() == times{3s});
    CHECK(in.events->count(event_kind::action_started) == 1);
    std::size_t alike = 0;
    for (auto const& each : in.operations)
        alike += each.succeeded() && each.attempts.size() == 2 && each.attempts[1]->began == 7s;
    CHECK(alike == 1000); // callback until 6 s, then 1 s of backoff
    CHECK(in.manager.stats().actions_of(action::reconnect).started == 1);
    CHECK(in.manager.stats().actions_of(action::reconnect).succeeded == 1);
}

TEST_CASE("5.2 all waiters share a recovery's failure, and retry as without it", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({raises(std::runtime_error{"no network"}, 3s)});
    auto& first = in.spawn({broken(1s)});
    auto& second = in.spawn({broken(2s)});
    for (int index = 0; index < 3; ++index)
        in.spawn({ok(20s)});  // two of five that are in flight do not make an outage
    auto& waiting = in.spawn(4s, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(in.events->count(event_kind::outage_began) == 0);
    CHECK(reconnect.starts() == times{3s});
    CHECK(first.starts() == times{0s, 7s});
    CHECK(second.starts() == times{0s, 7s});
    CHECK(waiting.starts() == times{6s});
}

TEST_CASE("5.3 in an outage a recovery that fails is tried again before any waiter retries", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({raises(std::runtime_error{"no network"}, 3s)});
    auto& first = in.spawn({broken(1s)});
    auto& second = in.spawn({broken(2s)});
    auto& third = in.spawn({broken(5s)});
    auto& waiting = in.spawn(4s, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(in.events->count(event_kind::outage_began) == 1);
    CHECK(reconnect.starts() == times{3s, 8s});  // fails at 6 s, and settles for 2 s again
    CHECK(first.starts() == times{0s, 9s});
    CHECK(second.starts() == times{0s, 9s});
    CHECK(third.starts() == times{0s, 9s});
    CHECK(waiting.starts() == times{8s});
}

TEST_CASE("5.4 a late failure of an older attempt just retries", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    in.spawn({broken(1s)}); // settle until 3 s, callback until 6 s
    auto& late = in.spawn({broken(10s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(reconnect.count() == 1);
    CHECK(late.succeeded());
    REQUIRE(late.attempts.size() == 2);
    CHECK(late.attempts[1]->began >= 10s);
    CHECK(late.attempts[1]->began <= 11s);
}

TEST_CASE("5.5 a late failure counts against max_attempts only", "[invariant-5]")
{
    SECTION("not against the retries of its category")
    {
        scenario in;
        auto& reconnect = in.on_reconnect();
        auto& other = in.apart("other");
        in.spawn({broken(1s)});
        in.spawn(other, 0s, {}, {broken(1s)});
        auto& late = in.spawn({broken(10s), broken(1s), broken(1s), broken(1s)}); // the late one, and 3
        auto& spent = in.spawn(other, 0s, {}, {broken(10s), broken(1s), broken(1s), broken(1s), broken(1s)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(late.succeeded());
        CHECK(late.attempts.size() == 5);
        CHECK(spent.why() == stop_reason::retries_exhausted);
        CHECK(spent.attempts.size() == 5);
        // 1 and 3 of the one account; 1 and 4 of the other, the last of them without a waiter
        CHECK(reconnect.count() == 9);
    }
    SECTION("even where the category allows no retry")
    {
        scenario in{with_policy(exact_options(), category::connection, [](mend::policy& each) { each.max_retries = 0; })};
        auto& reconnect = in.on_reconnect();
        auto& first = in.spawn({broken(1s)});
        auto& late = in.spawn({broken(10s)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(first.why() == stop_reason::retries_exhausted);
        CHECK(late.succeeded());
        CHECK(reconnect.count() == 1);
    }
    SECTION("against max_attempts")
    {
        auto options = exact_options();
        options.max_attempts = 2;
        scenario in{options};
        in.on_reconnect();
        in.spawn({broken(1s)});
        auto& late = in.spawn({broken(10s), broken()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(late.why() == stop_reason::retries_exhausted);
        CHECK(late.attempts.size() == 2);
    }
}

TEST_CASE("5.6 a late failure needs a recovery of its own when the last one failed", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({raises(std::runtime_error{"no network"})});
    in.spawn({broken(1s)});
    auto& late = in.spawn({broken(10s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(reconnect.starts() == times{3s, 12s});
    CHECK(late.starts() == times{0s, 13s});
}

TEST_CASE("5.7 an attempt that began after the recovery needs another one", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect();
    in.spawn({broken(1s)}); // recovered at 3 s
    auto& fresh = in.spawn(3500ms, {}, {broken(1s)});
    in.run();

    CHECK(reconnect.starts() == times{3s, 6500ms});
    CHECK(fresh.starts() == times{3500ms, 7500ms});
}

TEST_CASE("5.8 a weaker recovery does not cover a stronger need, a stronger one covers a weaker", "[invariant-5]")
{
    struct pair {
        step first;
        step late;
        std::size_t reconnects, rotations, logins;
    };
    pair const pairs[] = {
        {broken(1s), bad_proxy(20s), 1, 1, 0},    {bad_proxy(1s), broken(20s), 0, 1, 0},
        {lost_session(1s), broken(20s), 0, 0, 1}, {lost_session(1s), bad_proxy(20s), 0, 0, 1},
        {broken(1s), lost_session(20s), 1, 0, 1}, {bad_proxy(1s), lost_session(20s), 0, 1, 1},
        {bad_proxy(1s), bad_proxy(20s), 0, 1, 0}, {lost_session(1s), lost_session(20s), 0, 0, 1},
    };
    for (auto const& each : pairs) {
        CAPTURE(each.reconnects, each.rotations, each.logins);
        scenario in;
        auto& reconnect = in.on_reconnect();
        auto& rotate = in.on_rotate_proxy();
        auto& relogin = in.on_relogin();
        in.spawn({each.first});
        auto& late = in.spawn({each.late});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(late.succeeded());
        CHECK(reconnect.count() == each.reconnects);
        CHECK(rotate.count() == each.rotations);
        CHECK(relogin.count() == each.logins);
    }
}

TEST_CASE("5.9 one recovery of an account runs at a time, of any action", "[invariant-5]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect({ok(3s)});
    auto& rotate = in.on_rotate_proxy({ok(3s)});
    in.spawn({broken(1s)});                  // settle until 3 s, callback until 6 s
    auto& proxy = in.spawn({bad_proxy(2s)}); // its own from 6 s on: settle until 8 s, callback until 11 s
    auto& joined = in.spawn({broken(4s)});   // shares the first
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{1s, 6s});
    CHECK(reconnect.starts() == times{3s});
    CHECK(rotate.starts() == times{8s});
    CHECK(proxy.starts() == times{0s, 16s}); // 5 s of backoff
    CHECK(joined.succeeded());
    CHECK(in.attempts_between(1s, 11s) == 0);
}

TEST_CASE("5.10 a failure that needs less joins the stronger recovery that runs", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect();
    auto& rotate = in.on_rotate_proxy({ok(3s)});
    in.spawn({bad_proxy(1s)});
    auto& joined = in.spawn({broken(2s)});
    in.run();

    CHECK(rotate.starts() == times{3s});
    CHECK(reconnect.count() == 0);
    CHECK(joined.starts() == times{0s, 7s});
}

TEST_CASE("5.11 a waiter that is cancelled leaves the others alone", "[invariant-5]")
{
    bool const the_first = GENERATE(true, false);
    CAPTURE(the_first);
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    auto& first = in.spawn({broken(1s)});
    auto& second = in.spawn({broken(2s)});
    auto& third = in.spawn({broken(2s)});
    auto& gone = the_first ? first : second;
    in.at(4s, [&] { gone.cancel(); });
    in.run();

    REQUIRE(in.all_ended());
    CHECK(gone.why() == stop_reason::cancelled);
    CHECK(gone.ended == 4s);
    CHECK(reconnect.count() == 1);
    CHECK_FALSE(reconnect.runs[0].cancelled);
    CHECK(reconnect.runs[0].ended == 6s);
    CHECK((the_first ? second : first).starts() == times{0s, 7s});
    CHECK(third.starts() == times{0s, 7s});
}

TEST_CASE("5.12 a recovery goes on when all its waiters are cancelled", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    auto& only = in.spawn({broken(1s)});
    in.at(2s, [&] { only.cancel(); });
    auto& next = in.spawn(4s, {}, {ok()});
    in.run();

    CHECK(only.ended == 2s);
    CHECK(reconnect.starts() == times{3s});
    CHECK(reconnect.runs[0].succeeded);
    CHECK(next.starts() == times{6s});
}

TEST_CASE("5.13 a waiter whose deadline passes ends, the others are left alone", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(10s)});
    auto& bound = in.spawn({.deadline = in.moment(5s)}, {broken(1s)});
    auto& new_one = in.spawn(2s, {.deadline = in.moment(6s)}, {ok()});
    auto& patient = in.spawn({broken(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(bound.why() == stop_reason::deadline);
    CHECK(bound.ended == 5s);
    CHECK(new_one.why() == stop_reason::deadline);
    CHECK(new_one.ended == 6s);
    CHECK(reconnect.runs[0].succeeded);
    CHECK(patient.starts() == times{0s, 14s});
}

TEST_CASE("5.14 the recoveries of different accounts know nothing of one another", "[invariant-5]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    auto& second = in.apart("second");  // of one server they would be its outage
    in.spawn({broken(1s)});
    in.spawn(second, 0s, {}, {broken(1s)});
    auto& free = in.spawn(in.another("third"), 2s, {}, {ok()});
    in.run();

    CHECK(reconnect.starts() == times{3s, 3s});
    CHECK(free.starts() == times{2s});
}

TEST_CASE("5.15 refresh belongs to its operation: it is not shared and closes nothing", "[invariant-5]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& refresh = in.on_refresh({ok(5s), ok(5s), ok(5s)});
    auto& first = in.spawn({.context = "first"}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    auto& second = in.spawn_blind(1s, {.context = "second"}, {rpc(303, "FILE_MIGRATE_4")});
    auto& third = in.spawn(1s, {.context = "third"}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    auto& other = in.spawn(2s, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.count() == 0);
    CHECK(refresh.starts() == times{0s, 1s, 1s});
    CHECK(refresh.runs[0].context == "first");
    CHECK(refresh.runs[0].act == action::refresh);
    CHECK(refresh.runs[0].what == category::stale);
    CHECK(refresh.runs[1].what == category::migrated);
    CHECK(refresh.runs[1].number == 4);
    CHECK(refresh.runs[1].message == "FILE_MIGRATE_4");
    CHECK(first.starts() == times{0s, 5s});
    CHECK(second.starts() == times{1s, 6s});
    CHECK(third.starts() == times{1s, 6s});
    CHECK(other.starts() == times{2s});
}

TEST_CASE("5.16 without a refresh callback an operation that takes its attempt is repeated at once, any other fails",
          "[invariant-5]")
{
    scenario in;
    auto& telling = in.spawn({rpc(303, "PHONE_MIGRATE_4", 1s)});
    auto& blind = in.spawn_blind(0s, {}, {rpc(303, "PHONE_MIGRATE_4", 1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(telling.succeeded());
    CHECK(telling.starts() == times{0s, 1s});
    CHECK(telling.attempts[1]->previous == "PHONE_MIGRATE_4");
    CHECK(blind.why() == stop_reason::not_retryable);
    CHECK(blind.attempts.size() == 1);
}

TEST_CASE("5.17 a refresh that fails, or is overdue, degrades to a plain retry", "[invariant-5]")
{
    scenario in;
    auto& refresh = in.on_refresh({raises(std::runtime_error{"gone"}, 1s), ok(forever)});
    auto& failing = in.spawn({rpc(400, "FILE_REFERENCE_EXPIRED")});
    auto& overdue = in.spawn(100s, {}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(refresh.count() == 2);
    CHECK(failing.starts() == times{0s, 1s});
    CHECK(overdue.starts() == times{100s, 160s});
    CHECK(refresh.runs[1].cancelled);
    CHECK(in.manager.stats().actions_of(action::refresh).failed == 2);
}

TEST_CASE("5.18 cancelling an operation cancels its own refresh", "[invariant-5]")
{
    scenario in;
    auto& refresh = in.on_refresh({ok(forever), ok(5s)});
    auto& gone = in.spawn({rpc(400, "FILE_REFERENCE_EXPIRED")});
    auto& other = in.spawn({rpc(400, "FILE_REFERENCE_EXPIRED")});
    in.at(2s, [&] { gone.cancel(); });
    in.run();

    REQUIRE(in.all_ended());
    CHECK(gone.why() == stop_reason::cancelled);
    CHECK(gone.ended == 2s);
    REQUIRE(refresh.count() == 2);
    CHECK(refresh.runs[0].ended == 2s);
    CHECK(other.starts() == times{0s, 5s});
}

TEST_CASE("5.19 a key in use twice stops every operation of the account until the one login has run", "[invariant-5]")
{
    auto const duplicated = [] { return rpc(406, "AUTH_KEY_DUPLICATED", 1s); };
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& relogin = in.on_relogin({ok(10s)});
    auto& other_account = in.another("second");
    for (int index = 0; index < 100; ++index)
        in.spawn({.method = "send", .peer = index + 1}, {duplicated(), ok()});
    auto& later = in.spawn(5s, {.method = "read"}, {ok()});
    auto& elsewhere = in.spawn(other_account, 5s, {.method = "send"}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{1s});
    CHECK(relogin.starts() == times{3s}); // after settle
    CHECK(elsewhere.starts() == times{5s});
    CHECK(later.starts().at(0) >= 13s);
    CHECK(later.succeeded());
    for (auto const& each : in.operations) {
        for (auto const& attempt : each.attempts)
            CHECK((&each == &elsewhere || attempt->began <= 1s || attempt->began >= 13s));
    }
    CHECK(in.manager.stats().actions_of(action::relogin).started == 1);
    CHECK(in.manager.stats().recovered == 100);
}
