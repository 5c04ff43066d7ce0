#include <mend/statistics.hpp>

#include "support/scenario.hpp"

namespace {

using namespace support;
using mend::action;
using mend::category;

void check_identities(mend::statistics const& stats)
{
    CHECK(stats.recoveries == stats.recovered + stats.gave_up + stats.cancelled);
    CHECK(stats.recoveries + stats.refused <= stats.operations);
    std::uint64_t failures = 0;
    for (std::size_t index = 0; index < mend::category_count; ++index)
        failures += stats.failures_of(static_cast<category>(index));
    CHECK(stats.failures == failures);
}

}  // namespace

TEST_CASE("statistics count operations, failures, and how recoveries ended")
{
    scenario in;
    in.spawn({ok()});
    in.spawn({unavailable(), flood(1), ok()});           // recovered
    in.spawn(10s, {}, {unavailable(), refused()});       // gave up
    auto& stopped = in.spawn(20s, {}, {unavailable(), ok()});
    auto& never_failed = in.spawn(20s, {}, {ok(10s)});
    in.at(20'500ms, [&] {
        stopped.cancel();
        never_failed.cancel();
    });
    in.run();
    auto const stats = in.manager.stats();
    check_identities(stats);
    CHECK(stats.operations == 5);
    CHECK(stats.failures == 5);
    CHECK(stats.failures_of(category::temporary) == 3);
    CHECK(stats.failures_of(category::flood_wait) == 1);
    CHECK(stats.failures_of(category::permanent) == 1);
    CHECK(stats.recoveries == 3);
    CHECK(stats.recovered == 1);
    CHECK(stats.gave_up == 1);
    CHECK(stats.cancelled == 1);
    CHECK(stats.refused == 0);
}

TEST_CASE("statistics count as refused what a quarantine or a deadline ended before any attempt")
{
    scenario in;
    in.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    in.spawn(1s, {}, {ok()});
    mend::call past;
    past.deadline = in.moment(1s);
    in.spawn(in.another("other"), 2s, past, {ok()});
    in.run();
    auto const stats = in.manager.stats();
    check_identities(stats);
    CHECK(stats.operations == 3);
    CHECK(stats.refused == 2);
    CHECK(stats.recoveries == 1);
    CHECK(stats.gave_up == 1);
}

