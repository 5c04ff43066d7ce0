// Invariant 7: a callback that is missing, fails or is overdue degrades to a plain retry; relogin is the exception.
#include "support/scenario.hpp"

using namespace support;
using mend::action;
using mend::action_result;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

step failed(ms takes = 0ms)
{
    return raises(std::runtime_error{"it cannot be done"}, takes);
}

std::vector<action_result> results(scenario const& in)
{
    std::vector<action_result> found;
    for (auto const& each : in.events->of(event_kind::action_ended))
        found.push_back(each.result);
    return found;
}

} // namespace

TEST_CASE("7.1 without a callback there is a plain retry with backoff, and neither disconnect nor settle", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect({ok(5s)});
    auto& connection = in.spawn({.method = "send", .idempotent = true}, always(broken()));
    auto& proxy = in.spawn(in.apart("behind a proxy"), 0s, {.method = "send"}, always(bad_proxy()));
    auto& other = in.spawn(500ms, {.method = "read"}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.count() == 0);
    CHECK(connection.why() == stop_reason::retries_exhausted);
    CHECK(connection.starts() == times{0s, 1s, 3s, 7s});
    CHECK(proxy.why() == stop_reason::retries_exhausted);
    CHECK(proxy.starts() == times{0s, 5s, 10s, 15s});
    CHECK(other.starts() == times{500ms});
    auto const found = results(in);
    CHECK(found.size() == 8);
    CHECK(std::count(found.begin(), found.end(), action_result::missing) == static_cast<std::ptrdiff_t>(found.size()));
}

