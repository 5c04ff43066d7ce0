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

TEST_CASE("13.1 a hold learnt by an operation that its deadline ended applies to the others", "[invariant-13]")
{
    scenario in;
    auto about = to("send");
    about.deadline = in.moment(5s);
    auto& stopped = in.spawn(about, {flood(60), ok()});
    auto& next = in.spawn(1s, to("send"), {ok()});
    auto& elsewhere = in.spawn(1s, to("read"), {ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(stopped.ended == 0ms);
    CHECK(in.retry_at(stopped) == 60s);
    CHECK(next.starts() == std::vector<ms>{60s});
    CHECK(elsewhere.starts() == std::vector<ms>{1s});
}

TEST_CASE("13.2 a hold learnt by an operation that has no retries left applies to the others", "[invariant-13]")
{
    scenario in{with_policy(exact_options(), category::flood_wait, [](mend::policy& its) { its.max_retries = 0; })};
    auto& stopped = in.spawn({flood(60), ok()});
    auto& next = in.spawn(1s, {}, {ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::retries_exhausted);
    CHECK(stopped.attempts.size() == 1);
    CHECK(next.starts() == std::vector<ms>{60s});
}

TEST_CASE("13.3 a hold learnt by an operation that must not be repeated applies to the others", "[invariant-13]")
{
    scenario in;
    mend::call about;
    about.idempotent = false;
    auto& stopped =
        in.spawn(about, {fails({.code = 420, .message = "FLOOD_WAIT_60", .delivered = mend::delivery::unknown}), ok()});
    auto& next = in.spawn(1s, {}, {ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::delivery_unknown);
    CHECK(next.starts() == std::vector<ms>{60s});
}

TEST_CASE("13.4 a wait that is too long ends all operations in its scope at once, with the moment of its end", "[invariant-13]")
{
    scenario in;
    auto& first = in.spawn(to("send"), {flood(100'000), ok()});
    auto& second = in.spawn(1s, to("send"), {ok()});
    auto& elsewhere = in.spawn(1s, to("read"), {ok()});
    in.run();
    CHECK(first.why() == stop_reason::wait_too_long);
    CHECK(first.ended == 0ms);
    CHECK(in.retry_at(first) == 100'000s);
    CHECK(second.why() == stop_reason::wait_too_long);
    CHECK(second.attempts.empty());
    CHECK(second.ended == 1s);
    CHECK(in.retry_at(second) == 100'000s);
    CHECK(elsewhere.succeeded());
}

TEST_CASE("13.5 a slow mode learnt by an operation that stopped holds its peer for the others", "[invariant-13]")
{
    scenario in;
    mend::call about;
    about.peer = 5;
    about.deadline = in.moment(2s);
    auto& stopped = in.spawn(about, {slow_mode(30), ok()});
    auto& same = in.spawn(1s, {.peer = 5}, {ok()});
    auto& other = in.spawn(1s, {.peer = 6}, {ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(same.starts() == std::vector<ms>{30s});
    CHECK(other.starts() == std::vector<ms>{1s});
}

TEST_CASE("13.6 a quarantine learnt by the operation that it ended applies to the others", "[invariant-13]")
{
    scenario in;
    auto& limited = in.spawn(to("send"), {rpc(400, "PEER_FLOOD"), ok()});
    auto& next = in.spawn(1s, to("send"), {ok()});
    auto answer = to("send");
    answer.reply = true;
    auto& reply = in.spawn(1s, answer, {ok()});
    auto& elsewhere = in.spawn(1s, to("read"), {ok()});
    auto& tomorrow = in.spawn(24h + 1s, to("send"), {ok()});
    in.run();
    CHECK(limited.why() == stop_reason::not_retryable);
    CHECK(next.why() == stop_reason::quarantined);
    CHECK(next.attempts.empty());
    CHECK(in.retry_at(next) == ms{24h});
    CHECK(reply.succeeded());
    CHECK(elsewhere.succeeded());
    CHECK(tomorrow.succeeded());
}

TEST_CASE("13.7 a dead account is dead for all its operations", "[invariant-13]")
{
    scenario in;
    auto& first = in.spawn(to("send"), {rpc(401, "USER_DEACTIVATED_BAN"), ok()});
    auto& next = in.spawn(1000h, to("read"), {ok()});
    auto& other = in.spawn(in.another("other"), 1s, {}, {ok()});
    in.run();
    CHECK(first.why() == stop_reason::not_retryable);
    CHECK(next.why() == stop_reason::quarantined);
    CHECK(next.attempts.empty());
    CHECK(!in.retry_at(next));
    CHECK(other.succeeded());
}

TEST_CASE("13.8 a quarantine ends operations that wait already at once", "[invariant-13]")
{
    // "quarantine: a hold under which operations fail at once instead of waiting".
    scenario in;
    in.spawn({.method = "messages.sendMessage"}, {flood(60)});
    auto& waiting = in.spawn(1s, {.method = "messages.sendMessage"}, {});
    in.spawn(2s, {.method = "messages.sendMedia"}, {rpc(401, "USER_DEACTIVATED_BAN")});
    in.run();
    REQUIRE(waiting.why() == mend::stop_reason::quarantined);
    REQUIRE(waiting.ended == ms{2s});
}

TEST_CASE("13.9 a quarantine ends an operation whose refresh is running at once", "[invariant-13]")
{
    scenario in;
    in.on_refresh(always(ok(50s)));
    auto& refreshing = in.spawn(0ms, {}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    in.spawn(1s, {}, {rpc(401, "USER_DEACTIVATED")});
    in.run();
    CHECK(refreshing.why() == mend::stop_reason::quarantined);
    CHECK(refreshing.ended == 1s);
}

TEST_CASE("13.10 a quarantine ends an operation that waits for a recovery after its failure at once", "[invariant-13]")
{
    scenario in;
    in.on_reconnect(always(ok(50s)));
    in.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED", 10s)});
    auto& waiting = in.spawn(0ms, {}, {broken()});
    in.run();
    CHECK(waiting.why() == mend::stop_reason::quarantined);
    CHECK(waiting.ended == 10s);
}

TEST_CASE("13.11 an operation that a quarantine reaches waits for no recovery after its failure", "[invariant-13]")
{
    scenario in;
    auto& reconnects = in.on_reconnect(always(ok(50s)));
    auto& broke = in.spawn(0ms, {}, {broken(1s)});
    in.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED")});
    in.run();
    CHECK(broke.why() == mend::stop_reason::quarantined);
    CHECK(broke.ended == 1s);
    CHECK(reconnects.count() == 0);  // it would mend nothing
}

TEST_CASE("13.12 the reconnect that a stopped operation needed runs without a waiter", "[invariant-13]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect({ok(10s)});
    mend::call about;
    about.idempotent = false;
    about.context = "only once";
    auto& stopped = in.spawn(about, {broken(), ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::delivery_unknown);
    CHECK(stopped.ended == 0ms);
    CHECK(disconnect.starts() == std::vector<ms>{0ms});
    REQUIRE(reconnect.count() == 1);
    CHECK(reconnect.runs[0].began == 2s);
    CHECK(reconnect.runs[0].ended == 12s);
    CHECK(reconnect.runs[0].succeeded);
    CHECK(reconnect.runs[0].context == "only once");
    CHECK(in.manager.stats().actions_of(mend::action::reconnect).succeeded == 1);
    CHECK(in.sender.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("13.13 others wait for the recovery that a stopped operation left behind", "[invariant-13]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(10s)});
    mend::call about;
    about.idempotent = false;
    in.spawn(about, {broken(1ms), ok()});
    auto& next = in.spawn(1s, {}, {ok()});
    auto& too = in.spawn(0ms, {}, {broken(1ms), ok()});
    in.run();
    CHECK(reconnect.count() == 1);
    CHECK(next.starts() == std::vector<ms>{12'001ms});
    REQUIRE(too.attempts.size() == 2);
    CHECK(too.starts()[1] >= 12'001ms);
    CHECK(in.all_ended());
}

TEST_CASE("13.14 the proxy of an operation that its deadline ended is rotated all the same", "[invariant-13]")
{
    scenario in;
    auto& rotate = in.on_rotate_proxy();
    mend::call about;
    about.deadline = in.moment(1s);
    auto& stopped = in.spawn(about, {bad_proxy(), ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::deadline);
    CHECK(stopped.attempts.size() == 1);
    CHECK(rotate.starts() == std::vector<ms>{2s});
}

TEST_CASE("13.15 the login of an operation that has no attempts left is made all the same", "[invariant-13]")
{
    auto made = exact_options();
    made.max_attempts = 1;
    scenario in{made};
    auto& relogin = in.on_relogin();
    auto& stopped = in.spawn({lost_session(), ok()});
    auto& next = in.spawn(1s, {}, {ok()});
    in.run();
    CHECK(stopped.why() == stop_reason::retries_exhausted);
    CHECK(relogin.starts() == std::vector<ms>{2s});
    CHECK(next.succeeded());
    CHECK(next.starts() == std::vector<ms>{2s});
}

TEST_CASE("13.16 many operations that stop leave one recovery behind", "[invariant-13]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    mend::call about;
    about.idempotent = false;
    for (int index = 0; index != 50; ++index)
        in.spawn(about, {broken(1ms), ok()});
    in.run();
    CHECK(in.all_ended());
    CHECK(reconnect.count() == 1);
}

TEST_CASE("13.17 a recovery without waiters still fails in the open", "[invariant-13]")
{
    scenario in;
    in.on_reconnect({raises(std::runtime_error{"no network"})});
    mend::call about;
    about.idempotent = false;
    in.spawn(about, {broken(), ok()});
    in.run();
    auto const ended = in.events->of(mend::event_kind::action_ended);
    REQUIRE(!ended.empty());
    CHECK(ended.back().act == mend::action::reconnect);
    CHECK(ended.back().result == mend::action_result::failed);
    CHECK(ended.back().message == "no network");
    auto& next = in.spawn(1min, {}, {ok()});
    in.run();
    CHECK(next.starts() == std::vector<ms>{1min});
}

TEST_CASE("13.18 a login that is needed while the account reconnects runs though its operation is cancelled, with the failure "
          "that asks for it",
          "[invariant-13]")
{
    scenario in;
    asio::cancellation_signal stop;
    std::vector<std::string> told;
    in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> { co_await in.time.sleep_for(20s); });
    in.manager.on_relogin([&](mend::recovery_request const& request) -> asio::awaitable<void> {
        told.emplace_back(request.message);
        co_return;
    });
    auto broken = [&]() -> asio::awaitable<void> {
        auto reset = []() -> asio::awaitable<void> {
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        (void)co_await mend::try_with_recovery(in.sender, {.idempotent = false}, reset);
    };
    auto revoked = [&]() -> asio::awaitable<void> {
        auto lost = [&]() -> asio::awaitable<void> {
            co_await in.time.sleep_for(3s);
            throw mend::rpc_error{401, "SESSION_REVOKED"};
        };
        (void)co_await mend::try_with_recovery(in.sender, {}, lost);
    };
    asio::co_spawn(in.context, revoked(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    asio::co_spawn(in.context, broken(), asio::detached);
    in.at(5s, [&] { stop.emit(asio::cancellation_type::terminal); });
    in.run();
    REQUIRE(told.size() == 1);
    CHECK(told.front() == "SESSION_REVOKED");
}

TEST_CASE("13.19 a login that is needed after a weaker recovery, and over the budget by then, quarantines the account",
          "[invariant-13]")
{
    mend::options chosen = exact_options();
    chosen.relogins_per_day = 1;
    scenario in{chosen};
    in.on_reconnect();
    auto& logins = in.on_relogin();
    in.spawn(0ms, {}, {lost_session()});
    mend::call const hurried{.deadline = in.moment(11s)};
    in.spawn(9s, hurried, {lost_session(1500ms)});
    in.spawn(10s, {}, {broken()});
    auto& later = in.spawn(20s, {}, {});
    in.run();
    CHECK(logins.count() == 1);
    CHECK(later.why() == mend::stop_reason::quarantined);
    CHECK(later.attempts.empty());
}
