// What a failure means and teaches: classification, limits, holds, quarantines.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace simulation {

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::scope;
using mend::stop_reason;

namespace {

ms later(ms from, ms by)
{
    return by == ms::max() || from > ms::max() - by ? ms::max() : from + by;
}

}  // namespace

void checker::on_failed(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    int const index = happened.operation;
    demand(it.now == phase::answered && it.answer.reply != said::ok, 1, index, "a failure is told that nobody has seen");
    demand(!it.cancelled, 9, index, "a cancelled attempt counts as a failure");
    failures_.push_back(happened);
    it.last_told = happened;
    it.in_trouble = true;
    if (it.failures == 0)
        it.first_failed = now_;
    it.now = phase::waiting;
    ++it.failures;
    it.must_end.reset();
    it.interrupted = false;
    it.needs.reset();
    it.not_before = it.not_after = it.waits_since = now_;

    meaning const meant = meaning_of(it.answer.reply, it.answer.number, rules_);
    terms given = terms_of(meant.what, policies_);
    given.act = meant.instead.value_or(given.act);
    demand(happened.category == meant.what && happened.act == given.act && happened.delivered == meant.delivered, 0, index,
           fmt::format("{} is taken for {}, {}, delivery {}", to_string(it.answer.reply), to_string(happened.category),
                       to_string(happened.act), to_string(happened.delivered)));
    it.unknown = meant.delivered == mend::delivery::unknown;
    if (it.worst != mend::delivery::sent && meant.delivered != mend::delivery::not_sent)
        it.worst = meant.delivered;
    it.names_moment = meant.instead.has_value();
    it.duplicate = it.duplicate || meant.what == category::duplicate;

    bool const stale =
        strength_of(given.act) != 0 && it.recoveries_seen != from.recoveries && from.last_strength >= strength_of(given.act);
    unsigned& retries = it.retries[static_cast<std::size_t>(meant.what)];
    retries += stale ? 0U : 1U;
    bool const missing = (strength_of(given.act) != 0 || given.act == action::refresh) && !has_callback(given.act);
    bool const helpless =
        missing && (given.act == action::relogin || (given.act == action::refresh && is_blind(it.planned->how)));
    if (given.act == action::fail || helpless)
        it.must_end = stop_reason::not_retryable;
    else if (from.closed)
        it.must_end = stop_reason::closed;
    else if ((!stale && retries > given.retries) || it.attempts >= night_.max_attempts)
        it.must_end = stop_reason::retries_exhausted;
    else if (!it.planned->idempotent && it.unknown)
        it.must_end = stop_reason::delivery_unknown;
    else if (meant.told && *meant.told > given.max_wait)
        it.must_end = stop_reason::wait_too_long;
    else if (strength_of(given.act) != 0 && !missing && !stale && !is_recovering(from) && it.planned->deadline &&
             now_ + given.settle + backoff_of(given, retries).least >= *it.planned->deadline)
        it.must_end = stop_reason::deadline;  // the recovery that it needs takes longer

    bool wall = false;
    if (given.act == action::wait) {
        learn_wait(it, from, meant, given, retries);
        wall = meant.where != scope::operation;
    } else if (given.act == action::retry || (missing && !stale)) {
        span const delay = backoff_of(given, retries);
        ms const told = given.act == action::retry ? meant.told.value_or(0ms) : 0ms;  // it holds nothing, but delays
        it.not_before = now_ + std::max(delay.least, told);
        it.not_after = now_ + std::max(delay.most, told);
    } else if (given.act == action::refresh) {
        it.refreshing = !it.must_end;
    }
    if (given.act == action::relogin && missing && !stale)
        learn_quarantine(it, from, scope::account, meant.what, 10min);
    if (it.must_end && it.must_end != stop_reason::closed && given.quarantine > 0ms)
        learn_quarantine(it, from, meant.where, meant.what, given.quarantine);
    bool const lost = given.act == action::relogin && !stale;
    bool const closed_gate = wall || (it.must_end && given.quarantine > 0ms);
    come_back(it, from, closed_gate ? 1 : 2, closed_gate || lost ? 1 : 2);
    if (strength_of(given.act) != 0 && !missing && it.must_end != stop_reason::closed && !from.closed)
        learn_recovery(it, from, meant, given, stale, retries);
}

