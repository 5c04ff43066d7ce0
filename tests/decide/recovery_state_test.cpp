// What an account decides, without I/O: which recovery may begin, what a failure teaches, when an outage begins and ends.
#include "support/catch.hpp"

#include <mend/detail/recovery_state.hpp>

#include <optional>
#include <utility>

using namespace std::chrono_literals;
using mend::action;
using mend::action_result;
using mend::category;
using mend::classification;
using mend::event_kind;
using mend::policy;
using mend::policy_table;
using mend::scope;
using mend::detail::callback_mask;
using mend::detail::callback_order;
using mend::detail::recovery_state;
using mend::detail::time_point;
using ruled = mend::detail::recovery_decision::kind;

namespace {

constexpr time_point start = time_point{} + 1000h;

struct sender final : mend::detail::waiter {
    explicit sender(std::string_view method = "sendMessage", std::int64_t peer = 0, bool reply = false)
        : waiter{method, peer, reply, time_point::max()}
    {
    }
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
};

callback_order order_of(action act, category what = category::connection)
{
    callback_order made;
    made.act = act;
    made.what = what;
    return made;
}

/// An account with one operation in flight: two failures in a row are its outage.
struct bench {
    recovery_state account;
    callback_mask callbacks;
    policy_table policies;

    bench()
    {
        for (action const each : {action::reconnect, action::rotate_proxy, action::relogin})
            callbacks.add(each);
        visit(start);
    }
    void visit(time_point now, std::uint64_t successes = 0) { account.visit(callbacks, successes, 1, now); }

    void meet(category what, time_point now)
    {
        visit(now, account.successes);
        account.watch({what, false, false, false, true, false}, 24h, now);
    }
    void begin_outage(time_point now)
    {
        meet(category::temporary, now);
        meet(category::temporary, now);
        REQUIRE(account.outage.active());
    }
    ruled request(action act, time_point now, category what = category::connection)
    {
        return account.request(order_of(act, what), 3, now).what;
    }
    std::optional<action> take_begun()
    {
        auto const begun = std::exchange(account.begun, std::nullopt);
        return begun ? std::optional{begun->act} : std::nullopt;
    }
    /// The callback of that recovery has thrown.
    recovery_state::callback_decision fail(callback_order const& order, classification const& meaning, time_point now,
                                           time_point first_failed)
    {
        return account.callback_failed(
            {order, order.act, order.act, action_result::failed, &meaning, &policies[meaning.what], false, 0.5, first_failed}, 3,
            now);
    }
    recovery_state::callback_decision fail(action act, category what, time_point now)
    {
        classification meaning;
        meaning.what = what;
        meaning.where = mend::default_scope(what);
        return fail(order_of(act, act == action::relogin ? category::session_lost : category::connection), meaning, now, now);
    }
};

classification told(category what, std::chrono::milliseconds wait)
{
    classification meaning;
    meaning.what = what;
    meaning.retry_after = wait;
    return meaning;
}

}  // namespace

// --- recoveries

TEST_CASE("one recovery runs at a time: as strong a one joins it, and the strongest other is owed")
{
    bench here;
    CHECK(here.request(action::reconnect, start) == ruled::begins);
    CHECK(here.take_begun() == action::reconnect);
    CHECK(here.request(action::reconnect, start) == ruled::joined);
    CHECK(here.request(action::relogin, start) == ruled::queued);
    CHECK(here.request(action::rotate_proxy, start) == ruled::queued);
    CHECK(!here.take_begun());
    auto const follows = here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
    REQUIRE(follows.has_value());
    CHECK(follows->what == ruled::begins);
    CHECK(here.take_begun() == action::relogin);
    CHECK(!here.account.finish(order_of(action::relogin), true, 3, start + 4s));
    CHECK(!here.account.admission.recovering());
}

