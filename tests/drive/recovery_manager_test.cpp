#include <mend/recovery_manager.hpp>

#include "support/scenario.hpp"

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;

}  // namespace

TEST_CASE("a manager refuses options that make no sense, and names them")
{
    asio::io_context context;
    auto const refused_with = [&](mend::options made) -> std::string {
        try {
            mend::recovery_manager const manager{context.get_executor(), made};
        } catch (std::invalid_argument const& error) {
            return error.what();
        }
        return {};
    };
    mend::options no_attempts;
    no_attempts.max_attempts = 0;
    CHECK(refused_with(no_attempts).find("max_attempts") != std::string::npos);
    mend::options no_recoveries;
    no_recoveries.max_concurrent_recoveries = 0;
    CHECK(refused_with(no_recoveries).find("max_concurrent_recoveries") != std::string::npos);
    CHECK(refused_with({}).empty());
}

TEST_CASE("a manager refuses an observer that is null, and a function that is empty")
{
    scenario in;
    CHECK_THROWS_AS(in.manager.subscribe(nullptr), std::invalid_argument);
    CHECK_THROWS_AS(in.manager.subscribe(std::shared_ptr<mend::observer>{}), std::invalid_argument);
    CHECK_THROWS_AS(in.manager.subscribe(std::function<void(mend::event const&)>{}), std::invalid_argument);
}

TEST_CASE("set_policies applies from the next failure on")
{
    scenario in;
    auto& op = in.spawn({unavailable(), unavailable(), ok()});
    in.at(500ms, [&] {
        auto table = exact_policies();
        auto its = table[category::temporary];
        its.delay.base = 10s;
        its.delay.factor = 1;
        in.manager.set_policies(table.set(category::temporary, its));
    });
    in.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s, 11s});
}

TEST_CASE("set_classifier applies from the next failure on")
{
    scenario in;
    auto& op = in.spawn({unavailable(), unavailable(), ok()});
    in.at(500ms, [&] {
        mend::classifier rules;
        rules.when_code(500, category::permanent);
        in.manager.set_classifier(rules);
    });
    in.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s});
    CHECK(op.why() == stop_reason::not_retryable);
}

TEST_CASE("a callback receives the failure that needs it")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect();
    in.spawn(0ms, {.context = "label"}, {unavailable(), broken(), ok()});
    in.run();
    REQUIRE(reconnect.count() == 1);
    auto const& told = reconnect.runs[0];
    CHECK(told.account == "sender");
    CHECK(told.context == "label");
    CHECK(told.act == mend::action::reconnect);
    CHECK(told.what == category::connection);
    CHECK(told.attempt == 2);
    CHECK(!told.message.empty());
    REQUIRE(disconnect.count() == 1);
    CHECK(disconnect.runs[0].act == mend::action::reconnect);
}

TEST_CASE("a refresh receives the number that the error carried")
{
    scenario in;
    auto& refresh = in.on_refresh();
    auto& op = in.spawn({rpc(303, "PHONE_MIGRATE_4"), ok()});
    in.run();
    CHECK(op.succeeded());
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].act == mend::action::refresh);
    CHECK(refresh.runs[0].what == category::migrated);
    CHECK(refresh.runs[0].number == 4);
}

TEST_CASE("a manager may be made without any callback, observer or option")
{
    asio::io_context context{1};
    mend::recovery_manager manager{context.get_executor()};
    mend::account account{manager, "a"};
    int got = 0;
    auto const operation = []() -> asio::awaitable<int> { co_return 5; };
    mend::async_with_recovery(account, {}, operation, [&](std::exception_ptr, int value) { got = value; });
    context.run();
    CHECK(got == 5);
    CHECK(manager.stats().operations == 1);
}

TEST_CASE("max_attempts bounds an operation for any categories")
{
    auto made = exact_options();
    made.max_attempts = 3;
    scenario in{made};
    auto& op = in.spawn({flood(1), unavailable(), bad_proxy(), ok()});
    in.run();
    CHECK(op.attempts.size() == 3);
    CHECK(op.why() == stop_reason::retries_exhausted);
}

TEST_CASE("a manager refuses an executor that is empty")
{
    CHECK_THROWS_AS(mend::recovery_manager{asio::any_io_executor{}}, std::invalid_argument);
}

