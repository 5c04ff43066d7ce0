// Hostile waits and clocks, on virtual time: nothing goes out before a told wait is over, and no operation hangs.
//
//  function                                 input
//  with_recovery and its kin: the failure   retry_after at its limits, unix times as waits
//  rules                                    moments in the past and at the ends of time
//  time_source, virtual_time                a wall clock that jumps by decades while holds and quarantines are in force
#include "support/scenario.hpp"

using namespace support;
using mend::category;
using mend::stop_reason;
using std::chrono::milliseconds;

namespace {

using times = std::vector<ms>;
using wall_time = std::chrono::system_clock::time_point;

constexpr ms unix_time_in_seconds = 1'700'000'000s; // a moment that was taken for a wait: 54 years
constexpr auto year = std::chrono::hours{24 * 365};

step told(milliseconds wait)
{
    mend::failure what;
    what.code = 429;
    what.message = "Too Many Requests";
    what.retry_after = wait;
    return fails(what);
}

mend::options patient()
{
    return with_policy(exact_options(), category::flood_wait, [](mend::policy& each) { each.max_wait = mend::policy::forever; });
}

/// Names every attempt that failed with `code` 1 as a moment.
mend::options naming(wall_time moment)
{
    auto made = exact_options();
    mend::classifier rules;
    rules.when([moment](mend::failure const& what) -> std::optional<mend::classification> {
        if (what.code != 1)
            return std::nullopt;
        return mend::classification{.what = category::flood_wait,
                                    .retry_at = moment,
                                    .where = mend::scope::method,
                                    .delivered = mend::delivery::not_sent};
    });
    made.rules = rules.then(made.rules);
    return made;
}

}  // namespace

TEST_CASE("a told wait of nothing, or less, holds its scope for 1 s")
{
    for (auto const wait : {milliseconds::min(), milliseconds{-1'700'000'000'000}, -1ms, 0ms}) {
        scenario in;
        auto& operation = in.spawn({.method = "send"}, {told(wait)});
        auto& other = in.spawn(500ms, {.method = "send"}, {ok()});
        in.run();
        CHECK(in.all_ended());
        CHECK(operation.starts() == times{0s, 1s});
        CHECK(other.attempts.front()->began >= 1s);
        CHECK(operation.succeeded());
    }
}

TEST_CASE("a told wait that is a unix time, or without end, ends all that it concerns at once, and nothing is sent")
{
    for (auto const wait : {unix_time_in_seconds, ms{milliseconds::max() - 1ms}, ms{milliseconds::max()}}) {
        scenario in;
        auto& operation = in.spawn({.method = "send"}, {told(wait)});
        auto& other = in.spawn(1s, {.method = "send"}, {ok()});
        auto& elsewhere = in.spawn(1s, {.method = "edit"}, {ok()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.starts() == times{0s});
        CHECK(operation.why() == stop_reason::wait_too_long);
        CHECK(operation.result->elapsed() == 0ms);
        CHECK(other.attempts.empty());
        CHECK(other.why() == stop_reason::wait_too_long);
        CHECK(elsewhere.succeeded());
        if (wait == unix_time_in_seconds) {
            CHECK(in.retry_at(operation) == wait);
            CHECK(in.retry_at(other) == wait);
        } else if (auto const at = operation.result->retry_at()) {
            CHECK(*at > in.time.wall());
        }
    }
}

TEST_CASE("a told wait of 54 years is held in full if the policy allows it")
{
    scenario in{patient()};
    auto& operation = in.spawn({.method = "send"}, {told(unix_time_in_seconds)});
    auto& other = in.spawn(1s, {.method = "send"}, {ok()});
    auto& hurried = in.spawn(1s, {.method = "send", .deadline = in.moment(1h)}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.starts() == times{0s, unix_time_in_seconds});
    CHECK(other.attempts.front()->began >= unix_time_in_seconds);
    CHECK(hurried.why() == stop_reason::deadline);
    CHECK(hurried.ended == 1s);
}

TEST_CASE("a told wait without end, which the policy allows, ends all that it concerns and sends nothing")
{
    for (auto const wait : {milliseconds::max() - 1ms, milliseconds::max()}) {
        scenario in{patient()};
        auto& operation = in.spawn({.method = "send"}, {told(wait)});
        auto& hurried = in.spawn(1s, {.method = "send", .deadline = in.moment(1h)}, {ok()});
        auto& other = in.spawn(1s, {.method = "send"}, {ok()});
        in.at(2h, [&] { CHECK(in.sender.state().what == mend::account_state::kind::waiting); });
        in.at(3h, [&] { in.sender.close(); });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.why() == stop_reason::wait_too_long);
        CHECK(hurried.why() == stop_reason::wait_too_long);
        CHECK(other.why() == stop_reason::wait_too_long);
        CHECK(other.ended == 1s);
        CHECK(in.attempts.size() == 1);
    }
}

