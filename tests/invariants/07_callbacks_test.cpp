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

TEST_CASE("7.3 in an outage a callback that fails costs a retry in place of an attempt, and stays owed", "[invariant-7]")
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

TEST_CASE("7.4 a callback that throws something of its own is contained", "[invariant-7]")
{
    scenario in;
    in.on_reconnect({step{0ms, std::make_exception_ptr(42)}});
    auto& operation = in.spawn({broken()});
    in.run();

    CHECK(operation.starts() == times{0s, 3s});
    CHECK(results(in) == std::vector{action_result::failed});
}

TEST_CASE("7.5 a callback function that throws before it is a coroutine is contained", "[invariant-7]")
{
    scenario in;
    in.manager.on_reconnect([](mend::recovery_request const&) -> asio::awaitable<void> { throw std::runtime_error{"at once"}; });
    auto& operation = in.spawn({broken()});
    in.run();

    CHECK(operation.starts() == times{0s, 3s});
    CHECK(results(in) == std::vector{action_result::failed});
}

TEST_CASE("7.6 a callback that outlives action_timeout is cancelled and degrades to a plain retry", "[invariant-7]")
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

TEST_CASE("7.7 a callback that ignores cancellation is waited for a further action_timeout, reported and left behind",
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

TEST_CASE("7.8 a disconnect that fails or is overdue fails the recovery", "[invariant-7]")
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

TEST_CASE("7.9 at most max_concurrent_recoveries disconnect or run their callback at once, and settling takes no place",
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

TEST_CASE("7.10 an account that waits for its turn lets no attempt start", "[invariant-7]")
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

TEST_CASE("7.11 a callback that was left behind gives its place back", "[invariant-7]")
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

TEST_CASE("7.12 a callback that is removed while its turn is coming is one run that failed", "[invariant-7]")
{
    scenario in;
    auto& leaving = in.on_disconnect();
    in.on_reconnect();
    leaving.on_begin = [&] { in.manager.on_reconnect(nullptr); };
    in.spawn({broken()});
    in.run();
    auto const runs = in.manager.stats().actions_of(mend::action::reconnect);
    CHECK(runs.started == 1);
    CHECK(runs.succeeded + runs.failed == 1);
}

TEST_CASE("7.13 an account's own callbacks go before the manager's", "[invariant-7]")
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

TEST_CASE("7.14 an account's own callbacks outlive a period of good health", "[invariant-7]")
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

TEST_CASE("7.15 a callback runs on the executor given with it, the manager's own if none", "[invariant-7]")
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

TEST_CASE("7.16 after a recovery that is not needed any more the account is well", "[invariant-7]")
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

TEST_CASE("7.17 each callback has action_timeout for itself, and settle does not count", "[invariant-7]")
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

TEST_CASE("7.18 an operation that joined a recovery ends with its own category", "[invariant-7]")
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
