// Invariant 2: a server-told wait is a floor.
#include "support/scenario.hpp"

using namespace support;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

/// The defaults, with jitter; the seed decides it.
mend::options jittered(std::uint64_t seed)
{
    mend::options made;
    made.seed = seed;
    return made;
}

/// When the second attempt began after a flood wait, under a policy's jitter.
ms second_attempt(std::uint64_t seed, double jitter, int seconds)
{
    scenario in{with_policy(jittered(seed), category::flood_wait, [=](mend::policy& each) { each.delay.jitter = jitter; })};
    auto& operation = in.spawn({.method = "send"}, {flood(seconds)});
    in.run();
    REQUIRE(operation.succeeded());
    REQUIRE(operation.attempts.size() == 2);
    return operation.attempts[1]->began;
}

} // namespace

TEST_CASE("2.1 no attempt starts earlier than the server said", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, {flood(37), flood(11)});
    in.run();

    CHECK(operation.succeeded());
    CHECK(operation.starts() == times{0s, 37s, 48s});
    CHECK(operation.result->waited() == 48s);
    CHECK(operation.result->elapsed() == 48s);
}

TEST_CASE("2.2 the 300 s cap of the backoff never shortens a told wait", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, {flood(3600)});
    auto& slow = in.spawn({.method = "edit", .peer = 5}, {slow_mode(900)});
    in.run();

    CHECK(operation.starts() == times{0s, 3600s});
    CHECK(slow.starts() == times{0s, 900s});
}

TEST_CASE("2.3 FLOOD_WAIT_0 counts as 1 s", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, {flood(0)});
    auto& other = in.spawn(500ms, {.method = "send"}, {ok()});
    in.run();

    CHECK(operation.starts() == times{0s, 1s});
    CHECK(other.starts() == times{1s});
}

TEST_CASE("2.4 jitter only adds: at most 10 %, the policy's jitter and 5 s", "[invariant-2]")
{
    struct bound {
        double jitter;
        int seconds;
        ms most;
    };
    bound const bounds[] = {
        {0.1, 20, 22s}, {1.0, 20, 22s}, {0.05, 20, 21s}, {0.1, 3600, 3605s}, {0.0, 20, 20s}, {0.001, 3600, 3603600ms},
    };
    for (auto const& each : bounds) {
        CAPTURE(each.jitter, each.seconds);
        ms least = forever;
        ms most{0};
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            ms const began = second_attempt(seed, each.jitter, each.seconds);
            least = std::min(least, began);
            most = std::max(most, began);
        }
        CHECK(least >= std::chrono::seconds{each.seconds});
        CHECK(most <= each.most);
        if (each.jitter > 0) {
            // 40 draws from one interval: they reach into its first and its last third
            ms const room = each.most - std::chrono::seconds{each.seconds};
            CHECK(least < std::chrono::seconds{each.seconds} + room / 3);
            CHECK(most > each.most - room / 3);
        }
    }
}

TEST_CASE("2.5 the jitter of a told wait is drawn once for the hold", "[invariant-2]")
{
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        scenario in{jittered(seed)};
        // All of them meet the same moment, 100 s, by and by; none makes the hold longer.
        for (int second = 1; second <= 10; ++second)
            in.spawn({.method = "send"}, {flood(100 - second, std::chrono::seconds{second})});
        auto& first = in.spawn({.method = "send"}, {flood(100)});
        in.run();

        REQUIRE(in.all_ended());
        auto const held = in.events->of(event_kind::held);
        REQUIRE(held.size() == 11);
        REQUIRE(first.attempts.size() == 2);
        CHECK(first.attempts[1]->began == held.front().delay);
        CHECK(held.front().delay >= 100s);
        CHECK(held.front().delay <= 105s);
    }
}

TEST_CASE("2.6 attempt 1 of other operations in the scope waits too", "[invariant-2]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(37)});
    auto& other = in.spawn(10s, {.method = "send", .peer = 2}, {ok()});
    in.run();

    CHECK(other.succeeded());
    CHECK(other.starts() == times{37s});
    CHECK(other.result->attempts() == 1);
    CHECK(other.result->waited() == 27s);
    CHECK(other.result->elapsed() == 27s);
}

TEST_CASE("2.7 a retry_after that the operation states is a told wait", "[invariant-2]")
{
    scenario in;
    mend::failure told;
    told.code = 429;
    told.message = "Too Many Requests: retry after 12";
    told.retry_after = 12s;
    auto& operation = in.spawn({.method = "send"}, {fails(told)});
    auto& other = in.spawn(1s, {.method = "send"}, {ok()});
    in.run();

    CHECK(operation.starts() == times{0s, 12s});
    CHECK(other.starts() == times{12s});
    CHECK(in.events->of(event_kind::attempt_failed).at(0).what == category::flood_wait);
}

TEST_CASE("2.8 a moment that the error names is a told wait", "[invariant-2]")
{
    auto options = exact_options();
    std::chrono::system_clock::time_point moment{};
    options.rules = mend::classifier{}
                        .when([&moment](mend::failure const& what) -> std::optional<mend::classification> {
                            if (what.message != "UNTIL")
                                return std::nullopt;
                            mend::classification made;
                            made.what = category::flood_wait;
                            made.where = mend::scope::method;
                            made.delivered = mend::delivery::not_sent;
                            made.retry_at = moment;
                            return made;
                        })
                        .then(mend::telegram::rules());
    scenario in{options};
    moment = in.time.wall() + 50s;
    auto& operation = in.spawn(5s, {.method = "send"}, {rpc(420, "UNTIL")});
    auto& other = in.spawn(6s, {.method = "send"}, {ok()});
    in.run();

    CHECK(operation.starts() == times{5s, 50s});
    CHECK(other.starts() == times{50s});
}

