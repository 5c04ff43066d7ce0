// Invariant 13: what a failure teaches is kept, even when the operation that met it stops there.
#include "support/scenario.hpp"

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;

mend::call to(std::string_view method)
{
    mend::call about;
    about.method = method;
    return about;
}

}  // namespace

TEST_CASE("3.13 a hold learnt by an operation that its deadline ended applies to the others")
{
    scenario s;
    auto about = to("send");
    about.deadline = s.moment(5s);
    auto& stopped = s.spawn(about, {flood(60), ok()});
    auto& next = s.spawn(1s, to("send"), {ok()});
    auto& elsewhere = s.spawn(1s, to("read"), {ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(stopped.ended == 0ms);
    CHECK(s.retry_at(stopped) == 60s);
    CHECK(next.starts() == std::vector<ms>{60s});
    CHECK(elsewhere.starts() == std::vector<ms>{1s});
}

TEST_CASE("3.13 a hold learnt by an operation that has no retries left applies to the others")
{
    scenario s{with_policy(exact_options(), category::flood_wait, [](mend::policy& its) { its.max_retries = 0; })};
    auto& stopped = s.spawn({flood(60), ok()});
    auto& next = s.spawn(1s, {}, {ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::retries_exhausted);
    CHECK(stopped.attempts.size() == 1);
    CHECK(next.starts() == std::vector<ms>{60s});
}

TEST_CASE("3.13 a hold learnt by an operation that must not be repeated applies to the others")
{
    scenario s;
    mend::call about;
    about.idempotent = false;
    auto& stopped =
        s.spawn(about, {fails({.code = 420, .message = "FLOOD_WAIT_60", .delivered = mend::delivery::unknown}), ok()});
    auto& next = s.spawn(1s, {}, {ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::delivery_unknown);
    CHECK(next.starts() == std::vector<ms>{60s});
}

TEST_CASE("3.13 a wait that is too long ends everybody in its scope at once, and tells until when")
{
    scenario s;
    auto& first = s.spawn(to("send"), {flood(100'000), ok()});
    auto& second = s.spawn(1s, to("send"), {ok()});
    auto& elsewhere = s.spawn(1s, to("read"), {ok()});
    s.run();
    CHECK(first.why() == stop_reason::wait_too_long);
    CHECK(first.ended == 0ms);
    CHECK(s.retry_at(first) == 100'000s);
    CHECK(second.why() == stop_reason::wait_too_long);
    CHECK(second.attempts.empty());
    CHECK(second.ended == 1s);
    CHECK(s.retry_at(second) == 100'000s);
    CHECK(elsewhere.succeeded());
}

TEST_CASE("3.13 a slow mode learnt by an operation that stopped holds its peer for the others")
{
    scenario s;
    mend::call about;
    about.peer = 5;
    about.deadline = s.moment(2s);
    auto& stopped = s.spawn(about, {slow_mode(30), ok()});
    auto& same = s.spawn(1s, {.peer = 5}, {ok()});
    auto& other = s.spawn(1s, {.peer = 6}, {ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(same.starts() == std::vector<ms>{30s});
    CHECK(other.starts() == std::vector<ms>{1s});
}

TEST_CASE("3.13 a quarantine learnt by the operation that it ended applies to the others")
{
    scenario s;
    auto& limited = s.spawn(to("send"), {rpc(400, "PEER_FLOOD"), ok()});
    auto& next = s.spawn(1s, to("send"), {ok()});
    auto answer = to("send");
    answer.reply = true;
    auto& reply = s.spawn(1s, answer, {ok()});
    auto& elsewhere = s.spawn(1s, to("read"), {ok()});
    auto& tomorrow = s.spawn(24h + 1s, to("send"), {ok()});
    s.run();
    CHECK(limited.why() == stop_reason::not_retryable);
    CHECK(next.why() == stop_reason::quarantined);
    CHECK(next.attempts.empty());
    CHECK(s.retry_at(next) == ms{24h});
    CHECK(reply.succeeded());
    CHECK(elsewhere.succeeded());
    CHECK(tomorrow.succeeded());
}

TEST_CASE("3.13 a dead account is dead for everybody, whatever they send")
{
    scenario s;
    auto& first = s.spawn(to("send"), {rpc(401, "USER_DEACTIVATED_BAN"), ok()});
    auto& next = s.spawn(1000h, to("read"), {ok()});
    auto& other = s.spawn(s.another("other"), 1s, {}, {ok()});
    s.run();
    CHECK(first.why() == stop_reason::not_retryable);
    CHECK(next.why() == stop_reason::quarantined);
    CHECK(next.attempts.empty());
    CHECK(!s.retry_at(next));
    CHECK(other.succeeded());
}

TEST_CASE("3.13 the reconnect that a stopped operation needed runs without anybody waiting for it")
{
    scenario s;
    auto& disconnect = s.on_disconnect();
    auto& reconnect = s.on_reconnect({ok(10s)});
    mend::call about;
    about.idempotent = false;
    about.context = "only once";
    auto& stopped = s.spawn(about, {broken(), ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::delivery_unknown);
    CHECK(stopped.ended == 0ms);
    CHECK(disconnect.starts() == std::vector<ms>{0ms});
    REQUIRE(reconnect.count() == 1);
    CHECK(reconnect.runs[0].began == 2s);
    CHECK(reconnect.runs[0].ended == 12s);
    CHECK(reconnect.runs[0].succeeded);
    CHECK(reconnect.runs[0].context == "only once");
    CHECK(s.manager.stats().actions_of(mend::action::reconnect).succeeded == 1);
    CHECK(s.sender.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("3.13 others wait for the recovery that a stopped operation left behind")
{
    scenario s;
    auto& reconnect = s.on_reconnect({ok(10s)});
    mend::call about;
    about.idempotent = false;
    s.spawn(about, {broken(1ms), ok()});
    auto& next = s.spawn(1s, {}, {ok()});
    auto& too = s.spawn(0ms, {}, {broken(1ms), ok()});
    s.run();
    CHECK(reconnect.count() == 1);
    CHECK(next.starts() == std::vector<ms>{12'001ms});
    REQUIRE(too.attempts.size() == 2);
    CHECK(too.starts()[1] >= 12'001ms);
    CHECK(s.all_ended());
}

TEST_CASE("3.13 the proxy of an operation that its deadline ended is rotated all the same")
{
    scenario s;
    auto& rotate = s.on_rotate_proxy();
    mend::call about;
    about.deadline = s.moment(1s);
    auto& stopped = s.spawn(about, {bad_proxy(), ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(stopped.attempts.size() == 1);
    CHECK(rotate.starts() == std::vector<ms>{2s});
}

TEST_CASE("3.13 the login of an operation that has no attempts left is made all the same")
{
    auto made = exact_options();
    made.max_attempts = 1;
    scenario s{made};
    auto& relogin = s.on_relogin();
    auto& stopped = s.spawn({lost_session(), ok()});
    auto& next = s.spawn(1s, {}, {ok()});
    s.run();
    CHECK(stopped.why() == stop_reason::retries_exhausted);
    CHECK(relogin.starts() == std::vector<ms>{2s});
    CHECK(next.succeeded());
    CHECK(next.starts() == std::vector<ms>{2s});
}

TEST_CASE("3.13 many operations that stop leave one recovery behind")
{
    scenario s;
    auto& reconnect = s.on_reconnect({ok(3s)});
    mend::call about;
    about.idempotent = false;
    for (int index = 0; index != 50; ++index)
        s.spawn(about, {broken(1ms), ok()});
    s.run();
    CHECK(s.all_ended());
    CHECK(reconnect.count() == 1);
}

TEST_CASE("3.13 a recovery that nobody waits for still fails in the open")
{
    scenario s;
    s.on_reconnect({raises(std::runtime_error{"no network"})});
    mend::call about;
    about.idempotent = false;
    s.spawn(about, {broken(), ok()});
    s.run();
    auto const ended = s.events->of(mend::event_kind::action_ended);
    REQUIRE(!ended.empty());
    CHECK(ended.back().act == mend::action::reconnect);
    CHECK(ended.back().result == mend::action_result::failed);
    CHECK(ended.back().message == "no network");
    auto& next = s.spawn(1min, {}, {ok()});
    s.run();
    CHECK(next.starts() == std::vector<ms>{1min});
}
