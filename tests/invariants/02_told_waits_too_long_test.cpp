// Invariant 2: a told wait that is longer than an operation may wait ends it at once, at every place where it may wait.
#include "support/scenario.hpp"

using namespace support;
using mend::category;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

} // namespace

TEST_CASE("2.15 a hold beyond an operation's deadline ends it at once with retry_at", "[invariant-2]")
{
    scenario in;
    auto& met = in.spawn({.method = "send", .deadline = in.moment(30s)}, {flood(37)});
    auto& other = in.spawn(10s, {.method = "send", .deadline = in.moment(36s)}, {ok()});
    auto& on_the_dot = in.spawn(10s, {.method = "send", .deadline = in.moment(37s)}, {ok()});
    auto& in_time = in.spawn(10s, {.method = "send", .deadline = in.moment(37001ms)}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(met.why() == stop_reason::deadline);
    CHECK(met.ended == 0s);
    CHECK(in.retry_at(met) == 37s);
    CHECK_THROWS_AS(met.result->value(), mend::recovery_error);
    for (auto const* each : {&other, &on_the_dot}) {
        CHECK(each->why() == stop_reason::deadline);
        CHECK(each->ended == 10s);
        CHECK(each->attempts.empty());
        CHECK(in.retry_at(*each) == 37s);
        CHECK(each->result->category() == category::flood_wait);
        try {
            (void)each->result->value();
            FAIL("there is no value");
        } catch (mend::recovery_error const& error) {
            CHECK(error.why() == stop_reason::deadline);
            REQUIRE(error.retry_at());
            CHECK(in.since_began(*error.retry_at()) == 37s);
        }
    }
    CHECK(in_time.succeeded());
    CHECK(in_time.starts() == times{37s});
}

TEST_CASE("2.16 a hold beyond max_wait ends operations at once with retry_at", "[invariant-2]")
{
    scenario in;
    auto& met = in.spawn({.method = "send"}, {flood(25 * 3600)});
    auto& other = in.spawn(30min, {.method = "send"}, {ok()});
    auto& later = in.spawn(90min, {.method = "send"}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(met.why() == stop_reason::wait_too_long);
    CHECK(met.ended == 0s);
    CHECK(in.retry_at(met) == 25h);
    CHECK(other.why() == stop_reason::wait_too_long);
    CHECK(other.ended == 30min);
    CHECK(other.attempts.empty());
    CHECK(in.retry_at(other) == 25h);
    CHECK(later.succeeded()); // what is left of it is not above 24 h any more
    CHECK(later.starts() == times{25h});
}

TEST_CASE("2.17 a told wait of exactly max_wait is waited for, with or without jitter", "[invariant-2]")
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto const options = with_policy(jittered(seed), category::flood_wait, [](mend::policy& each) { each.max_wait = 100s; });
        scenario in{options};
        auto& met = in.spawn({.method = "send"}, {flood(100)});
        auto& other = in.spawn(0s, {.method = "send"}, {ok()});
        in.run();

        CHECK(met.succeeded());
        CHECK(other.succeeded());
        CHECK(met.attempts.back()->began >= 100s);
        CHECK(met.attempts.back()->began <= 105s);
    }
}

TEST_CASE("2.18 the max_wait of a hold is that of the category that set it", "[invariant-2]")
{
    scenario in{with_policy(exact_options(), category::slow_mode, [](mend::policy& each) { each.max_wait = 10s; })};
    auto& slow = in.spawn({.method = "send", .peer = 1}, {slow_mode(20)});
    auto& flooded = in.spawn({.method = "edit", .peer = 2}, {flood(20)});
    auto& same_peer = in.spawn(5s, {.method = "other", .peer = 1}, {ok()});
    auto& same_method = in.spawn(5s, {.method = "edit", .peer = 3}, {ok()});
    auto& later = in.spawn(11s, {.method = "other", .peer = 1}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(slow.why() == stop_reason::wait_too_long);
    CHECK(flooded.succeeded());
    CHECK(same_peer.why() == stop_reason::wait_too_long);
    CHECK(same_peer.ended == 5s);
    CHECK(in.retry_at(same_peer) == 20s);
    CHECK(same_method.succeeded());
    CHECK(same_method.starts() == times{20s});
    CHECK(later.starts() == times{20s});
}

TEST_CASE("2.19 an operation that already waits ends at once when its hold is extended beyond deadline or max_wait",
          "[invariant-2]")
{
    scenario in{with_policy(exact_options(), category::flood_wait, [](mend::policy& each) { each.max_wait = 100s; })};
    in.spawn({.method = "send"}, {flood(500, 10s)});
    in.spawn({.method = "send"}, {flood(60, 6s)});
    in.spawn({.method = "send"}, {flood(20)});
    auto& bound = in.spawn(1s, {.method = "send", .deadline = in.moment(50s)}, {ok()});
    auto& patient = in.spawn(1s, {.method = "send"}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(bound.why() == stop_reason::deadline);
    CHECK(bound.ended == 6s);
    CHECK(in.retry_at(bound) == 66s);
    CHECK(patient.why() == stop_reason::wait_too_long);
    CHECK(patient.ended == 10s);
    CHECK(in.retry_at(patient) == 510s);
    CHECK(patient.attempts.empty());
}

TEST_CASE("2.20 a hold that is too long ends operations that wait for their own delay at once, too", "[invariant-2]")
{
    scenario in{with_policy(exact_options(), mend::category::temporary, [](mend::policy& each) { each.delay.base = 60s; })};
    mend::call const about{.method = "send", .idempotent = true};
    auto& delayed = in.spawn(0ms, about, {unavailable()});
    in.spawn(1s, about, {flood(48 * 3600)});
    in.run();
    CHECK(delayed.why() == mend::stop_reason::wait_too_long);
    CHECK(delayed.ended == 1s);
}

TEST_CASE("2.21 a hold beyond its deadline ends an operation that waits for its own delay at once, too", "[invariant-2]")
{
    scenario in{with_policy(exact_options(), mend::category::temporary, [](mend::policy& each) { each.delay.base = 60s; })};
    mend::call const hurried{.method = "send", .idempotent = true, .deadline = in.moment(300s)};
    auto& delayed = in.spawn(0ms, hurried, {unavailable()});
    in.spawn(1s, {.method = "send"}, {flood(3600)});
    in.run();
    CHECK(delayed.ended == 1s);
}

TEST_CASE("2.22 a hold beyond its deadline ends an operation that waits for another hold at once, too", "[invariant-2]")
{
    // It waits for slow mode in its chat; its method is held for an hour meanwhile, beyond its deadline.
    scenario in;
    in.spawn({.method = "messages.sendMedia", .peer = 5}, {slow_mode(60)});
    auto& waiting = in.spawn(1s, {.method = "messages.sendMessage", .peer = 5, .deadline = in.moment(10min)}, {});
    in.spawn(2s, {.method = "messages.sendMessage", .peer = 6}, {flood(3600)});
    in.run();
    REQUIRE(waiting.why() == mend::stop_reason::deadline);
    REQUIRE(waiting.ended == ms{2s});
}