TEST_CASE("statistics count actions: runs of callbacks, and how they ended")
{
    scenario in;
    in.on_reconnect({raises(std::runtime_error{"no"}), ok(1s)});
    in.on_refresh();
    in.spawn({broken(), ok()});
    in.spawn(1min, {}, {broken(), ok()});
    in.spawn(2min, {}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    in.run();
    auto const stats = in.manager.stats();
    check_identities(stats);
    auto const reconnects = stats.actions_of(action::reconnect);
    CHECK(reconnects.started == 2);
    CHECK(reconnects.succeeded == 1);
    CHECK(reconnects.failed == 1);
    auto const refreshes = stats.actions_of(action::refresh);
    CHECK(refreshes.started == 1);
    CHECK(refreshes.succeeded == 1);
    CHECK(stats.actions_of(action::relogin).started == 0);
}

TEST_CASE("statistics measure recoveries from the first failure to the end, of recovered operations")
{
    scenario in;
    in.spawn(in.another("a"), 0ms, {}, {flood(10, 5s), ok()});
    in.spawn(in.another("b"), 0ms, {}, {flood(20, 5s), ok()});
    in.spawn(in.another("c"), 0ms, {}, {flood(60, 5s), ok()});
    in.spawn(in.another("d"), 0ms, {}, {flood(900, 5s), refused()});  // gives up: no part of it
    in.run();
    auto const stats = in.manager.stats();
    auto const within = [](ms got, ms wanted) { return got >= wanted - wanted / 32 && got <= wanted + wanted / 32; };
    CHECK(stats.recovered == 3);
    CHECK(stats.recovery_time_mean() == 30s);
    CHECK(within(stats.recovery_time(0), 10s));
    CHECK(within(stats.recovery_time(0.5), 20s));
    CHECK(within(stats.recovery_time(1), 60s));
    CHECK(within(stats.recovery_time(7), 60s));    // clamped
    CHECK(within(stats.recovery_time(-1), 10s));
}

TEST_CASE("statistics of nothing are zero")
{
    scenario in;
    auto const stats = in.manager.stats();
    check_identities(stats);
    CHECK(stats.operations == 0);
    CHECK(stats.recovery_time(0.5) == 0ms);
    CHECK(stats.recovery_time_mean() == 0ms);
    CHECK(stats.failures_of(static_cast<category>(250)) == 0);
    CHECK(stats.actions_of(static_cast<action>(250)).started == 0);
}

TEST_CASE("statistics count operations of accounts that are gone")
{
    scenario in;
    for (int index = 0; index != 3; ++index) {
        mend::account gone{in.manager, "gone"};
        in.spawn(gone, in.now(), {}, {ok()});
        in.run();
    }
    CHECK(in.manager.stats().operations == 3);
}

TEST_CASE("statistics show the RPC error names that no rule names, so that users see what is new")
{
    scenario in;
    in.spawn({rpc(400, "BRAND_NEW_NAME_5")});
    in.spawn({rpc(420, "[420 BRAND_NEW_NAME_6] - seen by a client")});
    in.spawn({rpc(400, "ANOTHER_NEW_ONE")});
    in.spawn({flood(1), refused()});
    in.run();
    auto const stats = in.manager.stats();
    REQUIRE(stats.unknown_names.size() == 2);
    CHECK(stats.unknown_names[0].name == "BRAND_NEW_NAME_{number}");
    CHECK(stats.unknown_names[0].failures >= 2);
    CHECK(stats.unknown_names[1].name == "ANOTHER_NEW_ONE");
    CHECK(stats.unknown_names[1].failures == 1);
    CHECK(stats.failures_of_further_names == 0);
}

TEST_CASE("a name that the user's own rule names is not new")
{
    auto options = exact_options();
    options.rules = mend::classifier{}.when_name("BRAND_NEW_NAME_{number}", category::custom_0).then(mend::telegram::rules());
    scenario in{options};
    in.spawn({rpc(400, "BRAND_NEW_NAME_5"), ok()});
    in.run();
    CHECK(in.manager.stats().unknown_names.empty());
}

TEST_CASE("statistics measure a recovery of a few milliseconds exactly, and one that is over at once")
{
    scenario in;
    in.spawn({raises(mend::rpc_error{303, "USER_MIGRATE_4"}), ok(7ms)});
    in.run();
    REQUIRE(in.manager.stats().recovered == 1);
    CHECK(in.manager.stats().recovery_time(1) == 7ms);
    CHECK(in.manager.stats().recovery_time_mean() == 7ms);
}

TEST_CASE("a failure of no category counts as unknown")
{
    mend::statistics_recorder recorder;
    mend::event failed;
    failed.kind = mend::event_kind::attempt_failed;
    failed.what = static_cast<category>(200);
    recorder.on_event(failed);
    CHECK(recorder.snapshot().failures == 1);
    CHECK(recorder.snapshot().failures_of(category::unknown) == 1);
}

TEST_CASE("statistics count a run of on_probe and the operation that goes after it as one probe each")
{
    scenario in;
    unsigned asked = 0;
    in.manager.on_probe([&](mend::recovery_request const&) -> asio::awaitable<void> {
        ++asked;
        co_return;
    });
    auto& op = in.spawn({unavailable(), unavailable(), ok()});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(asked == 1);
    CHECK(in.manager.stats().outages == 1);
    CHECK(in.manager.stats().probes == 2);
}

TEST_CASE("statistics count an action once, however its operation ends, and a cancelled wait as waited")
{
    scenario in;
    asio::cancellation_signal stop;
    std::vector<std::chrono::milliseconds> waited;
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        int calls = 0;
        auto flooded = [&]() -> asio::awaitable<void> {
            if (++calls == 1)
                throw mend::rpc_error{420, "FLOOD_WAIT_60"};
            co_await in.time.sleep_for(100s);
        };
        auto const outcome = co_await mend::try_with_recovery(in.sender, {.method = "send"}, flooded);
        waited.push_back(outcome.waited());
    };
    SECTION("in the middle of the wait")
    {
        asio::co_spawn(in.context, body(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
        in.at(50s, [&] { stop.emit(asio::cancellation_type::terminal); });
        in.run();
        CHECK(waited == std::vector{std::chrono::milliseconds{50s}});
        CHECK(in.manager.stats().actions_of(mend::action::wait).succeeded == 0);
        CHECK(in.manager.stats().actions_of(mend::action::wait).failed == 1);
    }
    SECTION("in the attempt after it")
    {
        asio::co_spawn(in.context, body(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
        in.at(70s, [&] { stop.emit(asio::cancellation_type::terminal); });
        in.run();
        CHECK(in.manager.stats().actions_of(mend::action::wait).succeeded == 1);
        CHECK(in.manager.stats().actions_of(mend::action::wait).failed == 0);
    }
    CHECK(in.manager.stats().actions_of(mend::action::wait).started == 1);
}
