// The machine alone: events in, steps out; no Asio, no clock, no thread.
#include "support/catch.hpp"

#include <mend/detail/recovery_machine.hpp>

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::classification;
using mend::delivery;
using mend::policy;
using mend::policy_table;
using mend::scope;
using mend::stop_reason;
using mend::detail::abilities;
using mend::detail::step;
using mend::detail::time_point;

namespace {

constexpr time_point start = time_point{} + 1000h;

struct machine final : mend::detail::recovery_machine {
    machine(mend::detail::account_situation& account, mend::detail::operation_limits const& limits,
            time_point deadline = time_point::max())
        : recovery_machine{account, limits, "send", 7, false, deadline}
    {
    }
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
};

struct bench {
    mend::detail::account_situation account;
    mend::detail::operation_limits limits;
    policy_table policies;
    abilities callbacks;

    step fail(machine& one, category what, time_point now, delivery delivered = delivery::not_sent,
              std::optional<std::chrono::milliseconds> told = {})
    {
        classification meaning;
        meaning.what = what;
        meaning.where = mend::default_scope(what);
        meaning.delivered = delivered;
        meaning.retry_after = told;
        return one.failed({meaning, policies[what], callbacks, 0.5}, now);
    }
};

}  // namespace

TEST_CASE("a told wait becomes a wait until exactly then, plus jitter")
{
    bench here;
    machine one{here.account, here.limits};
    REQUIRE(one.start(start).what == step::kind::attempt);
    auto const next = here.fail(one, category::flood_wait, start, delivery::not_sent, 37s);
    CHECK(next.what == step::kind::wait);
    CHECK(next.until >= start + 37s);
    CHECK(next.until <= start + 37s + 3700ms);
    CHECK(one.resume(next.until).what == step::kind::attempt);
    CHECK(one.attempts() == 2);
    one.succeeded(next.until);
    CHECK(here.account.in_the_way.clear());
}

TEST_CASE("a permanent failure stops at once")
{
    bench here;
    machine one{here.account, here.limits};
    (void)one.start(start);
    CHECK(here.fail(one, category::permanent, start).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::not_retryable);
}

TEST_CASE("retries are counted for each category apart, and attempts in total")
{
    bench here;
    here.limits.max_attempts = 6;
    machine one{here.account, here.limits};
    (void)one.start(start);
    time_point now = start;
    category const kinds[] = {category::temporary, category::unknown, category::temporary, category::unknown,
                              category::temporary};
    for (category const what : kinds) {
        auto const next = here.fail(one, what, now);
        REQUIRE(next.what == step::kind::wait);
        now = next.until;
        REQUIRE(one.resume(now).what == step::kind::attempt);
    }
    CHECK(here.fail(one, category::custom_0, now).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::retries_exhausted);
}

TEST_CASE("what may have been sent is not repeated unless it is idempotent")
{
    bench here;
    here.limits.idempotent = false;
    machine one{here.account, here.limits};
    (void)one.start(start);
    CHECK(here.fail(one, category::temporary, start, delivery::unknown).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::delivery_unknown);
}