TEST_CASE("what is owed is not run once the recovery under way has become as strong")
{
    bench here;
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    REQUIRE(here.take_begun() == action::reconnect);
    REQUIRE(here.request(action::rotate_proxy, start) == ruled::queued);
    SECTION("it ended as a rotation")
    {
        CHECK(!here.account.finish(order_of(action::rotate_proxy), true, 3, start + 2s));
        CHECK(!here.take_begun());
        CHECK(!here.account.admission.recovering());
    }
    SECTION("it failed as a rotation: those that asked for one share that result")
    {
        CHECK(!here.account.finish(order_of(action::rotate_proxy), false, 3, start + 2s));
        CHECK(!here.take_begun());
    }
    SECTION("it failed: who asked for more gets it")
    {
        CHECK(here.account.finish(order_of(action::reconnect), false, 3, start + 2s).has_value());
        CHECK(here.take_begun() == action::rotate_proxy);
    }
}

TEST_CASE("a login is refused in a quarantine, and over its budget, which quarantines the account")
{
    bench here;
    SECTION("in a quarantine")
    {
        here.account.admission.quarantine_account(category::session_lost, start + 10min, start);
        auto const answer = here.account.request(order_of(action::relogin), 3, start);
        CHECK(answer.what == ruled::quarantined);
        CHECK(answer.until == start + 10min);
        CHECK(here.request(action::reconnect, start) == ruled::postponed);  // that one is kept
    }
    SECTION("over its budget")
    {
        for (int login = 0; login != 3; ++login)
            REQUIRE(here.account.logins.take(3, start + std::chrono::hours{login}));
        auto const answer = here.account.request(order_of(action::relogin, category::session_lost), 3, start + 3h);
        CHECK(answer.what == ruled::over_budget);
        CHECK(answer.until == start + 24h);
        CHECK(here.account.admission.account_quarantined_until() == start + 24h);
        CHECK(!here.account.admission.recovering());
    }
}

TEST_CASE("a recovery that has not proved itself makes the next one wait for the gap")
{
    bench here;
    here.meet(category::connection, start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    CHECK(here.account.recovery_opens() <= start);
    (void)here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
    here.account.outage.on_recovery(action::reconnect, 0);
    SECTION("a tenth of the time since the first failure")
    {
        REQUIRE(here.request(action::reconnect, start + 20s) == ruled::begins);
        CHECK(here.account.recovery_opens() == start + 22s);
    }
    SECTION("not once an attempt was answered")
    {
        here.account.answered(true, start + 3s);
        REQUIRE(here.request(action::reconnect, start + 20s) == ruled::begins);
        CHECK(here.account.recovery_opens() == start + 20s);
    }
}

TEST_CASE("a proxy that is known to be the trouble is rotated at once, for any action that the failure asks for")
{
    bench here;
    here.account.proxy_is_convicted = true;
    CHECK(here.account.escalated(action::reconnect, category::connection, 2) == action::rotate_proxy);
    CHECK(here.account.escalated(action::retry, category::temporary, 2) == action::rotate_proxy);
    CHECK(here.account.escalated(action::relogin, category::session_lost, 2) == action::relogin);
    CHECK(here.account.escalated(action::retry, category::unknown, 2) == action::retry);
}

TEST_CASE("in a server's outage a rotation that comes too soon is a reconnect")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    here.account.may_rotate = false;
    CHECK(here.account.escalated(action::rotate_proxy, category::proxy, 2) == action::reconnect);
    here.account.may_rotate = true;
    CHECK(here.account.escalated(action::rotate_proxy, category::proxy, 2) == action::rotate_proxy);
}

// --- evidence, outages

TEST_CASE("failures of the network and the server are evidence, and an answer of Telegram's ends what they began")
{
    for (category const what : {category::temporary, category::connection, category::proxy}) {
        bench here;
        here.meet(what, start);
        CHECK(!here.account.outage.active());
        CHECK(here.account.take_server_message(start).evidence);
        here.meet(what, start + 1s);
        CHECK(here.account.outage.active());
        CHECK(here.account.notices.at(0).kind == event_kind::outage_began);
        here.meet(category::permanent, start + 2s);
        CHECK(!here.account.outage.active());
        CHECK(here.account.notices.at(1).kind == event_kind::outage_ended);
        CHECK(here.account.notice_count == 2);
    }
}

