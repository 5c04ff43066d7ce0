// Invariant 1: an operation ends once, with a value or with a stop reason.
#include "support/scenario.hpp"

using namespace support;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

/// An attempt that fails with a category, under any rules.
step fails_as(category what)
{
    mend::failure made;
    made.known = what;
    made.message = "as scripted";
    return fails(std::move(made));
}

struct expected_end {
    category what;
    stop_reason why;
    unsigned attempts;
};

} // namespace

TEST_CASE("1.1 an operation that succeeds ends with its value, and nothing was waited for", "[invariant-1]")
{
    scenario in;
    auto& operation = in.spawn({ok(3s)});
    in.run();

    REQUIRE(operation.result);
    CHECK(operation.result->value() == 1);
    CHECK(operation.why() == stop_reason::none);
    CHECK(operation.result->attempts() == 1);
    CHECK(operation.result->waited() == 0ms);
    CHECK(operation.ended == 3s);
    CHECK(in.events->all.empty());
    CHECK(in.manager.stats().operations == 1);
}

TEST_CASE("1.2 an operation that fails for ever ends with a stop reason, in every category", "[invariant-1]")
{
    // No callbacks are registered; the operation takes its attempt, and may be repeated.
    expected_end const ends[] = {
        {category::flood_wait, stop_reason::retries_exhausted, 6},
        {category::rate_limit, stop_reason::retries_exhausted, 6},
        {category::proxy, stop_reason::retries_exhausted, 4},
        {category::connection, stop_reason::retries_exhausted, 4},
        {category::auth, stop_reason::not_retryable, 1},
        {category::temporary, stop_reason::retries_exhausted, 4},
        {category::permanent, stop_reason::not_retryable, 1},
        {category::unknown, stop_reason::retries_exhausted, 3},
        {category::slow_mode, stop_reason::retries_exhausted, 6},
        {category::account_limited, stop_reason::not_retryable, 1},
        {category::account_dead, stop_reason::not_retryable, 1},
        {category::session_lost, stop_reason::not_retryable, 1},
        {category::target_unavailable, stop_reason::not_retryable, 1},
        {category::migrated, stop_reason::retries_exhausted, 4},
        {category::stale, stop_reason::retries_exhausted, 2},
        {category::duplicate, stop_reason::already_sent, 4},
        {category::custom_0, stop_reason::retries_exhausted, 3},
        {category::custom_7, stop_reason::retries_exhausted, 3},
    };
    for (auto const& expected : ends) {
        CAPTURE(mend::to_string(expected.what));
        scenario in;
        auto& operation = in.spawn({.method = "send", .peer = 7, .idempotent = true}, always(fails_as(expected.what)));
        in.run();

        REQUIRE(operation.result);
        CHECK(mend::to_string(operation.why()) == mend::to_string(expected.why));
        CHECK(operation.result->attempts() == expected.attempts);
        CHECK(operation.attempts.size() == expected.attempts);
        CHECK(operation.result->category() == expected.what);
        if (expected.why == stop_reason::already_sent)
            CHECK_THROWS_AS(operation.result->value(), mend::recovery_error);
        else
            CHECK_THROWS_AS(operation.result->value(), mend::operation_error);
        REQUIRE(operation.result->failure() != nullptr);
        CHECK(operation.result->failure()->known == expected.what);
        CHECK(in.events->count(event_kind::gave_up) == 1);
    }
}

TEST_CASE("1.3 the retries of each category are counted apart", "[invariant-1]")
{
    scenario in;
    auto& operation = in.spawn({unavailable(), broken(), unavailable(), broken(), unavailable(), broken()});
    in.run();

    CHECK(operation.succeeded());
    CHECK(operation.result->attempts() == 7);
    // 1, 2, 4 s of each category's own exponential backoff
    CHECK(operation.starts() == times{0s, 1s, 2s, 4s, 6s, 10s, 14s});
}

TEST_CASE("1.4 an operation never makes more than max_attempts, all categories together", "[invariant-1]")
{
    auto options = with_policy(exact_options(), category::temporary, [](mend::policy& each) { each.max_retries = 1'000'000; });
    SECTION("20 by default")
    {
        scenario in{options};
        auto& operation = in.spawn(always(unavailable()));
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::retries_exhausted);
        CHECK(operation.result->attempts() == 20);
        CHECK(operation.ended == operation.attempts.back()->began);
    }
    SECTION("one only, where the options say so")
    {
        options.max_attempts = 1;
        scenario in{options};
        auto& operation = in.spawn(always(unavailable()));
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::retries_exhausted);
        CHECK(operation.starts() == times{0s});
    }
}