TEST_CASE("the first to meet a broken connection starts the recovery and the others join it")
{
    bench here;
    here.callbacks.add(action::reconnect);
    machine one{here.account, here.limits}, two{here.account, here.limits}, late{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    (void)late.start(start);
    CHECK(here.fail(one, category::connection, start).what == step::kind::recover);
    here.account.in_the_way.await_recovery(one);
    CHECK(here.fail(two, category::connection, start).what == step::kind::wait);

    here.account.word = here.account.word.after_recovery(1);
    here.account.last_recovery = action::reconnect;
    here.account.in_the_way.end_recovery();
    CHECK(one.wakes == 1);
    CHECK(two.wakes == 1);
    CHECK(one.resume(start + 3s).what == step::kind::wait);  // its delay
    // Its attempt began before that recovery ended: its connection is already replaced.
    CHECK(here.fail(late, category::connection, start + 3s).what == step::kind::attempt);
    one.cancelled(start);
    two.cancelled(start);
    late.cancelled(start);
}

TEST_CASE("a recovery that an operation needs starts even when that operation stops")
{
    bench here;
    here.callbacks.add(action::reconnect);
    here.limits.idempotent = false;
    machine one{here.account, here.limits};
    (void)one.start(start);
    auto const last = here.fail(one, category::connection, start, delivery::unknown);
    CHECK(last.what == step::kind::give_up);
    REQUIRE(last.start.has_value());
    CHECK(*last.start == action::reconnect);
    CHECK(here.account.in_the_way.recovering());
}

TEST_CASE("the fourth login within a day quarantines the account until the first is a day old")
{
    bench here;
    here.callbacks.add(action::relogin);
    for (int login = 0; login != 3; ++login)
        REQUIRE(here.account.logins.take(3, start + std::chrono::hours{login}));
    machine one{here.account, here.limits};
    (void)one.start(start + 4h);
    CHECK(here.fail(one, category::session_lost, start + 4h).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::recovery_budget);
    REQUIRE(one.retry_at().has_value());
    CHECK(*one.retry_at() == start + 24h);
    machine two{here.account, here.limits};
    CHECK(two.start(start + 5h).what == step::kind::give_up);
    CHECK(two.why() == stop_reason::quarantined);
}

TEST_CASE("what the server has is not forgotten when a later attempt fails otherwise")
{
    bench here;
    machine one{here.account, here.limits};
    (void)one.start(start);
    auto const next = here.fail(one, category::duplicate, start, delivery::sent);
    REQUIRE(next.what == step::kind::wait);
    REQUIRE(one.resume(next.until).what == step::kind::attempt);
    CHECK(here.fail(one, category::permanent, next.until).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::already_sent);
}

TEST_CASE("a wait that no clock can count is too long, even where the policy would wait for ever")
{
    bench here;
    policy patient = here.policies[category::flood_wait];
    patient.max_wait = policy::forever;
    here.policies.set(category::flood_wait, patient);
    machine one{here.account, here.limits};
    (void)one.start(start);
    CHECK(here.fail(one, category::flood_wait, start, delivery::not_sent, policy::forever).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::wait_too_long);
    CHECK(!one.retry_at());
}

TEST_CASE("whoever waited for a recovery that was too weak runs the one that it needs")
{
    bench here;
    here.callbacks.add(action::reconnect);
    here.callbacks.add(action::relogin);
    machine one{here.account, here.limits}, two{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    REQUIRE(here.fail(one, category::connection, start).what == step::kind::recover);
    here.account.in_the_way.await_recovery(one);
    auto const joined = here.fail(two, category::session_lost, start);
    REQUIRE(joined.what == step::kind::wait);
    CHECK(joined.afterwards == action::relogin);

    here.account.word = here.account.word.after_recovery(1);
    here.account.last_recovery = action::reconnect;
    here.account.in_the_way.end_recovery();
    SECTION("at once")
    {
        auto const next = two.resume(start + 3s);
        CHECK(next.what == step::kind::recover);
        CHECK(next.act == action::relogin);
        CHECK(here.account.in_the_way.recovering());
        CHECK(here.account.in_the_way.recovery() == action::relogin);
    }
    SECTION("whichever it is")
    {
        here.callbacks.add(action::rotate_proxy);
        machine third{here.account, here.limits};
        third.started({});
        here.account.word = {};
        here.account.in_the_way.begin_recovery(action::reconnect);
        REQUIRE(here.fail(third, category::proxy, start).what == step::kind::wait);
        here.account.word = here.account.word.after_recovery(1);
        here.account.in_the_way.end_recovery();
        auto const next = third.resume(start + 3s);
        CHECK(next.what == step::kind::recover);
        CHECK(next.act == action::rotate_proxy);
        third.cancelled(start + 3s);
    }
    SECTION("but not where a login has failed already")
    {
        here.account.in_the_way.quarantine_account(category::session_lost, start + 10min, start + 2s);
        CHECK(two.resume(start + 3s).what == step::kind::give_up);
        CHECK(two.why() == stop_reason::quarantined);
        CHECK(two.retry_at() == start + 10min);
    }
    SECTION("nor where the budget is spent")
    {
        for (int login = 0; login != 3; ++login)
            REQUIRE(here.account.logins.take(3, start));
        CHECK(two.resume(start + 3s).what == step::kind::give_up);
        CHECK(two.why() == stop_reason::recovery_budget);
        CHECK(two.retry_at() == start + 24h);
    }
    SECTION("nor beyond its deadline")
    {
        machine hurried{here.account, here.limits, start + 2500ms};
        here.account.in_the_way.begin_recovery(action::reconnect);
        hurried.started(here.account.word);
        REQUIRE(here.fail(hurried, category::session_lost, start).what == step::kind::wait);
        here.account.word = here.account.word.after_recovery(1);
        here.account.in_the_way.end_recovery();
        CHECK(hurried.resume(start + 3s).what == step::kind::give_up);
        CHECK(hurried.why() == stop_reason::deadline);
    }
    one.cancelled(start + 3s);
    two.cancelled(start + 3s);
}

TEST_CASE("whoever shared a recovery that failed does not ask for another because a weaker one came after it")
{
    bench here;
    here.callbacks.add(action::rotate_proxy);
    here.callbacks.add(action::reconnect);
    machine one{here.account, here.limits}, two{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    REQUIRE(here.fail(one, category::proxy, start).what == step::kind::recover);
    here.account.in_the_way.await_recovery(one);
    REQUIRE(here.fail(two, category::proxy, start).what == step::kind::wait);
    for (action const failed : {action::rotate_proxy, action::reconnect}) {
        here.account.word = here.account.word.after_recovery(0);
        here.account.last_recovery = failed;
        here.account.in_the_way.end_recovery();
    }
    auto const next = two.resume(start + 10s);
    CHECK(next.what == step::kind::wait);  // its backoff
    CHECK(next.until == start + 15s);
    CHECK(!here.account.in_the_way.recovering());
    one.cancelled(start + 10s);
    two.cancelled(start + 10s);
}