TEST_CASE("7.2 a callback that fails degrades to a plain retry with backoff, counted and reported", "[invariant-7]")
{
    scenario in;
    auto& reconnect = in.on_reconnect(always(failed()));
    auto& operation = in.spawn({broken()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(operation.succeeded());
    // failure, settle 2 s, callback, backoff
    CHECK(operation.starts() == times{0s, 3s});
    CHECK(reconnect.starts() == times{2s});
    auto const ended = in.events->of(event_kind::action_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].act == action::reconnect);
    CHECK(ended[0].result == action_result::failed);
    CHECK(ended[0].message == "it cannot be done");
    CHECK(in.manager.stats().actions_of(action::reconnect).failed == 1);
    CHECK(in.manager.stats().actions_of(action::reconnect).succeeded == 0);
}

TEST_CASE("7.2 in an outage a callback that fails costs a retry in place of an attempt, and stays owed", "[invariant-7]")
{
    scenario in;
    auto& reconnect = in.on_reconnect(always(failed()));
    auto& operation = in.spawn(always(broken()));
    in.at(8s, [&] { in.sender.close(); });
    in.run();

    REQUIRE(in.all_ended());
    // The second failure, at 3 s, is an outage. That is the second retry; the callbacks that fail at 5 and 7 s are two more.
    CHECK(operation.why() == stop_reason::retries_exhausted);
    CHECK(operation.starts() == times{0s, 3s});
    CHECK(operation.ended == 7s);
    CHECK(reconnect.starts() == times{2s, 5s, 7s});
    CHECK(results(in) == std::vector{action_result::failed, action_result::failed, action_result::failed,
                                     action_result::cancelled});  // the next had begun to settle
    CHECK(in.manager.stats().actions_of(action::reconnect).failed == 4);
    CHECK(in.manager.stats().actions_of(action::reconnect).succeeded == 0);
}

TEST_CASE("7.3 a callback that throws something of its own is contained", "[invariant-7]")
{
    scenario in;
    in.on_reconnect({step{0ms, std::make_exception_ptr(42)}});
    auto& operation = in.spawn({broken()});
    in.run();

    CHECK(operation.starts() == times{0s, 3s});
    CHECK(results(in) == std::vector{action_result::failed});
}

TEST_CASE("7.4 a callback function that throws before it is a coroutine is contained", "[invariant-7]")
{
    scenario in;
    in.manager.on_reconnect([](mend::recovery_request const&) -> asio::awaitable<void> { throw std::runtime_error{"at once"}; });
    auto& operation = in.spawn({broken()});
    in.run();

    CHECK(operation.starts() == times{0s, 3s});
    CHECK(results(in) == std::vector{action_result::failed});
}

TEST_CASE("7.5 a callback that outlives action_timeout is cancelled and degrades to a plain retry", "[invariant-7]")
{
    ms const timeout = GENERATE(ms{60000}, ms{7000});
    scenario in{with_policy(exact_options(), category::connection, [=](mend::policy& each) { each.action_timeout = timeout; })};
    auto& reconnect = in.on_reconnect({ok(forever)});
    auto& operation = in.spawn({broken()});
    in.run();

    REQUIRE(in.all_ended());
    REQUIRE(reconnect.count() == 1);
    CHECK(reconnect.runs[0].cancelled);
    CHECK(reconnect.runs[0].ended == 2s + timeout);
    CHECK(operation.starts() == times{0s, 2s + timeout + 1s});
    CHECK(results(in) == std::vector{action_result::timed_out});
    CHECK(in.events->count(event_kind::callback_overdue) == 0);
    CHECK(in.manager.stats().actions_of(action::reconnect).failed == 1);
}

TEST_CASE("7.6 a callback that ignores cancellation is waited for a further action_timeout, reported and left behind",
          "[invariant-7]")
{
    scenario in;
    SECTION("one that never ends")
    {
        in.on_reconnect({ok(1000s).stubborn()});
        auto& operation = in.spawn({broken()});
        auto& other = in.spawn(1s, {}, {ok()});
        in.run();
        CHECK(operation.starts() == times{0s, 123s});
        CHECK(other.starts() == times{122s});
        auto const overdue = in.events->of(event_kind::callback_overdue);
        REQUIRE(overdue.size() == 1);
        CHECK(overdue[0].at == 122s);
        CHECK(overdue[0].act == action::reconnect);
        CHECK(results(in) == std::vector{action_result::timed_out});
    }
    SECTION("one that ends meanwhile")
    {
        in.on_reconnect({ok(80s).stubborn()});
        auto& operation = in.spawn({broken()});
        in.run();
        CHECK(operation.starts() == times{0s, 83s});
        CHECK(in.events->count(event_kind::callback_overdue) == 0);
    }
    SECTION("one that was left behind does no harm to the next")
    {
        auto& reconnect = in.on_reconnect({ok(300s).stubborn(), ok(1s)});
        auto& operation = in.spawn({broken(), broken()}); // again at 123 s
        in.run();
        CHECK(operation.succeeded());
        // The first has not proved itself: the second waits a tenth of the time since the first failure.
        CHECK(reconnect.starts() == times{2s, 135300ms});
        CHECK(operation.starts() == times{0s, 123s, 138300ms});
    }
}

TEST_CASE("7.7 a disconnect that fails or is overdue fails the recovery", "[invariant-7]")
{
    scenario in;
    auto& reconnect = in.on_reconnect();
    SECTION("fails")
    {
        in.on_disconnect({failed(1s)});
        auto& operation = in.spawn({broken()});
        in.run();
        CHECK(operation.starts() == times{0s, 2s});
        CHECK(results(in) == std::vector{action_result::failed});
    }
    SECTION("is overdue")
    {
        in.on_disconnect({ok(forever)});
        auto& operation = in.spawn({broken()});
        in.run();
        CHECK(operation.starts() == times{0s, 61s});
        CHECK(results(in) == std::vector{action_result::timed_out});
    }
    SECTION("ignores its cancellation")
    {
        in.on_disconnect({ok(1000s).stubborn()});
        auto& operation = in.spawn({broken()});
        in.run();
        CHECK(operation.starts() == times{0s, 121s});
        CHECK(in.events->count(event_kind::callback_overdue) == 1);
    }
    CHECK(reconnect.count() == 0);
    CHECK(in.manager.stats().actions_of(action::reconnect).failed == 1);
}

TEST_CASE("7.8 at most max_concurrent_recoveries disconnect or run their callback at once, and settling takes no place",
          "[invariant-7]")
{
    auto options = exact_options();
    options.max_concurrent_recoveries = 2;
    scenario in{options};
    auto& disconnect = in.on_disconnect(always(ok(1s)));
    auto& reconnect = in.on_reconnect(always(ok(3s)));
    for (char const* id : {"a", "b", "c", "d", "e"})
        in.spawn(in.apart(id), 0s, {}, {broken()});
    auto& elsewhere = in.spawn(1s, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{0s, 0s, 1s, 1s, 2s});
    CHECK(reconnect.starts() == times{3s, 3s, 6s, 6s, 9s});
    CHECK(elsewhere.starts() == times{1s});
}

TEST_CASE("7.9 an account that waits for its turn lets no attempt start", "[invariant-7]")
{
    auto options = exact_options();
    options.max_concurrent_recoveries = 1;
    scenario in{options};
    in.on_reconnect(always(ok(8s)));
    auto& second = in.apart("second");
    in.spawn({broken()});                                 // until 10 s
    auto& waiting = in.spawn(second, 1s, {}, {broken()}); // settles until 3 s, 10 - 18 s
    auto& other = in.spawn(second, 5s, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(waiting.starts() == times{1s, 19s});
    CHECK(other.starts() == times{18s});
}

TEST_CASE("7.10 a callback that was left behind gives its place back", "[invariant-7]")
{
    auto options = exact_options();
    options.max_concurrent_recoveries = 1;
    scenario in{options};
    auto& reconnect = in.on_reconnect({ok(1000s).stubborn(), ok(1s)});
    in.spawn({broken()});
    auto& second = in.spawn(in.apart("second"), 1s, {}, {broken()});
    in.run();

    CHECK(reconnect.starts() == times{2s, 122s});
    CHECK(second.starts() == times{1s, 124s});
}

TEST_CASE("7.11 a lost session is logged in again, once for all, and the operations go on", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& relogin = in.on_relogin({ok(3s)});
    for (int index = 0; index < 10; ++index)
        in.spawn({lost_session(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{1s});
    CHECK(relogin.starts() == times{3s});
    for (auto const& each : in.operations)
        CHECK(each.starts() == times{0s, 6s}); // no backoff
}

TEST_CASE("7.12 without a relogin callback operations stop, and the account is quarantined for 10 min", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& met = in.spawn({.method = "send"}, {lost_session()});
    auto& other = in.spawn(1min, {.method = "edit", .peer = 5}, {ok()});
    auto& almost = in.spawn(10min - 1ms, {}, {ok()});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 7; ++index)
        crowd.push_back(&in.spawn(10min + 1ms * index, {.method = "send"}, {ok(1s)}));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.count() == 0);
    CHECK(met.why() == stop_reason::not_retryable);
    CHECK(met.attempts.size() == 1);
    for (auto const* each : {&other, &almost}) {
        CHECK(each->why() == stop_reason::quarantined);
        CHECK(each->attempts.empty());
        CHECK(in.retry_at(*each) == 10min);
    }
    CHECK(crowd[0]->starts() == times{10min});
    CHECK(in.attempts_between(10min, 10min + 1s) == 1);
    CHECK(in.attempts_between(10min + 1s, 10min + 2s) == 2);
    CHECK(in.attempts_between(10min + 2s, 10min + 3s) == 4);
}

TEST_CASE("7.13 when relogin fails its operations stop with quarantined, and the account is quarantined for 10 min",
          "[invariant-7]")
{
    struct way {
        char const* name;
        step what;
        ms ends;
    };
    way const ways[] = {
        {"fails", failed(3s), 6s}, {"is overdue", ok(forever), 63s}, {"ignores cancellation", ok(1000s).stubborn(), 123s}};
    for (auto const& each : ways) {
        CAPTURE(each.name);
        scenario in;
        auto& relogin = in.on_relogin({each.what});
        auto& first = in.spawn({lost_session(1s)});
        auto& joined = in.spawn({lost_session(2s)});
        auto& waiting = in.spawn(4s, {}, {ok()});
        auto& later = in.spawn(5min, {}, {ok()});
        auto& after = in.spawn(20min, {}, {ok()});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 1);
        for (auto const* stopped : {&first, &joined, &waiting}) {
            CHECK(stopped->why() == stop_reason::quarantined);
            CHECK(stopped->ended == each.ends);
            CHECK(in.retry_at(*stopped) == each.ends + 10min);
        }
        CHECK_THROWS_AS(first.result->value(), mend::recovery_error);
        CHECK(first.attempts.size() == 1);
        CHECK(waiting.attempts.empty());
        CHECK(later.why() == stop_reason::quarantined);
        CHECK(in.retry_at(later) == each.ends + 10min);
        CHECK(after.succeeded());
    }
}

TEST_CASE("7.14 a disconnect that fails fails the relogin as well", "[invariant-7]")
{
    scenario in;
    in.on_disconnect({failed()});
    auto& relogin = in.on_relogin();
    auto& operation = in.spawn({lost_session()});
    in.run();

    CHECK(relogin.count() == 0);
    CHECK(operation.why() == stop_reason::quarantined);
    CHECK(in.retry_at(operation) == 10min);
}

TEST_CASE("7.15 relogin runs at most 3 times in 24 h, over the budget operations stop until it refills", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    std::vector<operation_record*> three;
    for (int hour = 0; hour < 3; ++hour)
        three.push_back(&in.spawn(std::chrono::hours{hour}, {}, {lost_session()}));
    auto& fourth = in.spawn(3h, {}, {lost_session()});
    auto& fifth = in.spawn(4h, {}, {ok()});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 3; ++index)
        crowd.push_back(&in.spawn(24h + 10s, {}, {ok(1s)}));
    auto& again = in.spawn(24h + 1min, {}, {lost_session()});
    auto& over = in.spawn(24h + 30min, {}, {lost_session()}); // the second of the three is younger than 24 h
    in.run();

    REQUIRE(in.all_ended());
    for (auto const* each : three)
        CHECK(each->succeeded());
    CHECK(fourth.why() == stop_reason::recovery_budget);
    CHECK(fourth.attempts.size() == 1);
    CHECK(fourth.ended == 3h);
    REQUIRE(in.retry_at(fourth));
    CHECK(*in.retry_at(fourth) >= 24h);
    CHECK(*in.retry_at(fourth) <= 24h + 5s);
    CHECK(fifth.why() == stop_reason::quarantined);
    CHECK(in.retry_at(fifth) == in.retry_at(fourth));
    CHECK(in.attempts_between(24h + 10s, 24h + 11s) == 1);
    CHECK(in.attempts_between(24h + 11s, 24h + 12s) == 2);
    CHECK(again.succeeded());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(relogin.count() == 4);
}