TEST_CASE("what began before the last recovery, a shortage of our own, and what a recovery itself meets do not count as evidence")
{
    bench here;
    for (int failure = 0; failure != 10; ++failure) {
        here.account.watch({category::connection, true, false, false, true, false}, 24h, start);
        here.account.watch({category::connection, false, true, false, true, false}, 24h, start);
        here.account.watch({category::connection, false, false, false, true, true}, 24h, start);
    }
    CHECK(!here.account.outage.active());
    CHECK(!here.account.take_server_message(start).evidence);
}

TEST_CASE("the second failure of one operation does not count as a second unknown fault")
{
    bench here;
    for (int failure = 0; failure != 10; ++failure)
        here.account.watch({category::unknown, false, false, false, false, false}, 24h, start);
    CHECK(!here.account.outage.active());
    for (int operation = 0; operation != 3; ++operation)
        here.account.watch({category::unknown, false, false, false, true, false}, 24h, start);
    CHECK(here.account.outage.active());
}

TEST_CASE("a success that was not reported ends the account's outage at the next visit")
{
    bench here;
    here.begin_outage(start);
    here.visit(start + 1s, 0);
    CHECK(here.account.outage.active());
    here.visit(start + 2s, 1);
    CHECK(!here.account.outage.active());
}

TEST_CASE("only the probe's failure moves the gap")
{
    bench here;
    here.begin_outage(start);
    sender one, two;
    CHECK(here.account.admission.enter(one, start).until == start + 500ms);
    here.account.watch({category::temporary, false, false, false, true, false}, 24h, start + 400ms);
    CHECK(here.account.admission.enter(one, start + 500ms).what == mend::detail::admission_decision::kind::go);
    here.account.watch({category::temporary, false, false, true, true, false}, 24h, start + 20s);
    here.account.admission.on_success(one, false, start + 20s);
    CHECK(here.account.admission.enter(two, start + 20s).until == start + 22s);
    here.account.admission.leave(two, start + 20s);
}

// --- what callbacks teach

TEST_CASE("a login that only the network prevents is repeated after 30 s, for 10 min, and quarantines nothing")
{
    for (category const what : {category::temporary, category::connection, category::proxy}) {
        bench here;
        here.callbacks = callback_mask{};
        here.callbacks.add(action::relogin);
        here.visit(start);
        classification meaning;
        meaning.what = what;
        auto const order = order_of(action::relogin, category::session_lost);
        auto const ruling = here.fail(order, meaning, start, start);
        CHECK(ruling.again);
        CHECK(!ruling.quarantined);
        CHECK(here.account.recovery_from == start + 30s);
        CHECK(here.fail(order, meaning, start + 10min - 1ms, start).again);
        auto const last = here.fail(order, meaning, start + 10min, start);
        CHECK(!last.again);
        REQUIRE(last.quarantined.has_value());
        CHECK(last.quarantined->until == start + 20min);
    }
}

TEST_CASE("a login that fails otherwise quarantines the account, for ever if it is dead")
{
    bench here;
    SECTION("for ten minutes")
    {
        auto const ruling = here.fail(action::relogin, category::unknown, start);
        CHECK(!ruling.again);
        CHECK(here.account.admission.account_quarantined_until() == start + 10min);
    }
    SECTION("as long as it was told, if that is longer")
    {
        (void)here.fail(order_of(action::relogin, category::session_lost), told(category::flood_wait, 1h), start, start);
        CHECK(here.account.admission.account_quarantined_until() == start + 1h);
    }
    SECTION("as long as it was quarantined already, if that is longer, and says so")
    {
        here.account.admission.quarantine_account(category::account_limited, start + 24h, start);
        auto const ruling = here.fail(action::relogin, category::unknown, start);
        REQUIRE(ruling.quarantined.has_value());
        CHECK(ruling.quarantined->until == start + 24h);
    }
    SECTION("for ever")
    {
        auto const ruling = here.fail(action::relogin, category::account_dead, start);
        CHECK(here.account.admission.account_quarantined_until() == time_point::max());
        CHECK(ruling.because == category::account_dead);
    }
}