TEST_CASE("replies of the Bot API with hostile waits send nothing early")
{
    for (int const wait : {INT32_MIN, -1, 0, 1, 1'700'000'000, INT32_MAX}) {
        scenario in;
        auto const reply = mend::telegram::bot_api_failure(429, 429, "Too Many Requests", wait);
        auto& operation = in.spawn({.method = "sendMessage", .peer = INT64_MIN}, {fails(reply)});
        auto& same_chat = in.spawn(100ms, {.method = "sendMessage", .peer = INT64_MIN}, {ok()});
        auto& other_chat = in.spawn(100ms, {.method = "sendMessage", .peer = INT64_MAX}, {ok()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(other_chat.starts() == times{100ms});
        if (wait <= 1) {
            CHECK(operation.starts() == times{0s, 1s});
            CHECK(same_chat.attempts.front()->began >= 1s);
        } else {
            CHECK(operation.why() == stop_reason::wait_too_long);
            CHECK(same_chat.why() == stop_reason::wait_too_long);
            CHECK(in.retry_at(same_chat) == ms{std::chrono::seconds{wait}});
            CHECK(in.attempts.size() == 2);
        }
    }
}

TEST_CASE("a moment in the past is waited for no longer, one at the end of time ends the operation")
{
    for (auto const moment : {wall_time::min(), wall_time{} - 1h, wall_time{}, wall_time{1s}}) {
        scenario in{naming(moment)};
        auto& operation = in.spawn({.method = "send"}, {rpc(1, "X")});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.succeeded());
        CHECK(operation.attempts.size() == 2);
        CHECK(operation.ended <= 1s);
    }
    scenario in{naming(wall_time::max())};
    auto& operation = in.spawn({.method = "send"}, {rpc(1, "X")});
    auto& other = in.spawn(1s, {.method = "send"}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.why() == stop_reason::wait_too_long);
    CHECK(operation.result->retry_at() == wall_time::max());
    CHECK(other.why() == stop_reason::wait_too_long);
    CHECK(other.attempts.empty());
}

TEST_CASE("a wait without end that the policy allows does not end as a deadline that was never given")
{
    auto made =
        with_policy(exact_options(), category::flood_wait, [](mend::policy& each) { each.max_wait = mend::policy::forever; });
    scenario in{made};
    mend::failure what;
    what.code = 429;
    what.retry_after = milliseconds::max();
    auto& operation = in.spawn({.method = "send"}, {fails(what)});
    in.run();
    CHECK((!operation.has_ended() || operation.why() != stop_reason::deadline));
}

TEST_CASE("a wall clock that jumps by decades changes no hold, and a moment reported afterwards is sensible on the new time")
{
    for (auto const jump : {200 * year, 54 * year, -50 * year, -290 * year}) {
        scenario in;
        auto& operation = in.spawn({.method = "send"}, {flood(3600)});
        auto& hurried = in.spawn(20min, {.method = "send", .deadline = in.moment(30min)}, {ok()});
        in.at(10min, [&] { in.time.shift_wall(jump); });
        in.at(15min, [&] {
            auto const state = in.sender.state();
            CHECK(state.what == mend::account_state::kind::waiting);
            REQUIRE(state.until);
            CHECK(*state.until - in.time.wall() == 45min);
        });
        in.at(25min, [&] {
            REQUIRE(hurried.has_ended());
            REQUIRE(hurried.result->retry_at());
            CHECK(*hurried.result->retry_at() - in.time.wall() == 35min);
        });
        in.at(40min, [&] { in.time.shift_wall(-jump); });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.starts() == times{0s, 1h});
        CHECK(operation.result->elapsed() == 1h);
        CHECK(hurried.why() == stop_reason::deadline);
    }
}

TEST_CASE("near the end of the calendar its end is reported, not a moment in the past")
{
    scenario in;
    in.time.shift_wall(wall_time::max() - in.time.wall() - 10min);
    auto& operation = in.spawn({.method = "send"}, {flood(3600)});
    auto& hurried = in.spawn(1min, {.method = "send", .deadline = in.moment(2min)}, {ok()});
    auto& endless = in.spawn({.method = "edit"}, {told(unix_time_in_seconds)});
    in.at(5min, [&] { in.time.shift_wall(-year); }); // or virtual time itself would leave the calendar
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.starts() == times{0s, 1h});
    CHECK(hurried.result->retry_at() == wall_time::max());
    CHECK(endless.result->retry_at() == wall_time::max());
}

TEST_CASE("a wall clock that jumps changes no quarantine, no budget of logins and no deadline")
{
    for (auto const jump : {200 * year, -50 * year}) {
        scenario in;
        auto& relogin = in.on_relogin(always(raises(std::runtime_error{"wrong password"})));
        auto& lost = in.spawn({.method = "send"}, {lost_session()});
        auto& limited = in.spawn(15min, {.method = "send"}, {rpc(400, "PEER_FLOOD")});
        in.at(1min, [&] { in.time.shift_wall(jump); });
        auto& refused = in.spawn(9min, {.method = "read"}, {ok()});
        auto& later_on = in.spawn(20min, {.method = "read", .deadline = in.moment(21min)}, {ok()});
        auto& still_limited = in.spawn(23h, {.method = "send"}, {ok()});
        auto& free_again = in.spawn(25h, {.method = "send"}, {ok()});
        in.at(23h, [&] {
            auto const state = in.sender.state();
            CHECK(state.what == mend::account_state::kind::quarantined);
            REQUIRE(state.until);
            CHECK(*state.until - in.time.wall() == 75min);
            CHECK(*state.until > in.time.wall());
        });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 1);
        CHECK(!lost.succeeded());
        CHECK(limited.why() == stop_reason::not_retryable);
        CHECK(refused.why() == stop_reason::quarantined);
        CHECK(later_on.succeeded());
        CHECK(still_limited.why() == stop_reason::quarantined);
        CHECK(free_again.succeeded());
    }
}