TEST_CASE("7.16 the relogin budget is the account's own, and as large as the options say", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    auto& relogin = in.on_relogin();
    auto& second = in.another("second");
    auto& first = in.spawn({lost_session()});
    auto& over = in.spawn(1h, {}, {lost_session()});
    auto& other = in.spawn(second, 1h, {}, {lost_session()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first.succeeded());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(other.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("7.17 the times of an account's relogins outlive a period of good health", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    in.on_relogin();
    in.spawn({lost_session()});
    for (int hour = 1; hour < 20; ++hour)
        in.spawn(std::chrono::hours{hour}, {}, {ok()});
    auto& over = in.spawn(20h, {}, {lost_session()});
    in.run();

    CHECK(over.why() == stop_reason::recovery_budget);
}

TEST_CASE("7.18 release lifts the quarantine and refills the budget", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    auto& relogin = in.on_relogin();
    in.spawn({lost_session()});
    auto& over = in.spawn(1h, {}, {lost_session()});
    in.at(2h, [&] { in.sender.release(); });
    auto& again = in.spawn(3h, {}, {lost_session()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(again.succeeded());
    CHECK(relogin.count() == 2);
    CHECK(in.events->count(event_kind::released) == 1);
}

TEST_CASE("7.19 ten thousand queued sends do not become ten thousand 401s", "[invariant-7]")
{
    scenario in;
    SECTION("relogin fails")
    {
        auto& relogin = in.on_relogin(always(failed(1s)));
        in.spawn({lost_session(10ms)});
        for (int index = 1; index < 10'000; ++index)
            in.spawn(20ms + ms{index % 1000}, {.peer = index}, always(lost_session()));
        in.run();
        REQUIRE(in.all_ended());
        CHECK(in.attempts.size() == 1);
        CHECK(relogin.count() == 1);
    }
    SECTION("there is no callback, and the senders come back again and again")
    {
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{360 * index}, {.peer = index + 1}, always(lost_session())); // an hour
        in.run();
        REQUIRE(in.all_ended());
        CHECK(in.attempts.size() <= 7); // one in each 10 min
    }
    SECTION("the budget is spent")
    {
        auto& relogin = in.on_relogin();
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{5000 * index}, {.peer = index + 1}, always(lost_session())); // 14 h
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 3);
        CHECK(in.attempts.size() <= 8);
    }
    SECTION("relogin succeeds, and the session is as lost as before")
    {
        auto& relogin = in.on_relogin();
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{index}, {.peer = index + 1}, always(lost_session(10ms)));
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 3);
        CHECK(in.attempts.size() <= 100);
    }
    SECTION("the session is well again after one relogin")
    {
        bool well = false;
        auto& relogin = in.on_relogin({ok(1s)});
        relogin.on_begin = [&] { well = true; };
        script const server = std::function<step(unsigned)>{[&](unsigned) { return well ? ok(1s) : lost_session(10ms); }};
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{index}, {.peer = index + 1}, server);
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 1);
        auto const refused =
            std::count_if(in.attempts.begin(), in.attempts.end(), [](auto const& each) { return !each.succeeded; });
        CHECK(refused <= 11); // those that were under way when the first came back
    }
}

