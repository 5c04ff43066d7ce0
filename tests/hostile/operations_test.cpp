// Hostile input for what runs operations, on virtual time: none is lost, none hangs. Waits and clocks are in waits_test.cpp.
//
//  function                                 input
//  with_recovery and its kin: the failure   number and delivery at their limits, texts
//    call                                   deadline, attempt_timeout, peer and operation_id at their limits, any views
//  account                                  ids of nothing, of NUL bytes, of 1 MB
//  callbacks, observers, rules, operations  that throw something other than an exception, all at once
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

} // namespace

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