TEST_CASE("a close that comes with the end of on_disconnect leaves nothing to settle, and no callback runs after it")
{
    scenario in{with_policy(exact_options(), category::connection, [](mend::policy& its) { its.settle = 0ms; })};
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect();
    disconnect.on_begin = [&] { in.manager.close(); };
    auto& op = in.spawn({broken(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(disconnect.count() == 1);
    CHECK(reconnect.count() == 0);
    auto const ended = in.events->of(mend::event_kind::action_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].result == mend::action_result::cancelled);
}

TEST_CASE("an account that is closed in the queue for a callback's slot leaves the queue, and its callback never runs")
{
    auto options = exact_options();
    options.max_concurrent_recoveries = 1;
    scenario in{options};
    auto& reconnect = in.on_reconnect(always(ok(20s)));
    auto& other = in.apart("other");
    auto& third = in.apart("third");
    auto& first = in.spawn({broken(), ok()});
    auto& queued = in.spawn(other, 1s, {}, {broken(), ok()});
    auto& last = in.spawn(third, 2s, {}, {broken(), ok()});
    in.at(5s, [&] { other.close(); });
    in.run();
    CHECK(first.succeeded());
    CHECK(queued.why() == stop_reason::closed);
    CHECK(queued.ended == 5s);
    CHECK(last.succeeded());
    REQUIRE(reconnect.count() == 2);
    CHECK(reconnect.runs[0].account == "sender");
    CHECK(reconnect.runs[1].account == "third");
    CHECK(reconnect.runs[1].began == 22s);  // the first's end: it has settled meanwhile
}

TEST_CASE("a close does not shorten the time that a callback has to heed its cancellation")
{
    scenario in;
    in.on_reconnect({ok(1000s).stubborn()});
    auto& op = in.spawn({broken(), ok()});
    in.at(70s, [&] { in.manager.close(); });  // it was cancelled at 62 s
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.ended == 70s);
    auto const overdue = in.events->of(mend::event_kind::callback_overdue);
    REQUIRE(overdue.size() == 1);
    CHECK(overdue[0].at == 122s);
    auto const ended = in.events->of(mend::event_kind::action_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].result == mend::action_result::timed_out);
}

