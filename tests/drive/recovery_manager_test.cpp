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
    scenario s;
    CHECK_THROWS_AS(s.manager.subscribe(nullptr), std::invalid_argument);
    CHECK_THROWS_AS(s.manager.subscribe(std::shared_ptr<mend::observer>{}), std::invalid_argument);
    CHECK_THROWS_AS(s.manager.subscribe(std::function<void(mend::event const&)>{}), std::invalid_argument);
}

TEST_CASE("set_policies applies from the next failure on")
{
    scenario s;
    auto& op = s.spawn({unavailable(), unavailable(), ok()});
    s.at(500ms, [&] {
        auto table = exact_policies();
        auto its = table[category::temporary];
        its.delay.base = 10s;
        its.delay.factor = 1;
        s.manager.set_policies(table.set(category::temporary, its));
    });
    s.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s, 11s});
}

TEST_CASE("set_classifier applies from the next failure on")
{
    scenario s;
    auto& op = s.spawn({unavailable(), unavailable(), ok()});
    s.at(500ms, [&] {
        mend::classifier rules;
        rules.when_code(500, category::permanent);
        s.manager.set_classifier(rules);
    });
    s.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s});
    CHECK(op.why() == stop_reason::not_retryable);
}

TEST_CASE("a callback is told about the failure that needs it")
{
    scenario s;
    auto& disconnect = s.on_disconnect();
    auto& reconnect = s.on_reconnect();
    s.spawn(0ms, {.context = "label"}, {unavailable(), broken(), ok()});
    s.run();
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

TEST_CASE("a refresh is told the number that the error carried")
{
    scenario s;
    auto& refresh = s.on_refresh();
    auto& op = s.spawn({rpc(303, "PHONE_MIGRATE_4"), ok()});
    s.run();
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

TEST_CASE("max_attempts bounds an operation whatever the categories")
{
    auto made = exact_options();
    made.max_attempts = 3;
    scenario s{made};
    auto& op = s.spawn({flood(1), unavailable(), bad_proxy(), ok()});
    s.run();
    CHECK(op.attempts.size() == 3);
    CHECK(op.why() == stop_reason::retries_exhausted);
}

TEST_CASE("a manager refuses an executor that is empty")
{
    CHECK_THROWS_AS(mend::recovery_manager{asio::any_io_executor{}}, std::invalid_argument);
}

TEST_CASE("a close that comes with the end of on_disconnect leaves nothing to settle, and no callback runs after it")
{
    scenario s{with_policy(exact_options(), category::connection, [](mend::policy& its) { its.settle = 0ms; })};
    auto& disconnect = s.on_disconnect();
    auto& reconnect = s.on_reconnect();
    disconnect.on_begin = [&] { s.manager.close(); };
    auto& op = s.spawn({broken(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(disconnect.count() == 1);
    CHECK(reconnect.count() == 0);
    auto const ended = s.events->of(mend::event_kind::action_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].result == mend::action_result::cancelled);
}

TEST_CASE("an account that is closed in the queue for a callback's slot leaves the queue, and its callback never runs")
{
    auto options = exact_options();
    options.max_concurrent_recoveries = 1;
    scenario s{options};
    auto& reconnect = s.on_reconnect(always(ok(20s)));
    auto& other = s.apart("other");
    auto& third = s.apart("third");
    auto& first = s.spawn({broken(), ok()});
    auto& queued = s.spawn(other, 1s, {}, {broken(), ok()});
    auto& last = s.spawn(third, 2s, {}, {broken(), ok()});
    s.at(5s, [&] { other.close(); });
    s.run();
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
    scenario s;
    s.on_reconnect({ok(1000s).stubborn()});
    auto& op = s.spawn({broken(), ok()});
    s.at(70s, [&] { s.manager.close(); });  // it was cancelled at 62 s
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.ended == 70s);
    auto const overdue = s.events->of(mend::event_kind::callback_overdue);
    REQUIRE(overdue.size() == 1);
    CHECK(overdue[0].at == 122s);
    auto const ended = s.events->of(mend::event_kind::action_ended);
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
    scenario s{options};
    s.on_relogin({raises(std::runtime_error{"no login today"})});
    auto& op = s.spawn({lost_session(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    auto const reported = s.events->of(mend::event_kind::user_code_failed);
    REQUIRE(reported.size() == 1);
    CHECK(reported[0].message == "a rule threw: a rule gone wrong");
}

TEST_CASE("of one failure the first complaint about user code is reported, whatever was thrown")
{
    auto options = exact_options();
    options.rules =
        mend::classifier{}
            .when([](mend::failure const&) -> std::optional<mend::classification> { throw 1; })
            .when([](mend::failure const&) -> std::optional<mend::classification> { throw std::logic_error{"second"}; })
            .then(mend::telegram::rules());
    scenario s{options};
    s.spawn({unavailable(), ok()});
    s.run();
    auto const reported = s.events->of(mend::event_kind::user_code_failed);
    REQUIRE(reported.size() == 1);
    CHECK(reported[0].message == "a rule threw an unknown exception");
}

TEST_CASE("a login that a close ends has not failed: nothing is quarantined for it")
{
    scenario s;
    s.on_relogin({ok(forever)});
    auto& op = s.spawn({lost_session(), ok()});
    s.at(10s, [&] { s.sender.close(); });
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(s.events->count(mend::event_kind::quarantined) == 0);
}

TEST_CASE("a login that finds the account dead was the last: it is quarantined for ever")
{
    scenario s;
    auto& relogin = s.on_relogin({rpc(401, "USER_DEACTIVATED_BAN")});
    auto& op = s.spawn({lost_session(), ok()});
    auto& later = s.spawn(24h * 365, {}, {ok()});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(s.retry_at(op) == std::nullopt);
    CHECK(later.why() == stop_reason::quarantined);
    CHECK(later.result->category() == category::account_dead);
    CHECK(relogin.count() == 1);
    auto const quarantined = s.events->of(mend::event_kind::quarantined);
    REQUIRE(!quarantined.empty());
    CHECK(quarantined[0].what == category::account_dead);
    CHECK(quarantined[0].delay == mend::policy::forever);
}

TEST_CASE("a login that is told to wait is not tried before that, nor before ten minutes have passed")
{
    auto const [told, until] = GENERATE(table<int, ms>({{3600, 2s + 1h}, {5, 2s + 10min}}));
    scenario s;
    auto& relogin = s.on_relogin({flood(told), ok()});
    auto& op = s.spawn({lost_session(), ok()});
    auto& before = s.spawn(until - 1ms, {}, {ok()});
    auto& after = s.spawn(until, {}, {lost_session(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(s.retry_at(op) == until);
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("a login that Telegram refuses for a day spends the budget for that day, whatever lifts the quarantine")
{
    scenario s;
    auto& relogin = s.on_relogin({rpc(406, "PHONE_PASSWORD_FLOOD"), ok()});
    auto& op = s.spawn({lost_session(), ok()});
    auto& before = s.spawn(23h, {}, {ok()});
    auto& after = s.spawn(24h + 2s, {}, {lost_session(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(s.retry_at(op) == 24h + 2s);
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("that Telegram refuses logins is remembered while the account is well")
{
    scenario s;
    auto& relogin = s.on_relogin();
    auto& told = s.spawn({rpc(406, "PHONE_NUMBER_FLOOD")});
    auto& well = s.spawn(1h, {}, {ok()});
    auto& lost = s.spawn(2h, {}, {lost_session(), ok()});
    s.run();
    CHECK(told.why() == stop_reason::not_retryable);
    CHECK(well.succeeded());
    CHECK(lost.why() == stop_reason::recovery_budget);
    CHECK(s.retry_at(lost) == 24h);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a manager that allows no login a day makes none, not even after a weaker recovery")
{
    auto options = exact_options();
    options.relogins_per_day = 0;
    scenario s{options};
    auto& relogin = s.on_relogin();
    s.on_reconnect({ok(20s)});
    auto& alone = s.spawn({lost_session(), ok()});
    auto& other = s.another("other");
    auto& reconnecting = s.spawn(other, 0ms, {}, {broken(1s), ok()});
    auto& waiting = s.spawn(other, 0ms, {}, {lost_session(5s), ok()});
    s.run();
    CHECK(alone.why() == stop_reason::recovery_budget);
    CHECK(s.retry_at(alone) == 24h);
    CHECK(waiting.why() == stop_reason::recovery_budget);
    CHECK(waiting.ended == 23s);
    CHECK(s.retry_at(waiting) == 23s + 24h);
    CHECK(reconnecting.why() == stop_reason::quarantined);
    CHECK(relogin.count() == 0);
}

TEST_CASE("of the recoveries that are needed while a weaker one runs only the strongest follows, once")
{
    scenario s;
    s.on_reconnect({ok(20s)});
    auto& rotate = s.on_rotate_proxy();
    auto& relogin = s.on_relogin();
    s.spawn({broken(1s), ok()});
    s.spawn({bad_proxy(3s), ok()});
    s.spawn({lost_session(4s), ok()});
    s.spawn({lost_session(5s), ok()});
    s.spawn({bad_proxy(6s), ok()});
    s.run();
    for (auto const& each : s.operations)
        CHECK(each.succeeded());
    CHECK(rotate.count() == 0);
    CHECK(relogin.starts() == std::vector<ms>{25s});
}

TEST_CASE("a stronger recovery that was to follow does not run when the account is closed meanwhile")
{
    scenario s;
    s.on_reconnect({ok(20s)});
    auto& relogin = s.on_relogin();
    auto& first = s.spawn({broken(1s), ok()});
    auto& second = s.spawn({lost_session(5s), ok()});
    s.at(10s, [&] { s.sender.close(); });
    s.run();
    CHECK(first.why() == stop_reason::closed);
    CHECK(second.why() == stop_reason::closed);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a late failure whose callback was taken away meanwhile just retries: its connection is replaced already")
{
    scenario s;
    s.on_reconnect();
    auto& op = s.spawn({broken(1s), ok()});
    auto& late = s.spawn({broken(10s), ok()});
    s.at(5s, [&] { s.manager.on_reconnect(nullptr); });
    s.run();
    CHECK(op.succeeded());
    CHECK(late.starts() == std::vector<ms>{0ms, 10s});
    for (auto const& each : s.events->of(mend::event_kind::action_ended))
        CHECK(each.result == mend::action_result::succeeded);
}

TEST_CASE("a lost session of an account that is dead has no moment to try again at")
{
    scenario s;
    auto& relogin = s.on_relogin();
    auto& late = s.spawn({lost_session(10s), ok()});
    s.spawn({rpc(401, "USER_DEACTIVATED_BAN", 1s)});
    s.run();
    CHECK(late.why() == stop_reason::quarantined);
    CHECK(late.ended == 10s);
    CHECK(s.retry_at(late) == std::nullopt);
    CHECK(relogin.count() == 0);
}

TEST_CASE("a deadline that the wait after a recovery would pass ends the operation with the recovery")
{
    scenario s;
    s.on_reconnect({ok(7500ms)});
    mend::call hurried;
    hurried.deadline = s.moment(10s);
    auto& op = s.spawn(hurried, {broken(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 9500ms);
    CHECK(s.retry_at(op) == 10500ms);
    CHECK(op.attempts.size() == 1);
}

TEST_CASE("a deadline ends an operation in the middle of its refresh, and the callback with it")
{
    scenario s;
    auto& refresh = s.on_refresh({ok(30s)});
    mend::call hurried;
    hurried.deadline = s.moment(5s);
    auto& op = s.spawn(hurried, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    s.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 5s);
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].cancelled);
}

TEST_CASE("an operation whose method is quarantined during its refresh makes no further attempt")
{
    scenario s;
    auto& refresh = s.on_refresh({ok(30s)});
    auto& op = s.spawn(0ms, {.method = "send"}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    s.spawn(5s, {.method = "send"}, {rpc(400, "PEER_FLOOD")});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(op.attempts.size() == 1);
    CHECK(refresh.count() == 1);
}

TEST_CASE("an operation that the server has, and that is closed before its reply was fetched, was closed")
{
    scenario s;
    auto& op = s.spawn({rpc(500, "RANDOM_ID_DUPLICATE"), ok()});
    s.at(500ms, [&] { s.sender.close(); });
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.result->delivered() == mend::delivery::sent);
}

TEST_CASE("where a rule names both a wait and a moment the wait is waited for, and the later is told")
{
    auto options = exact_options();
    mend::classification both;
    both.what = category::flood_wait;
    both.where = mend::scope::method;
    both.delivered = mend::delivery::not_sent;
    both.retry_after = 5s;
    options.rules = mend::classifier{}.when(
        [&both](mend::failure const& what) { return what.code == 777 ? std::optional{both} : std::nullopt; });
    scenario s{options};
    both.retry_at = s.time.wall() + 1h;
    auto& patient = s.spawn(0ms, {.method = "send"}, {rpc(777, "BOTH"), ok()});
    mend::call hurried{.method = "edit"};
    hurried.deadline = s.moment(2s);
    auto& late = s.spawn(0ms, hurried, {rpc(777, "BOTH"), ok()});
    s.run();
    CHECK(patient.starts() == std::vector<ms>{0ms, 5s});
    CHECK(late.why() == stop_reason::deadline);
    CHECK(s.retry_at(late) == 1h);
}

TEST_CASE("a login that fails for want of a password may be tried again after ten minutes")
{
    scenario s;
    auto& relogin = s.on_relogin({rpc(401, "SESSION_PASSWORD_NEEDED"), ok()});
    auto& op = s.spawn({lost_session(), ok()});
    auto& after = s.spawn(2s + 10min, {}, {lost_session(), ok()});
    s.run();
    CHECK(op.why() == stop_reason::quarantined);
    CHECK(s.retry_at(op) == 2s + 10min);
    CHECK(after.succeeded());
    CHECK(relogin.count() == 2);
}