TEST_CASE("a callback that meets a told wait holds its account, connects and sends alike, and is owed until then")
{
    bench here;
    auto const ruling = here.fail(order_of(action::reconnect), told(category::flood_wait, 1h), start, start);
    CHECK(ruling.again);
    REQUIRE(ruling.held.has_value());
    CHECK(ruling.held->where == scope::account);
    CHECK(ruling.held->until >= start + 1h);
    CHECK(here.account.recovery_opens() == ruling.held->until);
    sender other{"read"};
    CHECK(here.account.admission.enter(other, start).what == mend::detail::admission_decision::kind::wait);
    here.account.admission.leave(other, start);
}

TEST_CASE("a callback of any kind that meets a lost session begins a login, and one that meets a dead account ends it")
{
    bench here;
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    CHECK(here.take_begun() == action::reconnect);
    SECTION("a lost session")
    {
        CHECK(!here.fail(action::reconnect, category::session_lost, start).again);
        (void)here.account.finish(order_of(action::reconnect), false, 3, start);
        CHECK(here.take_begun() == action::relogin);
    }
    SECTION("a lost session, without on_relogin")
    {
        here.callbacks = callback_mask{};
        here.callbacks.add(action::reconnect);
        here.visit(start);
        CHECK(!here.fail(action::reconnect, category::session_lost, start).again);
        CHECK(here.account.admission.account_quarantined_until() == start + 10min);
    }
    SECTION("a dead account")
    {
        auto const ruling = here.fail(action::reconnect, category::account_dead, start);
        CHECK(!ruling.again);
        REQUIRE(ruling.quarantined.has_value());
        CHECK(ruling.quarantined->until == time_point::max());
        CHECK(here.account.admission.account_quarantined_until() == time_point::max());
    }
}

TEST_CASE("a login that on_refresh calls for is over the budget: the quarantine that follows is reported")
{
    bench here;
    for (int spent = 0; spent != 3; ++spent)
        REQUIRE(here.account.logins.take(3, start));
    auto const ruling = here.fail(action::refresh, category::session_lost, start);
    CHECK(!here.take_begun());
    REQUIRE(ruling.quarantined.has_value());
    CHECK(ruling.quarantined->until == start + 24h);
    CHECK(ruling.because == category::session_lost);
    CHECK(here.account.admission.account_quarantined_until() == start + 24h);
}

TEST_CASE("what on_refresh and on_probe call for is begun by no operation, what another recovery calls for by its own")
{
    for (action const act : {action::refresh, action::retry, action::reconnect}) {
        bench here;
        callback_order order = order_of(act, category::stale);
        order.context = "the operation's";
        if (order.is_recovery())
            REQUIRE(here.request(act, start) == ruled::begins);
        classification meaning;
        meaning.what = order.is_recovery() ? category::session_lost : category::connection;
        if (order.is_probe()) {
            here.begin_outage(start);
            (void)here.account.probe_callback_ended(
                {order, order.act, order.act, action_result::failed, &meaning, &here.policies[meaning.what], false, 0.5, start},
                3, start);
        } else {
            (void)here.fail(order, meaning, start, start);
            if (order.is_recovery())
                (void)here.account.finish(order, false, 3, start);
        }
        REQUIRE(here.account.begun.has_value());
        CHECK(here.account.begun->context == (order.is_recovery() ? "the operation's" : ""));
    }
}

TEST_CASE("a recovery that fails is a plain retry, and in an outage the failed probe, which stays owed")
{
    bench here;
    SECTION("without an outage")
    {
        CHECK(!here.fail(action::reconnect, category::unknown, start).again);
    }
    SECTION("in one")
    {
        here.begin_outage(start);
        auto const ruling = here.fail(action::reconnect, category::unknown, start + 20s);
        CHECK(ruling.again);
        CHECK(here.account.recovery_from == start + 22s);
        sender waiting;
        CHECK(here.account.admission.enter(waiting, start + 20s).until == start + 22s);
        here.account.admission.leave(waiting, start + 20s);
    }
}