TEST_CASE("1.5 an operation whose next attempt cannot start before its deadline ends at once", "[invariant-1]")
{
    scenario in;
    auto& operation = in.spawn(in.apart("a"), 0s, {.deadline = in.moment(2500ms)}, always(unavailable()));
    auto& on_the_dot = in.spawn(in.apart("b"), 0s, {.deadline = in.moment(3s)}, always(unavailable()));
    auto& in_time = in.spawn(in.apart("c"), 0s, {.deadline = in.moment(3001ms)}, {unavailable(), unavailable()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(operation.why() == stop_reason::deadline);
    CHECK(operation.starts() == times{0s, 1s});
    CHECK(operation.ended == 1s);
    CHECK(on_the_dot.why() == stop_reason::deadline);
    CHECK(on_the_dot.ended == 1s);
    CHECK(in_time.succeeded());
    CHECK(in_time.starts() == times{0s, 1s, 3s});
}

TEST_CASE("1.6 a deadline alone never cuts a running attempt, a past one refuses attempt 1", "[invariant-1]")
{
    scenario in;
    auto& slow = in.spawn({.deadline = in.moment(2s)}, {ok(10s)});
    auto& late = in.spawn(5s, {.deadline = in.moment(4s)}, {ok()});
    auto& now = in.spawn(5s, {.deadline = in.moment(5s)}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(slow.succeeded());
    CHECK(slow.ended == 10s);
    CHECK(late.why() == stop_reason::deadline);
    CHECK(late.attempts.empty());
    CHECK(late.result->attempts() == 0);
    CHECK(late.ended == 5s);
    CHECK_THROWS_AS(late.result->value(), mend::recovery_error);
    CHECK(now.why() == stop_reason::deadline);
    CHECK(now.attempts.empty());
    CHECK(in.manager.stats().refused == 2);
    CHECK(in.manager.stats().operations == 3);
}

TEST_CASE("1.7 close ends every wait with closed, running attempts finish and keep their result", "[invariant-1]")
{
    bool const whole_manager = GENERATE(true, false);
    CAPTURE(whole_manager);
    scenario in;
    in.on_reconnect({ok(forever)});
    auto& holding = in.spawn({.method = "a"}, {flood(100)});
    auto& held = in.spawn(1s, {.method = "a"}, {ok()});
    auto& delayed = in.spawn(9s, {.method = "b"}, {unavailable(), unavailable(), unavailable()});
    auto& running = in.spawn(2s, {.method = "b"}, {ok(20s)});
    auto& failing = in.spawn(2s, {.method = "b"}, {unavailable(20s)});
    auto& recovering = in.spawn(9500ms, {.method = "c"}, {broken()});
    auto& late = in.spawn(11s, {.method = "d"}, {ok()});
    in.at(10s, [&] { whole_manager ? in.manager.close() : in.sender.close(); });
    in.run();

    REQUIRE(in.all_ended());
    for (auto const* each : {&holding, &held, &delayed, &recovering}) {
        CHECK(each->why() == stop_reason::closed);
        CHECK(each->ended == 10s);
    }
    CHECK(held.attempts.empty());
    CHECK(running.succeeded());
    CHECK(running.ended == 22s);
    CHECK(failing.why() == stop_reason::closed);
    CHECK(failing.starts() == times{2s});
    CHECK(late.why() == stop_reason::closed);
    CHECK(late.attempts.empty());
    CHECK(late.ended == 11s);
}

TEST_CASE("1.8 each operation that met trouble is reported to have ended exactly once, and the statistics add up",
          "[invariant-1]")
{
    scenario in;
    in.on_reconnect({ok(1s)});
    in.spawn({.method = "a"}, {flood(10)});
    in.spawn({.method = "b"}, {broken(1s)});
    in.spawn(2s, {.method = "b"}, always(refused()));
    in.spawn({.method = "c"}, always(unavailable()));
    in.spawn({.method = "d"}, {ok()});
    auto& cancelled = in.spawn({.method = "e"}, {flood(1000)});
    in.at(500s, [&] { cancelled.cancel(); });
    in.spawn(1s, {.method = "e", .deadline = in.moment(100s)}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(cancelled.why() == stop_reason::cancelled);
    auto const& seen = *in.events;
    CHECK(seen.count(event_kind::recovered) == 2);
    CHECK(seen.count(event_kind::gave_up) == 2);
    CHECK(seen.count(event_kind::cancelled) == 1);
    CHECK(seen.count(event_kind::refused) == 1);

    auto const counted = in.manager.stats();
    CHECK(counted.operations == 7);
    CHECK(counted.recovered == 2);
    CHECK(counted.gave_up == 2);
    CHECK(counted.cancelled == 1);
    CHECK(counted.refused == 1);
    CHECK(counted.recoveries == counted.recovered + counted.gave_up + counted.cancelled);
}

TEST_CASE("1.9 if several stop reasons apply, the first in the order of the details is reported", "[invariant-1]")
{
    auto const base = exact_options();
    SECTION("not_retryable before closed")
    {
        scenario in{base};
        auto& operation = in.spawn({refused(2s)});
        in.at(1s, [&] { in.manager.close(); });
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::not_retryable);
    }
    SECTION("closed before retries_exhausted")
    {
        scenario in{with_policy(base, category::temporary, [](mend::policy& each) { each.max_retries = 0; })};
        auto& operation = in.spawn({unavailable(2s)});
        in.at(1s, [&] { in.manager.close(); });
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::closed);
    }
    SECTION("retries_exhausted before delivery_unknown")
    {
        scenario in{with_policy(base, category::temporary, [](mend::policy& each) { each.max_retries = 0; })};
        auto& operation = in.spawn({.idempotent = false}, {unavailable()});
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::retries_exhausted);
    }
    SECTION("already_sent before wait_too_long")
    {
        scenario in{with_policy(base, category::duplicate, [](mend::policy& each) { each.max_retries = 0; })};
        mend::failure sent;
        sent.known = category::duplicate;
        sent.retry_after = 48h;
        sent.delivered = mend::delivery::sent;
        auto& operation = in.spawn({fails(sent)});
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::already_sent);
    }
    SECTION("delivery_unknown before wait_too_long and deadline")
    {
        scenario in{base};
        mend::failure lost;
        lost.known = category::temporary;
        lost.retry_after = 48h;
        lost.delivered = mend::delivery::unknown;
        auto& operation = in.spawn({.idempotent = false, .deadline = in.moment(1s)}, {fails(lost)});
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::delivery_unknown);
    }
    SECTION("wait_too_long before deadline")
    {
        scenario in{with_policy(base, category::flood_wait, [](mend::policy& each) { each.max_wait = 50s; })};
        auto& operation = in.spawn({.deadline = in.moment(10s)}, {flood(100)});
        in.run();
        REQUIRE(operation.result);
        CHECK(operation.why() == stop_reason::wait_too_long);
        CHECK(in.retry_at(operation) == 100s);
    }
    SECTION("recovery_budget before retries_exhausted, delivery_unknown and deadline")
    {
        auto options = with_policy(base, category::session_lost, [](mend::policy& each) { each.max_retries = 0; });
        options.relogins_per_day = 1;
        scenario in{options};
        in.on_relogin();
        mend::failure lost;
        lost.known = category::session_lost;
        lost.delivered = mend::delivery::unknown;
        auto& first = in.spawn({fails(lost)});
        auto& second = in.spawn(60s, {.idempotent = false, .deadline = in.moment(61s)}, {fails(lost)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(first.why() == stop_reason::retries_exhausted);
        CHECK(second.why() == stop_reason::recovery_budget);
    }
}

TEST_CASE("1.10 policy.quarantine applies to every stop that its category causes", "[invariant-1]")
{
    auto const with_quarantine = [](mend::policy& each) {
        each.quarantine = 1h;
        each.max_retries = 1;
        each.max_wait = 10s;
    };
    auto const options = with_policy(exact_options(), category::temporary, with_quarantine);
    mend::failure a_long_wait;
    a_long_wait.known = category::temporary;
    a_long_wait.retry_after = 20s;

    struct cause {
        stop_reason why;
        script steps;
        bool idempotent;
    };
    cause const causes[] = {
        {stop_reason::retries_exhausted, always(unavailable()), true},
        {stop_reason::delivery_unknown, always(unavailable()), false},
        {stop_reason::wait_too_long, always(fails(a_long_wait)), true},
    };
    for (auto const& each : causes) {
        CAPTURE(mend::to_string(each.why));
        scenario in{options};
        auto& first = in.spawn({.idempotent = each.idempotent}, each.steps);
        auto& second = in.spawn(30min, {}, {ok()});
        auto& third = in.spawn(2h, {}, {ok()});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(mend::to_string(first.why()) == mend::to_string(each.why));
        CHECK(second.why() == stop_reason::quarantined);
        CHECK(second.attempts.empty());
        CHECK(second.ended == 30min);
        CHECK(in.retry_at(second) == *first.ended + 1h);
        CHECK(third.succeeded());
    }
}