TEST_CASE("2.9 a moment that a rule names and that has passed is a told wait of 1 s", "[invariant-2]")
{
    mend::options chosen = exact_options();
    mend::classifier rules;
    scenario* where = nullptr;
    rules.when([&](mend::failure const&) -> std::optional<mend::classification> {
        mend::classification says;
        says.what = mend::category::flood_wait;
        says.where = mend::scope::method;
        says.delivered = mend::delivery::not_sent;
        says.retry_at = where->time.wall() - 1s;
        return says;
    });
    chosen.rules = rules.then(mend::telegram::rules());
    scenario in{chosen};
    where = &in;
    auto& sent = in.spawn(0ms, {.method = "send"}, {refused(), refused()});
    in.run();
    CHECK(sent.starts() == std::vector<ms>{0ms, 1s, 2s});
}

TEST_CASE("2.10 a told wait lasts as long as told when the wall clock is set meanwhile", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, {flood(100)});
    auto& other = in.spawn(50s, {.method = "send"}, {ok()});
    in.at(10s, [&] { in.time.shift_wall(1h); });
    in.at(60s, [&] { in.time.shift_wall(-3h); });
    in.run();

    CHECK(operation.starts() == times{0s, 100s});
    CHECK(other.starts() == times{100s});
}

TEST_CASE("2.11 the hold stays when the operation that met it has used up its retries", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, always(flood(10)));
    auto& other = in.spawn(51s, {.method = "send"}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(operation.why() == stop_reason::retries_exhausted);
    CHECK(operation.starts() == times{0s, 10s, 20s, 30s, 40s, 50s});
    CHECK(operation.ended == 50s);
    CHECK(other.starts() == times{60s});
}

TEST_CASE("2.12 with any action but wait, a told wait holds its scope, and the delay is the policy's own", "[invariant-2]")
{
    scenario in;
    mend::failure told;
    told.known = category::temporary;
    told.delivered = mend::delivery::not_sent;
    told.retry_after = 30s;

    SECTION("the delay passes while it is held")
    {
        auto& met = in.spawn({.method = "send"}, {fails(told)});
        auto& other = in.spawn(1s, {.method = "read"}, {ok()});  // temporary concerns the whole account
        auto& elsewhere = in.spawn(in.apart("elsewhere"), 1s, {.method = "send"}, {ok()});
        in.run();
        CHECK(met.starts() == times{0s, 30s});
        CHECK(other.starts() == times{30s});
        CHECK(elsewhere.starts() == times{1s});
        auto const held = in.events->of(event_kind::held);
        REQUIRE(held.size() == 1);
        CHECK(held[0].where == mend::scope::account);
        CHECK(held[0].delay == 30s);
    }
    SECTION("a hold that is shorter than the delay does not shorten it")
    {
        told.retry_after = 500ms;
        auto& met = in.spawn({.method = "send"}, {fails(told)});
        auto& other = in.spawn(100ms, {.method = "send"}, {ok()});
        in.run();
        CHECK(met.starts() == times{0s, 1s});
        CHECK(other.starts() == times{500ms});
    }
    SECTION("the action waits for it, and the delay begins when the action has ended")
    {
        auto& disconnect = in.on_disconnect();
        auto& reconnect = in.on_reconnect({ok(3s)});
        told.known = category::connection;
        auto& met = in.spawn({.method = "send"}, {fails(told)});
        auto& other = in.spawn(1s, {.method = "read"}, {ok()});
        in.run();
        CHECK(disconnect.starts() == times{0s});
        CHECK(reconnect.starts() == times{30s});
        CHECK(met.starts() == times{0s, 34s});
        CHECK(other.starts() == times{33s});
    }
}

TEST_CASE("2.13 action wait holds its scope even without a told wait", "[invariant-2]")
{
    scenario in;
    // 5, 10 s: the backoff of rate_limit
    auto& operation = in.spawn({.method = "send"}, {rpc(420, "SLOW_DOWN_PLEASE"), rpc(420, "SLOW_DOWN_PLEASE")});
    auto& other = in.spawn(1s, {.method = "send"}, {ok()});
    auto& elsewhere = in.spawn(1s, {.method = "edit"}, {ok()});
    in.run();

    CHECK(in.events->of(event_kind::attempt_failed).at(0).what == category::rate_limit);
    CHECK(operation.starts() == times{0s, 5s, 15s});
    CHECK(other.starts() == times{15s});
    CHECK(elsewhere.starts() == times{1s});
}

TEST_CASE("2.14 release never lifts a server-told wait", "[invariant-2]")
{
    scenario in;
    auto& operation = in.spawn({.method = "send"}, {flood(100)});
    in.at(10s, [&] { in.sender.release(); });
    auto& other = in.spawn(20s, {.method = "send"}, {ok()});
    in.run();

    CHECK(operation.starts() == times{0s, 100s});
    CHECK(other.starts() == times{100s});
}