TEST_CASE("a recovery that fails in an outage and a quarantine is owed, and begins before the first operation that may go again")
{
    bench here;
    here.begin_outage(start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    REQUIRE(here.take_begun() == action::reconnect);
    here.account.admission.quarantine_account(category::temporary, start + 30s, start);
    auto const ruling = here.fail(action::reconnect, category::connection, start + 5s);
    CHECK(!ruling.again);
    CHECK(!here.account.finish(order_of(action::reconnect), false, 3, start + 5s));
    CHECK(!here.account.is_well());
    sender one;
    here.account.begin_postponed(one, 3, start + 29s);
    CHECK(!here.take_begun());
    here.account.begin_postponed(one, 3, start + 30s);
    CHECK(here.take_begun() == action::reconnect);
    CHECK(here.account.admission.recovering());
    CHECK(here.account.recovery_opens() <= start + 6s);  // the gap after the failure is long over
}

TEST_CASE("what is needed in a quarantine of the account is postponed, the strongest of it")
{
    bench here;
    here.account.admission.quarantine_account(category::account_limited, start + 1h, start);
    CHECK(here.request(action::rotate_proxy, start) == ruled::postponed);
    CHECK(here.request(action::reconnect, start + 1s) == ruled::postponed);
    CHECK(!here.take_begun());
    CHECK(!here.account.admission.recovering());
    sender one;
    here.account.begin_postponed(one, 3, start + 1h);
    CHECK(here.take_begun() == action::rotate_proxy);
    CHECK(!here.account.recovery_is_useless(start + 1h));
    CHECK(!here.account.finish(order_of(action::rotate_proxy), true, 3, start + 2h));
    here.account.begin_postponed(one, 3, start + 2h);
    CHECK(!here.take_begun());
}

TEST_CASE("a recovery is useless once its account is quarantined, unless it began for an operation that may go all the same")
{
    bench here;
    SECTION("which began before")
    {
        REQUIRE(here.request(action::reconnect, start) == ruled::begins);
        CHECK(!here.account.recovery_is_useless(start));
        here.account.admission.quarantine_account(category::account_dead, time_point::max(), start + 1s);
        CHECK(here.account.recovery_is_useless(start + 1s));
        here.account.admission.lift_quarantines();
        CHECK(!here.account.recovery_is_useless(start + 1s));
    }
    SECTION("which began for a reply")
    {
        here.account.admission.quarantine_account(category::account_limited, start + 1h, start);
        REQUIRE(here.request(action::reconnect, start) == ruled::postponed);
        sender reply{"messages.sendMessage", 1, true};
        here.account.begin_postponed(reply, 3, start);
        CHECK(here.take_begun() == action::reconnect);
        here.account.admission.await_recovery(reply);
        CHECK(!here.account.recovery_is_useless(start + 1s));
        here.account.admission.leave(reply, start + 2s);  // cancelled
        CHECK(here.account.recovery_is_useless(start + 2s));
    }
}

TEST_CASE("a login that is postponed is paid for when it runs, and keeps its pause")
{
    bench here;
    for (int login = 0; login != 2; ++login)
        REQUIRE(here.account.logins.take(3, start));
    REQUIRE(here.request(action::relogin, start, category::session_lost) == ruled::begins);
    REQUIRE(here.take_begun() == action::relogin);
    here.account.recovery_from = start + 30s;  // the network has prevented it
    here.account.admission.quarantine_account(category::temporary, start + 10s, start);
    here.account.postpone(order_of(action::relogin, category::session_lost), start + 1s);
    (void)here.account.finish(order_of(action::relogin), false, 3, start + 1s);
    sender one;
    here.account.begin_postponed(one, 3, start + 10s);
    CHECK(here.take_begun() == action::relogin);
    CHECK(here.account.recovery_opens() == start + 30s);
    CHECK(!here.account.logins.take(3, start + 10s));
}

TEST_CASE("what is postponed climbs as the ladder says by then, and is gone when its callback is, or the account is closed")
{
    bench here;
    here.begin_outage(start);
    for (int failed = 1; failed <= 2; ++failed)
        (void)here.fail(action::reconnect, category::connection, start + failed * 1s);
    here.account.admission.quarantine_account(category::temporary, start + 30s, start);
    REQUIRE(here.request(action::reconnect, start + 3s) == ruled::postponed);
    sender one;
    SECTION("the ladder")
    {
        here.account.begin_postponed(one, 3, start + 30s);
        CHECK(here.take_begun() == action::rotate_proxy);
    }
    SECTION("the callback")
    {
        here.callbacks = {};
        here.visit(start + 30s);
        here.account.begin_postponed(one, 3, start + 30s);
        CHECK(!here.take_begun());
        CHECK(!here.account.admission.recovering());
    }
    SECTION("the account")
    {
        here.account.stamp = here.account.stamp.after_close();
        here.account.postponed.reset();
        here.account.postpone(order_of(action::reconnect), start + 4s);
        CHECK(!here.account.postponed);
    }
}

TEST_CASE("what a login would have made good is still needed when the login cannot run")
{
    bench here;
    for (int login = 0; login != 3; ++login)
        REQUIRE(here.account.logins.take(3, start));
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    REQUIRE(here.take_begun() == action::reconnect);
    REQUIRE(here.request(action::rotate_proxy, start) == ruled::queued);
    REQUIRE(here.request(action::relogin, start, category::session_lost) == ruled::queued);
    auto const follows = here.account.finish(order_of(action::reconnect), false, 3, start + 1s);
    REQUIRE(follows.has_value());
    CHECK(follows->what == ruled::over_budget);
    here.account.admission.lift_quarantines();
    sender one;
    here.account.begin_postponed(one, 3, start + 1h);
    CHECK(here.take_begun() == action::rotate_proxy);
}

TEST_CASE("a recovery that fails in an outage is not repeated before the stronger one that is owed")
{
    bench here;
    here.begin_outage(start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    REQUIRE(here.take_begun() == action::reconnect);
    REQUIRE(here.request(action::relogin, start, category::session_lost) == ruled::queued);
    auto const ruling = here.fail(action::reconnect, category::connection, start + 5s);
    CHECK(ruling.stays_owed);
    CHECK(!ruling.again);
    CHECK(here.account.finish(order_of(action::reconnect), false, 3, start + 5s).has_value());
    CHECK(here.take_begun() == action::relogin);
}

TEST_CASE("a shortage on our own side in a callback does not climb the ladder, and waits the gap")
{
    bench here;
    here.begin_outage(start);
    classification meaning;
    meaning.what = category::temporary;
    meaning.delivered = mend::delivery::not_sent;
    for (int failed = 1; failed <= 3; ++failed) {
        callback_order const order = order_of(action::reconnect);
        (void)here.account.callback_failed(
            {order, order.act, order.act, action_result::failed, &meaning, &here.policies[meaning.what], true, 0.5, start}, 3,
            start + failed * 5s);
        CHECK(here.account.escalated(action::reconnect, category::connection, 2) == action::reconnect);
        CHECK(here.account.recovery_from > start + failed * 5s);
    }
}

TEST_CASE("a recovery that succeeds while no operation waits is the probe that came through")
{
    bench here;
    here.begin_outage(start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    SECTION("where none waits")
    {
        (void)here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
        CHECK(!here.account.outage.active());
    }
    SECTION("where one waits, that one has to prove it")
    {
        sender waiting;
        here.account.admission.await_recovery(waiting);
        (void)here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
        CHECK(here.account.outage.active());
        CHECK(waiting.wakes == 1);
        here.account.admission.leave(waiting, start + 2s);
    }
}

TEST_CASE("while a recovery waits for a told wait, the account waits until the last of its holds has ended")
{
    bench here;
    sender other{"getHistory"};
    classification of_method = told(category::flood_wait, 1h);
    of_method.where = scope::method;
    (void)here.account.learn_wait(other, of_method, here.policies[category::flood_wait], action::wait, 1h, {}, 0, start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    using kind = mend::account_state::kind;
    CHECK(here.account.sum_up(start).what == kind::recovering);
    (void)here.fail(order_of(action::reconnect), told(category::flood_wait, 60s), start, start);
    CHECK(here.account.sum_up(start).what == kind::waiting);
    CHECK(here.account.sum_up(start).until == start + 1h);
    CHECK(here.account.sum_up(start + 70s).what == kind::recovering);
}

// --- on_probe

TEST_CASE("on_probe lets one operation go when it was answered, and waits for the gap when it was not")
{
    bench here;
    here.callbacks.add_probe();
    here.begin_outage(start);
    sender first;
    using kind = mend::detail::admission_decision::kind;
    CHECK(here.account.admission.enter(first, start).what == kind::wait);
    REQUIRE(here.account.admission.enter(first, start + 20s).what == kind::ask);
    auto const end = [&](action_result result, std::optional<category> what, std::optional<std::chrono::milliseconds> wait = {}) {
        classification meaning;
        meaning.what = what.value_or(category::unknown);
        meaning.retry_after = wait;
        return here.account.probe_callback_ended({order_of(action::retry), action::retry, action::retry, result,
                                                  what ? &meaning : nullptr, &here.policies[meaning.what], false, 0.5,
                                                  start + 20s},
                                                 3, start + 20s);
    };
    SECTION("well")
    {
        CHECK(!end(action_result::succeeded, {}).held);
        CHECK(here.account.admission.enter(first, start + 20s).what == kind::go);
        CHECK(here.account.outage.active());  // sends may fail all the same
    }
    SECTION("with a failure of the server's")
    {
        (void)end(action_result::failed, category::temporary);
        CHECK(here.account.admission.enter(first, start + 20s).until == start + 22s);
        CHECK(here.account.admission.enter(first, start + 22s).what == kind::ask);
    }
    SECTION("with a failure that tells a wait: that holds the account")
    {
        auto const ruling = end(action_result::failed, category::temporary, 60s);
        REQUIRE(ruling.held.has_value());  // observers receive it
        CHECK(ruling.held->where == mend::scope::account);
        CHECK(ruling.held->until >= start + 80s);
        CHECK(here.account.admission.account_held_until() >= start + 80s);
        CHECK(here.account.admission.enter(first, start + 22s).until >= start + 80s);
    }
    SECTION("with nothing that can be read: it is not asked again in this outage")
    {
        (void)end(action_result::failed, category::unknown);
        CHECK(here.account.outage.probe_is_mute());
        CHECK(here.account.admission.enter(first, start + 20s).what == kind::go);
        here.account.probe_failed(category::temporary, start + 20s);
        here.account.admission.on_success(first, false, start + 20s);
        CHECK(here.account.admission.enter(first, start + 22s).what == kind::go);
    }
    SECTION("not within 10 s: neither")
    {
        (void)end(action_result::timed_out, {});
        CHECK(here.account.outage.probe_is_mute());
        CHECK(here.account.admission.enter(first, start + 20s).what == kind::go);
    }
    SECTION("too late, when the outage is over: a wait that it tells holds the account all the same")
    {
        here.account.answered(false, start + 20s);
        auto const ruling = end(action_result::failed, category::flood_wait, 60s);
        CHECK(ruling.held.has_value());
        CHECK(here.account.admission.account_held_until() >= start + 80s);
    }
    here.account.admission.leave(first, start + 22s);
}

// --- the server's outage

TEST_CASE("a recovery that succeeds after its server's outage has ended leaves the ladder where it is")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    here.account.grant_turn(false, start + 1s);
    here.account.server_opens = true;  // another account has been answered while this one waited for a place
    here.account.outage.on_recovery(action::reconnect, 0);
    (void)here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
    CHECK(!here.account.outage.active());
    CHECK(!here.account.take_server_message(start + 2s).answered);
    here.account.outage.on_recovery(action::reconnect, 0);
    CHECK(here.account.escalated(action::reconnect, category::connection, 2) == action::rotate_proxy);
}

TEST_CASE("in a server's outage an operation goes when its account has the turn, and a failure gives that back")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    sender waiting;
    using kind = mend::detail::admission_decision::kind;
    CHECK(here.account.admission.enter(waiting, start + 10s).what == kind::wait);
    CHECK(here.account.take_server_message(start).wants_turn);
    here.account.grant_turn(false, start + 20s);
    CHECK(waiting.wakes >= 1);
    REQUIRE(here.account.admission.enter(waiting, start + 20s).what == kind::go);
    CHECK(!here.account.take_server_message(start + 20s).passes_turn);  // it probes
    here.account.watch({category::temporary, false, false, true, true, false}, 24h, start + 21s);
    here.account.admission.on_success(waiting, false, start + 21s);
    auto const message = here.account.take_server_message(start + 21s);
    CHECK(message.probe_failed);
    CHECK(message.evidence);
    CHECK(!message.answered);
    CHECK(here.account.admission.enter(waiting, start + 1h).what == kind::wait);
    here.account.admission.leave(waiting, start + 1h);
}

TEST_CASE("an account that has nothing to probe with does not want a turn, and passes on one that it has")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    CHECK(!here.account.take_server_message(start).wants_turn);
    here.account.grant_turn(false, start + 1s);
    CHECK(here.account.take_server_message(start + 1s).passes_turn);
    sender waiting;
    CHECK(here.account.admission.enter(waiting, start + 1s).what == mend::detail::admission_decision::kind::wait);
    here.account.admission.leave(waiting, start + 1s);
}

TEST_CASE("a recovery whose callback runs wants no turn: first in the queue, it would keep the others waiting")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    here.account.recovery_is_ready = true;
    CHECK(here.account.take_server_message(start).wants_turn);
    here.account.grant_turn(false, start + 1s);
    here.account.recovery_calls = true;
    CHECK(!here.account.take_server_message(start + 1s).passes_turn);
    here.account.lose_turn(start + 31s);
    auto const message = here.account.take_server_message(start + 31s);
    CHECK(!message.wants_turn);
    CHECK(message.wants_none);
}

