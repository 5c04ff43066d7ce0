// Hostile input for what runs operations, on virtual time: none is lost, none hangs, and nothing goes out before a told
// wait is over.
//
//  function                                 input
//  with_recovery and its kin: the failure   retry_after, retry_at and number at their limits, unix times as waits, texts
//    call                                   deadline, attempt_timeout, peer and operation_id at their limits, any views
//  account                                  ids of nothing, of NUL bytes, of 1 MB
//  rules                                    moments in the past and at the ends of time
//  callbacks, observers, rules, operations  that throw something other than an exception, all at once
//  time_source, virtual_time                a wall clock that jumps by decades while holds and quarantines are in force
#include "texts.hpp"

#include "support/scenario.hpp"

#include <array>
#include <cstdint>

using namespace std::literals;
using namespace support;
using hostile::filled;
using hostile::texts;
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

} // namespace

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

TEST_CASE("a number at its limits reaches the refresh callback as it is")
{
    for (auto const number : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
        scenario in;
        auto& refresh = in.on_refresh();
        mend::failure moved;
        moved.code = 303;
        moved.number = number;
        moved.known = category::migrated;
        auto& operation = in.spawn({.method = "send"}, {fails(moved)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.succeeded());
        REQUIRE(refresh.count() == 1);
        CHECK(refresh.runs.front().number == number);
    }
}

TEST_CASE("every code ends its operation, and an attempt of unknown delivery is not repeated if that is forbidden")
{
    for (int const code : {INT32_MIN, -404, -1, 1, 299, 600, 999'999, INT32_MAX}) {
        scenario in;
        auto& operation = in.spawn({.method = "send"}, always(rpc(code, "X")));
        auto& once = in.spawn({.method = "send", .idempotent = false}, always(rpc(code, "X")));
        in.run();
        REQUIRE(in.all_ended());
        CHECK(!operation.succeeded());
        CHECK(operation.attempts.size() <= 20);
        CHECK(once.attempts.size() == 1);
    }
}

TEST_CASE("a deadline that has passed refuses, also at the beginning of time, and one at its end never comes")
{
    using std::chrono::steady_clock;
    scenario in;
    for (auto const deadline : {steady_clock::time_point::min(), steady_clock::time_point{}, in.moment(-1ms), in.moment(0ms)}) {
        auto& operation = in.spawn({.method = "send", .attempt_timeout = 1s, .deadline = deadline}, {ok()});
        in.run();
        CHECK(operation.why() == stop_reason::deadline);
        CHECK(operation.attempts.empty());
    }
    auto& patient_one = in.spawn({.method = "send", .deadline = steady_clock::time_point::max()}, {flood(3600)});
    in.run();
    CHECK(patient_one.succeeded());
    CHECK(patient_one.result->waited() == 1h);
}

TEST_CASE("a time limit below 0 counts as none, and one without end never ends an attempt")
{
    for (auto const limit : {milliseconds::min(), -1ms, 0ms, milliseconds::max() - 1ms, milliseconds::max()}) {
        scenario in;
        auto& operation = in.spawn({.method = "send", .idempotent = true, .attempt_timeout = limit}, {broken(1h), ok(1h)});
        auto& hurried = in.spawn(
            {.method = "edit", .attempt_timeout = limit, .deadline = std::chrono::steady_clock::time_point::max()}, {ok(1h)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.succeeded());
        CHECK(operation.attempts.size() == 2);
        CHECK(hurried.succeeded());
    }
}

TEST_CASE("peers at the limits of their type are chats like any other")
{
    scenario in;
    std::array<std::int64_t, 4> const peers{INT64_MIN, -1, 1, INT64_MAX};
    for (auto const peer : peers)
        in.spawn({.method = "send", .peer = peer}, {slow_mode(60)});
    for (auto const peer : peers)
        in.spawn(1s, {.method = "send", .peer = peer}, {ok()});
    auto& elsewhere = in.spawn(1s, {.method = "send", .peer = 7}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(elsewhere.starts() == times{1s});
    CHECK(in.attempts_between(2s, 60s) == 0);
    for (auto const& each : in.operations)
        CHECK(each.succeeded());
}

TEST_CASE("an operation id is the caller's at every attempt, also a negative one")
{
    for (auto const id : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
        scenario in;
        auto& operation = in.spawn_asking(0s, {.method = "send", .operation_id = id}, {unavailable(), unavailable()});
        in.run();
        REQUIRE(operation.attempts.size() == 3);
        for (auto const* each : operation.attempts)
            CHECK(each->id == id);
    }
}

TEST_CASE("names of nothing, of NUL bytes, without UTF-8 and of 1 MB reach history and events as they are")
{
    auto names = texts();
    names.push_back(filled("\xFF", 1 << 20));
    for (auto const& name : names) {
        scenario in;
        mend::account account{in.manager, name, name};
        CHECK(account.id() == name);
        CHECK(account.phone() == name);
        auto& reconnect = in.on_reconnect();
        auto& operation = in.spawn(account, 0s, {.method = name, .peer = -1, .context = name}, {broken(), rpc(500, name)});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.attempts.size() >= 2);
        REQUIRE(reconnect.count() == 1);
        CHECK(reconnect.runs.front().account == name);
        CHECK(reconnect.runs.front().context == name);
        REQUIRE(!in.manager.history().empty());
        for (auto const& entry : in.manager.history()) {
            CHECK(entry.account_id == name);
            CHECK(entry.phone == name);
            CHECK(entry.method == name);
            CHECK(entry.context == name);
        }
        for (auto const& each : in.events->all)
            CHECK(each.account == name);
    }
}

TEST_CASE("methods that differ in a NUL byte alone are held apart")
{
    scenario in;
    in.spawn({.method = "send"sv}, {flood(60)});
    auto& other = in.spawn(1s, {.method = "send\0"sv}, {ok()});
    in.run();
    CHECK(other.starts() == times{1s});
}

TEST_CASE("an error of 10 MB ends its operation, and is reported as long as the options allow")
{
    auto const text = filled("\xFF\0\n{}"s, 10'000'000);
    auto options = exact_options();
    bool const whole = GENERATE(false, true);
    if (whole)
        options.message_limit = text.size();
    scenario in{options};
    auto& operation = in.spawn({.method = "send"}, {rpc(400, text)});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.why() == stop_reason::not_retryable);
    REQUIRE(in.manager.history().size() == 1);
    auto const told = in.manager.history().front().message;
    if (whole) {
        CHECK(told == text);
    } else {
        CHECK(told.starts_with(text.substr(0, 4090)));
        CHECK(told.ends_with(" more bytes)"));
        CHECK(told.size() < 4096 + 40);
    }
}

TEST_CASE("all user code throws something other than exceptions, and each operation still ends as it should")
{
    auto made = exact_options();
    mend::classifier rules;
    rules.when([](mend::failure const&) -> std::optional<mend::classification> { throw 42; });
    made.rules = rules.then(made.rules);
    scenario in{made};
    class thrower final : public mend::observer {
        void on_event(mend::event const&) override { throw 42; }
    };
    in.manager.subscribe(std::make_shared<thrower>());
    in.manager.subscribe(std::make_shared<thrower>());
    in.on_disconnect(always(raises(42)));
    in.on_reconnect(always(raises(42)));
    in.on_rotate_proxy(always(raises(std::string(100, '\0'))));
    in.on_relogin(always(raises(static_cast<char const*>(nullptr))));
    in.on_refresh(always(raises(42)));
    auto& of_no_type = in.spawn({.method = "send", .idempotent = true}, always(raises(42)));
    auto& flooded = in.spawn({.method = "edit"}, {flood(3)});
    auto& stale = in.spawn({.method = "read"}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(of_no_type.why() == stop_reason::retries_exhausted);
    CHECK_THROWS_AS(of_no_type.result->value(), int);
    CHECK(flooded.succeeded());
    CHECK(stale.succeeded());

    auto& broken_one = in.spawn({.method = "send", .idempotent = true}, {broken()});
    auto& proxied = in.spawn(1h, {.method = "send"}, {bad_proxy()});
    in.spawn(2h, {.method = "send"}, {lost_session()});
    auto& after = in.spawn(3h, {.method = "send"}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(broken_one.succeeded());
    CHECK(proxied.succeeded());
    CHECK(after.succeeded());
    CHECK(in.events->count(mend::event_kind::user_code_failed) > 0);
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

TEST_CASE("a delivery that the failure states and that does not exist is unknown, and nothing is sent twice")
{
    scenario in;
    mend::failure what;
    what.code = 500;
    what.delivered = static_cast<mend::delivery>(77);
    auto& once = in.spawn({.method = "send", .idempotent = false}, always(fails(what)));
    in.run();
    CHECK(once.attempts.size() == 1);
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