/// Its attempt no longer counts at the gates that it passed.
void checker::come_back(operation& it, account& from, int most, int least)
{
    sender const who = sender_of(it);
    from.told.came_through(who, most, least);
    if (most < 2)
        return;
    from.told.forget(who, now_, [&](scope_key const& key) {
        int waits = 0;
        for (int const each : from.operations) {
            operation const& other = at(each);
            sender const waiting = sender_of(other);
            if (&other == &it || other.now != phase::waiting || other.told_end || !key.matches(waiting))
                continue;
            bool const elsewhere = now_ < other.not_before || other.refreshing || other.needs;
            bool const may_be_here = !elsewhere;
            int gates = 0;
            bool held = false;
            for (auto const& [another, its] : from.told.all()) {
                if (!another.matches(waiting))
                    continue;
                held = held || now_ < its.floor;
                ++gates;
            }
            bool const surely = may_be_here && !is_recovering(from) && !held && gates == 1 && now_ >= other.not_after;
            waits = std::max(waits, surely ? 2 : may_be_here ? 1 : 0);
        }
        return least < 2 && waits == 0 ? 1 : waits;
    });
}

void checker::learn_wait(operation& it, account& from, meaning const& meant, terms const& given, unsigned retry)
{
    span delay = backoff_of(given, retry);
    ms max_wait = ms::max();
    if (meant.told) {
        auto const jitter = std::min<double>(static_cast<double>(meant.told->count()) * std::min(0.1, given.jitter), 5000);
        delay = {*meant.told, *meant.told + ms{static_cast<std::int64_t>(std::ceil(jitter))}};
        max_wait = given.max_wait;
    }
    sender const who = sender_of(it);
    scope_key const key = from.told.reach(who, meant.where, meant.what, false, now_);
    if (meant.where == scope::operation || key.where == scope::operation) {
        it.not_before = now_ + delay.least;
        it.not_after = now_ + delay.most;
    } else if (!from.closed) {
        from.told.close(key, who, meant.what, now_ + delay.least, now_ + delay.most, max_wait, now_);
    }
}

void checker::learn_quarantine(operation& it, account& from, scope where, category what, ms lasts)
{
    sender const who = sender_of(it);
    scope_key const key = from.told.reach(who, where, what, true, now_);
    if (key.where != scope::operation)
        from.told.close(key, who, what, later(now_, lasts), later(now_, lasts), ms::max(), now_);
}

/// mend says itself how long it holds what: within what was promised, and then exactly so.
void checker::on_held(entry const& happened)
{
    operation const& it = at(happened.operation);
    sender const who = sender_of(it);
    scope_key const key{happened.where, false, happened.where == scope::peer ? who.peer : 0,
                        happened.where == scope::method ? std::string{who.method} : std::string{}};
    held_scope* const held = of(happened.account).told.find(key);
    ms const until = now_ + happened.delay;
    demand(held != nullptr, 3, happened.operation,
           fmt::format("a {} is held that no failure concerns", to_string(happened.where)));
    if (held == nullptr)
        return;
    demand(until >= held->floor && until <= held->ceiling, 2, happened.operation,
           until < held->floor ? fmt::format("a wait is {} ms shorter than told", (held->floor - until).count())
                               : fmt::format("a wait is {} ms longer than told and jittered", (until - held->ceiling).count()));
    held->settle(until);
}

void checker::on_quarantined(entry const& happened)
{
    account& from = of(happened.account);
    scope_key key;
    key.where = happened.where;
    key.refuses = true;
    if (happened.operation != nobody && happened.where != scope::account) {
        auto const& planned = *at(happened.operation).planned;
        key.peer = happened.where == scope::peer ? planned.peer : 0;
        key.method = happened.where == scope::method ? std::string{planned.method} : std::string{};
    }
    ms const until = later(now_, happened.delay);
    held_scope* const held = from.told.find(key);
    if (held == nullptr && !has_login(from, now_)) {  // until the budget of logins is filled again
        sender teacher;
        teacher.operation = happened.operation;
        from.told.close(key, teacher, happened.category, until, until, ms::max(), now_);
        return;
    }
    demand(held != nullptr, 3, happened.operation,
           fmt::format("a {} is quarantined that no failure concerns", to_string(happened.where)));
    if (held != nullptr)
        demand(until >= held->floor, 13, happened.operation, "a quarantine is shorter than it should be");
}

}  // namespace simulation