TEST_CASE("a turn that has mended the account is kept until its operations have come back, and no longer")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    REQUIRE(here.request(action::reconnect, start) == ruled::begins);
    sender first;
    sender second;
    here.account.admission.await_recovery(first);
    here.account.admission.await_recovery(second);
    here.account.grant_turn(false, start + 1s);
    (void)here.account.finish(order_of(action::reconnect), true, 3, start + 2s);
    CHECK(!here.account.take_server_message(start + 2s).passes_turn);
    here.account.admission.leave(first, start + 3s);  // cancelled, perhaps
    CHECK(!here.account.take_server_message(start + 3s).passes_turn);
    here.account.admission.leave(second, start + 3s);
    CHECK(here.account.take_server_message(start + 3s).passes_turn);
}

TEST_CASE("in a server's outage any recovery that fails is the failed probe, whether or not it is tried again")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    here.account.grant_turn(false, start + 1s);
    SECTION("a login that outlives its time")
    {
        callback_order const login = order_of(action::relogin, category::session_lost);
        (void)here.account.callback_failed(
            {login, login.act, login.act, action_result::timed_out, nullptr, nullptr, false, 0.5, start}, 3, start + 2s);
    }
    SECTION("a reconnect of an account that is quarantined meanwhile")
    {
        here.account.admission.quarantine_account(category::account_limited, start + 1h, start + 1s);
        CHECK(!here.fail(action::reconnect, category::connection, start + 2s).again);
    }
    auto const message = here.account.take_server_message(start + 2s);
    CHECK(message.probe_failed);
    CHECK(!message.passes_turn);
}

TEST_CASE("a disconnect that fails while on_probe runs does not give the turn back")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    here.account.grant_turn(true, start + 1s);
    here.account.asking = true;
    (void)here.fail(action::reconnect, category::connection, start + 2s);
    auto const message = here.account.take_server_message(start + 2s);
    CHECK(!message.probe_failed);
    CHECK(!message.passes_turn);
    CHECK(here.account.granted);
}

TEST_CASE("the answer of one account ends the server's outage, and each account leaves it when it is let out")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    SECTION("the one")
    {
        here.account.answered(true, start + 1s);
        CHECK(here.account.take_server_message(start + 1s).answered);
    }
    SECTION("another")
    {
        here.account.leave_server(start + 1s, start + 1s);
        CHECK(!here.account.take_server_message(start + 1s).answered);
    }
    CHECK(!here.account.outage.active());
    sender next;
    CHECK(here.account.admission.enter(next, start + 1s).what == mend::detail::admission_decision::kind::go);
}