TEST_CASE("a rule that throws while it reads a callback's exception is reported, and the recovery has failed like any other")
{
    auto options = exact_options();
    options.rules = mend::classifier{}
                        .when([](mend::failure const& what) -> std::optional<mend::classification> {
                            if (what.message == "no login today")
                                throw std::runtime_error{"a rule gone wrong"};
                            return std::nullopt;
                        })
                        .then(mend::telegram::rules());
    scenario in{options};
    in.on_relogin({raises(std::runtime_error{"no login today"})});
    auto& op = in.spawn({lost_session(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    auto const reported = in.events->of(mend::event_kind::user_code_failed);
    REQUIRE(reported.size() == 1);
    CHECK(reported[0].message == "a rule threw: a rule gone wrong");
}

TEST_CASE("of one failure the first complaint about user code is reported, for anything thrown")
{
    auto options = exact_options();
    options.rules =
        mend::classifier{}
            .when([](mend::failure const&) -> std::optional<mend::classification> { throw 1; })
            .when([](mend::failure const&) -> std::optional<mend::classification> { throw std::logic_error{"second"}; })
            .then(mend::telegram::rules());
    scenario in{options};
    in.spawn({unavailable(), ok()});
    in.run();
    auto const reported = in.events->of(mend::event_kind::user_code_failed);
    REQUIRE(reported.size() == 1);
    CHECK(reported[0].message == "a rule threw an unknown exception");
}

TEST_CASE("a login that a close ends has not failed: nothing is quarantined for it")
{
    scenario in;
    in.on_relogin({ok(forever)});
    auto& op = in.spawn({lost_session(), ok()});
    in.at(10s, [&] { in.sender.close(); });
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(in.events->count(mend::event_kind::quarantined) == 0);
}

TEST_CASE("a login that finds the account dead was the last: it is quarantined for ever")
{
    scenario in;
    auto& relogin = in.on_relogin({rpc(401, "USER_DEACTIVATED_BAN")});
    auto& op = in.spawn({lost_session(), ok()});
    auto& later = in.spawn(24h * 365, {}, {ok()});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(in.retry_at(op) == std::nullopt);
    CHECK(later.why() == stop_reason::quarantined);
    CHECK(later.result->category() == category::account_dead);
    CHECK(relogin.count() == 1);
    auto const quarantined = in.events->of(mend::event_kind::quarantined);
    REQUIRE(!quarantined.empty());
    CHECK(quarantined[0].what == category::account_dead);
    CHECK(quarantined[0].delay == mend::policy::forever);
}

TEST_CASE("a login that meets a told wait is not tried before its end, nor before ten minutes have passed")
{
    auto const [told, until] = GENERATE(table<int, ms>({{3600, 2s + 1h}, {5, 2s + 10min}}));
    scenario in;
    auto& relogin = in.on_relogin({flood(told), ok()});
    auto& op = in.spawn({lost_session(), ok()});
    auto& before = in.spawn(until - 1ms, {}, {ok()});
    auto& after = in.spawn(until, {}, {lost_session(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(in.retry_at(op) == until);
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("a login that Telegram refuses for a day spends the budget for that day, even if the quarantine is lifted")
{
    scenario in;
    auto& relogin = in.on_relogin({rpc(406, "PHONE_PASSWORD_FLOOD"), ok()});
    auto& op = in.spawn({lost_session(), ok()});
    auto& before = in.spawn(23h, {}, {ok()});
    auto& after = in.spawn(24h + 2s, {}, {lost_session(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(in.retry_at(op) == 24h + 2s);
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("that Telegram refuses logins is remembered while the account is well")
{
    scenario in;
    auto& relogin = in.on_relogin();
    auto& told = in.spawn({rpc(406, "PHONE_NUMBER_FLOOD")});
    auto& well = in.spawn(1h, {}, {ok()});
    auto& lost = in.spawn(2h, {}, {lost_session(), ok()});
    in.run();
    CHECK(told.why() == stop_reason::not_retryable);
    CHECK(well.succeeded());
    CHECK(lost.why() == stop_reason::recovery_budget);
    CHECK(in.retry_at(lost) == 24h);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a manager that allows no login a day makes none, not even after a weaker recovery")
{
    auto options = exact_options();
    options.relogins_per_day = 0;
    scenario in{options};
    auto& relogin = in.on_relogin();
    in.on_reconnect({ok(20s)});
    auto& alone = in.spawn({lost_session(), ok()});
    auto& other = in.another("other");
    auto& reconnecting = in.spawn(other, 0ms, {}, {broken(1s), ok()});
    auto& waiting = in.spawn(other, 0ms, {}, {lost_session(5s), ok()});
    in.run();
    CHECK(alone.why() == stop_reason::recovery_budget);
    CHECK(in.retry_at(alone) == 24h);
    CHECK(waiting.why() == stop_reason::recovery_budget);
    CHECK(waiting.ended == 23s);
    CHECK(in.retry_at(waiting) == 23s + 24h);
    CHECK(reconnecting.why() == stop_reason::quarantined);
    CHECK(relogin.count() == 0);
}

TEST_CASE("of the recoveries that are needed while a weaker one runs only the strongest follows, once")
{
    scenario in;
    in.on_reconnect({ok(20s)});
    auto& rotate = in.on_rotate_proxy();
    auto& relogin = in.on_relogin();
    in.spawn({broken(1s), ok()});
    in.spawn({bad_proxy(3s), ok()});
    in.spawn({lost_session(4s), ok()});
    in.spawn({lost_session(5s), ok()});
    in.spawn({bad_proxy(6s), ok()});
    in.run();
    for (auto const& each : in.operations)
        CHECK(each.succeeded());
    CHECK(rotate.count() == 0);
    CHECK(relogin.starts() == std::vector<ms>{25s});
}

TEST_CASE("a stronger recovery that was to follow does not run when the account is closed meanwhile")
{
    scenario in;
    in.on_reconnect({ok(20s)});
    auto& relogin = in.on_relogin();
    auto& first = in.spawn({broken(1s), ok()});
    auto& second = in.spawn({lost_session(5s), ok()});
    in.at(10s, [&] { in.sender.close(); });
    in.run();
    CHECK(first.why() == stop_reason::closed);
    CHECK(second.why() == stop_reason::closed);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a late failure whose callback was taken away meanwhile just retries: its connection is replaced already")
{
    scenario in;
    in.on_reconnect();
    auto& op = in.spawn({broken(1s), ok()});
    auto& late = in.spawn({broken(10s), ok()});
    in.at(5s, [&] { in.manager.on_reconnect(nullptr); });
    in.run();
    CHECK(op.succeeded());
    CHECK(late.starts() == std::vector<ms>{0ms, 10s});
    for (auto const& each : in.events->of(mend::event_kind::action_ended))
        CHECK(each.result == mend::action_result::succeeded);
}

TEST_CASE("a lost session of an account that is dead has no moment to try again at")
{
    scenario in;
    auto& relogin = in.on_relogin();
    auto& late = in.spawn({lost_session(10s), ok()});
    in.spawn({rpc(401, "USER_DEACTIVATED_BAN", 1s)});
    in.run();
    CHECK(late.why() == stop_reason::quarantined);
    CHECK(late.ended == 10s);
    CHECK(in.retry_at(late) == std::nullopt);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a deadline that the wait after a recovery would pass ends the operation with the recovery")
{
    scenario in;
    in.on_reconnect({ok(7500ms)});
    mend::call hurried;
    hurried.deadline = in.moment(10s);
    auto& op = in.spawn(hurried, {broken(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 9500ms);
    CHECK(in.retry_at(op) == 10500ms);
    CHECK(op.attempts.size() == 1);
}

TEST_CASE("a deadline ends an operation in the middle of its refresh, and the callback with it")
{
    scenario in;
    auto& refresh = in.on_refresh({ok(30s)});
    mend::call hurried;
    hurried.deadline = in.moment(5s);
    auto& op = in.spawn(hurried, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    in.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 5s);
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].cancelled);
}

TEST_CASE("an operation whose method is quarantined during its refresh makes no further attempt")
{
    scenario in;
    auto& refresh = in.on_refresh({ok(30s)});
    auto& op = in.spawn(0ms, {.method = "send"}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    in.spawn(5s, {.method = "send"}, {rpc(400, "PEER_FLOOD")});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(op.attempts.size() == 1);
    CHECK(refresh.count() == 1);
}

TEST_CASE("an operation that the server has, and that is closed before its reply was fetched, was closed")
{
    scenario in;
    auto& op = in.spawn({rpc(500, "RANDOM_ID_DUPLICATE"), ok()});
    in.at(500ms, [&] { in.sender.close(); });
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.result->delivered() == mend::delivery::sent);
}

TEST_CASE("if a rule names both a wait and a moment, the wait is waited for, and the later is reported")
{
    auto options = exact_options();
    mend::classification both;
    both.what = category::flood_wait;
    both.where = mend::scope::method;
    both.delivered = mend::delivery::not_sent;
    both.retry_after = 5s;
    options.rules = mend::classifier{}.when(
        [&both](mend::failure const& what) { return what.code == 777 ? std::optional{both} : std::nullopt; });
    scenario in{options};
    both.retry_at = in.time.wall() + 1h;
    auto& patient = in.spawn(0ms, {.method = "send"}, {rpc(777, "BOTH"), ok()});
    mend::call hurried{.method = "edit"};
    hurried.deadline = in.moment(2s);
    auto& late = in.spawn(0ms, hurried, {rpc(777, "BOTH"), ok()});
    in.run();
    CHECK(patient.starts() == std::vector<ms>{0ms, 5s});
    CHECK(late.why() == stop_reason::deadline);
    CHECK(in.retry_at(late) == 1h);
}

TEST_CASE("a login that fails for want of a password may be tried again after ten minutes")
{
    scenario in;
    auto& relogin = in.on_relogin({rpc(401, "SESSION_PASSWORD_NEEDED"), ok()});
    auto& op = in.spawn({lost_session(), ok()});
    auto& after = in.spawn(2s + 10min, {}, {lost_session(), ok()});
    in.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(in.retry_at(op) == 2s + 10min);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}
