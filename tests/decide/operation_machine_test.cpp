// The machine alone: events in, steps out; no Asio, no clock, no thread.
#include "support/catch.hpp"

#include <mend/detail/operation_machine.hpp>

#include <optional>
#include <utility>

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::classification;
using mend::delivery;
using mend::policy;
using mend::policy_table;
using mend::scope;
using mend::stop_reason;
using mend::detail::callback_mask;
using mend::detail::step;
using mend::detail::time_point;

namespace {

constexpr time_point start = time_point{} + 1000h;

struct machine final : mend::detail::operation_machine {
    machine(mend::detail::recovery_state& account, mend::detail::operation_limits const& limits,
            time_point deadline = time_point::max())
        : machine{account, limits, "send", 7, deadline}
    {
    }
    machine(mend::detail::recovery_state& account, mend::detail::operation_limits const& limits, std::string_view method,
            std::int64_t peer, time_point deadline = time_point::max(), bool reply = false)
        : operation_machine{account, limits, method, peer, reply, deadline}
    {
    }
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
};

/// An account with ten more operations in flight: five failures in a row are its outage.
struct bench {
    mend::detail::recovery_state account;
    mend::detail::operation_limits limits;
    policy_table policies;
    callback_mask callbacks;
    unsigned in_flight = 10;

    step fail(machine& one, category what, time_point now, delivery delivered = delivery::not_sent,
              std::optional<std::chrono::milliseconds> told = {})
    {
        classification meaning;
        meaning.what = what;
        meaning.where = mend::default_scope(what);
        meaning.delivered = delivered;
        meaning.retry_after = told;
        account.visit(callbacks, 0, in_flight, now);
        return one.failed({meaning, policies[what], 0.5}, now);
    }