TEST_CASE("7.20 a session that is found lost while the account is quarantined costs no further login", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin(always(failed()));
    in.spawn({lost_session(1s)}); // relogin fails at 3 s
    auto& late = in.spawn({lost_session(10s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(late.why() == stop_reason::quarantined);
    CHECK(late.ended == 10s);
    CHECK(relogin.count() == 1);
}

TEST_CASE("7.21 an account's own callbacks go before the manager's", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& reconnect = in.on_reconnect();
    auto& second = in.apart("second");
    auto& own_disconnect = in.script_callback("own disconnect");
    auto& own_reconnect = in.script_callback("own reconnect");
    in.sender.on_disconnect(in.callback(own_disconnect));
    in.sender.on_reconnect(in.callback(own_reconnect));
    in.spawn({broken()});
    in.spawn(second, 0s, {}, {broken()});
    in.at(10s, [&] { in.sender.on_reconnect(nullptr); });
    in.spawn(20s, {}, {broken()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(own_disconnect.starts() == times{0s, 20s});
    CHECK(own_reconnect.starts() == times{2s});
    CHECK(disconnect.starts() == times{0s});
    CHECK(disconnect.runs.at(0).account == "second");
    CHECK(reconnect.starts() == times{2s, 22s});
    CHECK(reconnect.runs.at(0).account == "second");
    CHECK(reconnect.runs.at(1).account == "sender");
}

TEST_CASE("7.22 an account's own callbacks outlive a period of good health", "[invariant-7]")
{
    scenario in;
    auto& own = in.script_callback("own");
    in.sender.on_relogin(in.callback(own));
    in.spawn({lost_session()});
    in.spawn(1h, {}, {ok()});
    in.spawn(2h, {}, {lost_session()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(own.starts() == times{2s, 2h + 2s});
}

TEST_CASE("7.23 a callback runs on the executor given with it, the manager's own if none", "[invariant-7]")
{
    scenario in;
    auto const strand = asio::make_strand(in.context);
    int inside = 0;
    int outside = 0;
    auto const look = [&] { ++(strand.running_in_this_thread() ? inside : outside); };
    auto& disconnect = in.script_callback("disconnect");
    auto& reconnect = in.script_callback("reconnect", {ok(1s)});
    auto& rotate = in.script_callback("rotate");
    disconnect.on_begin = reconnect.on_begin = rotate.on_begin = look;
    in.manager.on_disconnect(strand, in.callback(disconnect));
    in.manager.on_rotate_proxy(in.callback(rotate));
    in.sender.on_reconnect(strand, in.callback(reconnect));
    in.spawn({broken()});
    in.spawn(20s, {}, {bad_proxy()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.count() == 2);
    CHECK(reconnect.count() == 1);
    CHECK(rotate.count() == 1);
    CHECK(inside == 3);
    CHECK(outside == 1);
}

TEST_CASE("7.24 after a recovery that nobody needs any more the account is well", "[invariant-7]")
{
    scenario in;
    in.on_reconnect({ok(1s)});
    in.spawn({broken()});
    mend::account_state during;
    in.at(1s, [&] { during = in.sender.state(); });
    in.run();

    CHECK(during.what == mend::account_state::kind::recovering);
    CHECK(in.sender.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("7.25 a login waits as long as the operation was told, and after it nothing is waited for", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    mend::failure told;
    told.known = category::session_lost;
    told.retry_after = 30s;
    auto& waits = in.spawn({fails(told)});
    auto& goes_on = in.spawn(1h, {}, {lost_session()});
    in.run();

    CHECK(relogin.starts() == times{30s, 1h + 2s});
    CHECK(waits.starts() == times{0s, 30s});
    CHECK(goes_on.starts() == times{1h, 1h + 2s});
}

TEST_CASE("7.26 each callback has action_timeout for itself, and settle does not count", "[invariant-7]")
{
    scenario in{with_policy(exact_options(), category::connection, [](mend::policy& each) { each.settle = 90s; })};
    in.on_disconnect({ok(59s)});
    auto& reconnect = in.on_reconnect({ok(59s)});
    auto& operation = in.spawn({broken()});
    in.run();

    CHECK(reconnect.starts() == times{149s});
    CHECK(reconnect.runs.at(0).succeeded);
    CHECK(operation.starts() == times{0s, 209s});
}

TEST_CASE("7.27 a dead account is never logged in", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    auto& met = in.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    auto& later = in.spawn(24h * 365, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(met.why() == stop_reason::not_retryable);
    CHECK(later.why() == stop_reason::quarantined);
    CHECK(in.retry_at(later) == std::nullopt);
    CHECK(relogin.count() == 0);
}

TEST_CASE("7.28 an operation joined to a recovery is told the truth about its own category", "[invariant-7]")
{
    // Both reach the end of their retries on their own counts, though they share every run of the callback: what fails in
    // their outage costs a retry of the operation that began it, and nothing of the other's.
    scenario in;
    auto& reconnect = in.on_reconnect({failed(), failed(), failed(), failed(), ok()});
    auto& first = in.spawn(always(broken(1s)));
    auto& second =
        in.spawn(std::function<step(unsigned)>{[](unsigned number) { return number == 1 ? broken(1s) : unavailable(1s); }});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(reconnect.starts() == times{3s, 5s, 7s, 9s, 11s});
    CHECK(first.why() == stop_reason::retries_exhausted);
    CHECK(first.attempts.size() == 1);
    CHECK(first.ended == 7s);
    CHECK(first.result->category() == category::connection);
    CHECK(second.why() == stop_reason::retries_exhausted);
    // The outage is 12 s old at 13 s: its gap is longer than that backoff of 1 s. The next ones are longer than its gap.
    CHECK(second.starts() == times{0s, 12s, 14200ms, 17200ms, 22200ms});
    CHECK(second.result->category() == category::temporary);
}