    /// The recovery that has begun, and has not ended.
    [[nodiscard]] std::optional<action> begun() const { return account.begun ? std::optional{account.begun->act} : std::nullopt; }
    [[nodiscard]] std::optional<action> owed() const { return account.owed ? std::optional{account.owed->act} : std::nullopt; }
    void end_recovery(bool succeeded, time_point now)
    {
        REQUIRE(account.begun.has_value());
        auto const ended = *std::exchange(account.begun, std::nullopt);
        (void)account.finish(ended, succeeded, limits.relogins_per_day, now);
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
    CHECK(here.account.admission.clear());
}

TEST_CASE("an operation keeps its told wait, also if the hold is of methods or chats that are not its own")
{
    for (scope const where : {scope::account, scope::method, scope::peer, scope::operation, scope::sending, scope::groups}) {
        for (action const act : {action::wait, action::retry, action::reconnect}) {
            for (std::string_view const method : {"", "getMe", "sendMessage"}) {
                for (std::int64_t const peer : {0, 7, -7}) {
                    INFO(to_string(where) << ' ' << to_string(act) << " '" << method << "' " << peer);
                    bench here;
                    machine one{here.account, here.limits, method, peer};
                    REQUIRE(one.start(start).what == step::kind::attempt);
                    classification told;
                    told.what = category::account_limited;
                    told.where = where;
                    told.instead = act;
                    told.retry_after = 37s;
                    here.account.visit(here.callbacks, 0, here.in_flight, start);
                    step next = one.failed({told, policy{.act = action::wait, .max_retries = 3}, 0.5}, start);
                    auto now = start;
                    while (next.what == step::kind::wait) {
                        REQUIRE(next.until > now);
                        now = next.until;
                        next = one.resume(now);
                    }
                    CHECK(next.what == step::kind::attempt);
                    CHECK(now >= start + 37s);
                    one.cancelled(now);
                }
            }
        }
    }
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
    CHECK(here.fail(one, category::connection, start).what == step::kind::wait);
    CHECK(here.begun() == action::reconnect);
    CHECK(here.account.begun_by == &one);
    CHECK(here.fail(two, category::connection, start).what == step::kind::wait);
    CHECK(!here.owed());

    here.end_recovery(true, start + 3s);
    CHECK(one.wakes == 1);
    CHECK(two.wakes == 1);
    auto const next = one.resume(start + 3s);
    CHECK(next.what == step::kind::wait);
    CHECK(next.until == start + 4s);  // its delay
    // Its attempt began before that recovery ended: its connection is already replaced.
    CHECK(here.fail(late, category::connection, start + 3s).what == step::kind::attempt);
    CHECK(!here.begun());
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
    CHECK(here.fail(one, category::connection, start, delivery::unknown).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::delivery_unknown);
    CHECK(here.begun() == action::reconnect);
    CHECK(here.account.begun_by == nullptr);
    CHECK(here.account.admission.recovering());
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

TEST_CASE("a wait that no clock can count is too long, even if the policy would wait for ever")
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

TEST_CASE("an operation that waits for a recovery that is too weak is owed the one that it needs")
{
    bench here;
    here.callbacks.add(action::reconnect);
    here.callbacks.add(action::rotate_proxy);
    here.callbacks.add(action::relogin);
    machine one{here.account, here.limits}, two{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    REQUIRE(here.fail(one, category::connection, start).what == step::kind::wait);
    REQUIRE(here.begun() == action::reconnect);

    SECTION("at once")
    {
        REQUIRE(here.fail(two, category::session_lost, start).what == step::kind::wait);
        CHECK(here.owed() == action::relogin);
        here.end_recovery(true, start + 3s);
        CHECK(here.begun() == action::relogin);
        CHECK(here.account.admission.recovery() == action::relogin);
        CHECK(two.resume(start + 3s).what == step::kind::wait);
        here.end_recovery(true, start + 4s);
        CHECK(two.resume(start + 4s).what == step::kind::attempt);
    }
    SECTION("of any action, and the strongest of several")
    {
        machine third{here.account, here.limits};
        third.started({});
        REQUIRE(here.fail(third, category::proxy, start).what == step::kind::wait);
        CHECK(here.owed() == action::rotate_proxy);
        REQUIRE(here.fail(two, category::session_lost, start).what == step::kind::wait);
        CHECK(here.owed() == action::relogin);
        here.end_recovery(true, start + 3s);
        CHECK(here.begun() == action::relogin);
        CHECK(!here.owed());
        third.cancelled(start + 3s);
    }
    SECTION("but not where a login has failed already")
    {
        REQUIRE(here.fail(two, category::session_lost, start).what == step::kind::wait);
        here.account.admission.quarantine_account(category::session_lost, start + 10min, start + 2s);
        here.end_recovery(true, start + 3s);
        CHECK(!here.begun());
        CHECK(two.resume(start + 3s).what == step::kind::give_up);
        CHECK(two.why() == stop_reason::quarantined);
        CHECK(two.retry_at() == start + 10min);
    }
    SECTION("nor where the budget is spent")
    {
        REQUIRE(here.fail(two, category::session_lost, start).what == step::kind::wait);
        for (int login = 0; login != 3; ++login)
            REQUIRE(here.account.logins.take(3, start));
        here.end_recovery(true, start + 3s);
        CHECK(!here.begun());
        CHECK(two.resume(start + 3s).what == step::kind::give_up);
        CHECK(two.why() == stop_reason::recovery_budget);
        CHECK(two.retry_at() == start + 24h);
    }
    SECTION("nor beyond its deadline")
    {
        machine hurried{here.account, here.limits, start + 2500ms};
        hurried.started(here.account.stamp);
        REQUIRE(here.fail(hurried, category::session_lost, start).what == step::kind::wait);
        here.end_recovery(true, start + 3s);
        CHECK(hurried.resume(start + 3s).what == step::kind::give_up);
        CHECK(hurried.why() == stop_reason::deadline);
    }
    one.cancelled(start + 3s);
    two.cancelled(start + 3s);
}

TEST_CASE("a recovery that has failed is not asked for again because a weaker one failed after it")
{
    bench here;
    here.callbacks.add(action::rotate_proxy);
    here.callbacks.add(action::reconnect);
    machine one{here.account, here.limits}, two{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    REQUIRE(here.fail(one, category::proxy, start).what == step::kind::wait);
    REQUIRE(here.fail(two, category::proxy, start).what == step::kind::wait);
    REQUIRE(here.begun() == action::rotate_proxy);
    here.end_recovery(false, start + 2s);
    mend::detail::callback_order weaker;
    weaker.act = action::reconnect;
    REQUIRE(here.account.request(weaker, 3, start + 2s).what == mend::detail::recovery_decision::kind::begins);
    here.end_recovery(false, start + 4s);
    auto const next = two.resume(start + 10s);
    CHECK(next.what == step::kind::wait);  // its backoff
    CHECK(next.until == start + 15s);
    CHECK(!here.account.admission.recovering());
    one.cancelled(start + 10s);
    two.cancelled(start + 10s);
}

TEST_CASE("a lone operation that fails twice is an outage, and makes its attempts as its policy says")
{
    bench here;
    here.in_flight = 1;
    machine one{here.account, here.limits};
    (void)one.start(start);
    CHECK(here.fail(one, category::temporary, start).until == start + 1s);
    REQUIRE(one.resume(start + 1s).what == step::kind::attempt);
    CHECK(!here.account.outage.active());
    CHECK(here.fail(one, category::temporary, start + 1s).until == start + 3s);
    CHECK(here.account.outage.active());
    CHECK(here.account.outage.since() == start);
    REQUIRE(one.resume(start + 3s).what == step::kind::attempt);
    CHECK(here.account.admission.is_probe(one));
    one.succeeded(start + 3s);
    CHECK(!here.account.outage.active());
}

TEST_CASE("in an outage one operation at a time goes, after the gap, and the others behind it")
{
    bench here;
    here.in_flight = 1;
    machine one{here.account, here.limits}, two{here.account, here.limits}, three{here.account, here.limits};
    for (auto* each : {&one, &two})
        (void)each->start(start);
    (void)here.fail(one, category::temporary, start);
    (void)here.fail(two, category::temporary, start);
    REQUIRE(here.account.outage.active());
    auto const waits = three.start(start + 100ms);
    CHECK(waits.what == step::kind::wait);
    CHECK(waits.until == start + 500ms);
    CHECK(three.resume(start + 499ms).what == step::kind::wait);
    REQUIRE(three.resume(start + 500ms).what == step::kind::attempt);
    CHECK(one.resume(start + 1s).what == step::kind::wait);
    (void)here.fail(three, category::temporary, start + 10s);
    CHECK(one.resume(start + 10s).until == start + 11s);  // a tenth of the outage's age
    REQUIRE(one.resume(start + 11s).what == step::kind::attempt);
    one.succeeded(start + 11s);
    CHECK(two.resume(start + 11s).what == step::kind::attempt);
    for (auto* each : {&two, &three})
        each->cancelled(start + 11s);
}

TEST_CASE("an operation waits for the end of an outage no longer than its category's max_wait")
{
    bench here;
    here.in_flight = 1;
    here.policies.update(category::temporary, [](policy& each) { each.max_wait = 20s; });
    machine one{here.account, here.limits}, next{here.account, here.limits};
    (void)one.start(start);
    (void)here.fail(one, category::temporary, start);
    REQUIRE(one.resume(start + 1s).what == step::kind::attempt);
    (void)here.fail(one, category::temporary, start + 1s);
    REQUIRE(one.resume(start + 3s).what == step::kind::attempt);  // the probe, which hangs
    REQUIRE(here.account.outage.active());
    auto const waits = next.start(start + 4s);
    CHECK(waits.what == step::kind::wait);
    CHECK(waits.until == start + 24s);
    CHECK(next.resume(start + 24s).what == step::kind::give_up);
    CHECK(next.why() == stop_reason::wait_too_long);
    one.cancelled(start + 24s);
}

TEST_CASE("an operation that is about to be let out, since its server's outage is over, has not waited too long")
{
    bench here;
    here.account.join_server(start, 1, 20s, start);
    machine next{here.account, here.limits};
    CHECK(next.start(start + 4s).until == start + 24s);
    bool const over = GENERATE(false, true);
    here.account.server_opens = over;
    CHECK(next.resume(start + 24s).what == (over ? step::kind::wait : step::kind::give_up));
    if (over)
        next.cancelled(start + 24s);
}

TEST_CASE("a recovery that fails in an outage costs the operation that began it a retry")
{
    bench here;
    here.callbacks.add(action::reconnect);
    machine one{here.account, here.limits}, two{here.account, here.limits};
    (void)one.start(start);
    (void)two.start(start);
    (void)here.fail(one, category::connection, start);
    (void)here.fail(two, category::connection, start);
    for (int failure = 0; failure != 2; ++failure) {
        one.charge_retry();
        CHECK(one.resume(start + 3s).what == step::kind::wait);
    }
    CHECK(one.wakes == 2);
    one.charge_retry();
    CHECK(one.resume(start + 3s).what == step::kind::give_up);
    CHECK(one.why() == stop_reason::retries_exhausted);
    CHECK(two.resume(start + 3s).what == step::kind::wait);
    CHECK(here.begun() == action::reconnect);
    two.cancelled(start + 3s);
}

TEST_CASE("an operation whose postponed recovery has lost its callback goes on without it")
{
    bench here;
    here.callbacks.add(action::reconnect);
    here.callbacks.add(action::rotate_proxy);
    machine other{here.account, here.limits, "sendMessage", 7};
    machine reply{here.account, here.limits, "sendMessage", 7, time_point::max(), true};
    REQUIRE(other.start(start).what == step::kind::attempt);
    REQUIRE(reply.start(start).what == step::kind::attempt);
    (void)here.fail(other, category::connection, start);
    REQUIRE(here.begun() == action::reconnect);
    REQUIRE(here.fail(reply, category::proxy, start).what == step::kind::wait);
    REQUIRE(here.owed() == action::rotate_proxy);
    here.account.admission.quarantine_account(category::account_limited, start + 24h, start);
    here.callbacks = {};
    here.account.visit(here.callbacks, 0, here.in_flight, start + 1s);
    here.end_recovery(true, start + 1s);
    auto next = reply.resume(start + 1s);
    if (next.what == step::kind::wait) {
        REQUIRE(next.until < start + 1h);
        next = reply.resume(next.until);
    }
    CHECK(next.what == step::kind::attempt);
    other.cancelled(start + 1h);
    reply.cancelled(start + 1h);
}
