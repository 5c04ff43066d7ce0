// Recoveries: one at a time, in order, shared, bounded, and none without need.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace simulation {

using namespace std::chrono_literals;
using mend::action;
using mend::action_result;
using mend::category;
using mend::scope;
using mend::stop_reason;

bool checker::has_callback(action act) const
{
    return night_.callbacks[static_cast<std::size_t>(callback_of(act))];
}

bool checker::has_login(account& from, ms now) const
{
    std::erase_if(from.logins, [&](ms each) { return each + 24h <= now; });
    return from.logins.size() < night_.relogins_per_day;
}

/// When the budget of logins, spent now, has one again.
ms checker::refill_of(account const& from) const
{
    unsigned const a_day = night_.relogins_per_day;
    return (a_day == 0 ? now_ : from.logins[from.logins.size() - a_day]) + 24h;
}

void checker::learn_recovery(operation& it, account& from, meaning const& meant, terms const& given, bool stale, unsigned retry)
{
    if (stale)
        return;  // its connection has been replaced already: it just retries
    int const index = static_cast<int>(it.planned->index);
    auto const stop = [&](stop_reason why) { it.must_end = why; };
    bool const others = is_recovering(from);
    if (given.act == action::relogin && !others) {
        scope_key const key{scope::account, true, 0, {}};
        held_scope const* const quarantine = from.told.find(key);
        if (quarantine != nullptr && quarantine->ceiling > now_)
            return stop(stop_reason::quarantined);
        if (!has_login(from, now_)) {
            ms const refill = refill_of(from);
            from.told.close(key, sender_of(it), meant.what, refill, refill, ms::max(), now_);
            return stop(stop_reason::recovery_budget);
        }
        from.logins.push_back(now_);
    }
    unsigned const under_way = from.running         ? strength_of(*from.running)
                               : from.needs.empty() ? 0U
                                                    : strength_of(from.needs.front().act);
    if (!others || strength_of(given.act) > under_way || !it.must_end)
        from.needs.push_back({index, given.act, given.settle, given.action_timeout});
    if (it.must_end)
        return;
    it.needs = given.act;
    it.delay = backoff_of(given, retry);
}

void checker::on_action_started(entry const& happened)
{
    account& from = of(happened.account);
    ++running_;
    ++actions_[static_cast<std::size_t>(happened.act)].started;
    demand(running_ <= night_.max_concurrent_recoveries, 7, happened.operation, "more recoveries at once than allowed");
    if (happened.act == action::refresh)
        return demand(at(happened.operation).refreshing, 5, happened.operation, "a refresh that nobody needs");
    demand(!from.running, 5, happened.operation, "two recoveries of one account at once");
    from.running = happened.act;
    from.settle = ms::max();
    from.timeout = 0ms;
    for (need const& each : from.needs) {
        if (each.act != happened.act)
            continue;
        from.settle = std::min(from.settle, each.settle);
        from.timeout = std::max(from.timeout, each.timeout);
    }
    demand(
        from.closed || from.settle != ms::max(), happened.act == action::relogin ? 7 : 5, happened.operation,
        fmt::format("{} starts, and nobody needs it: what failed began before the last recovery ended", to_string(happened.act)));
    if (happened.act == action::relogin) {
        auto const count = static_cast<unsigned>(from.logins.size());
        demand(from.closed || count <= night_.relogins_per_day, 7, happened.operation, "more logins in a day than allowed");
    }
    bool const disconnects = night_.callbacks[static_cast<std::size_t>(callback::disconnect)];
    from.disconnected = disconnects ? std::nullopt : std::optional{now_};
    from.disconnect_failed = from.overdue = from.acted_dead = false;
    from.acted.reset();
}

void checker::on_callback_began(entry const& happened)
{
    if (happened.which == callback::refresh) {
        operation const& it = at(happened.operation);
        bool const known = happened.attempt == it.attempts && happened.act == action::refresh;
        bool const where = it.answer.reply != said::user_migrate || happened.number == it.answer.number;
        return demand(known && where, 5, happened.operation, "the refresh is not told what it has to know");
    }
    account& from = of(happened.account);
    int const index = happened.operation;
    demand(!from.callback, 5, index, "two callbacks of one account at once");
    demand(from.running.has_value(), 5, index, "a callback without a recovery");
    from.callback = running_callback{happened.which, now_, happened.run};
    if (happened.which == callback::disconnect || !from.running)
        return;
    demand(happened.which == callback_of(*from.running) && happened.act == from.running, 5, index,
           "the callback of another action");
    demand(!from.disconnect_failed, 7, index, "a callback runs though the disconnect failed");
    demand(from.disconnected.has_value(), 6, index, "a callback runs before the disconnect has ended");
    if (from.disconnected && !from.closed)
        demand(now_ - *from.disconnected >= from.settle, 6, index, "a callback runs before the connection has settled");
}

void checker::on_callback_ended(entry const& happened)
{
    if (happened.which == callback::refresh)
        return;
    account& from = of(happened.account);
    if (!from.callback || from.callback->run != happened.run)
        return;  // was left behind
    ms const began = from.callback->began;
    from.callback.reset();
    demand(from.closed || now_ - began <= 2 * from.timeout, 7, happened.operation,
           "a callback outlives its time and is waited for");
    if (happened.text == "cancelled")
        demand(from.closed || now_ - began <= from.timeout, 7, happened.operation, "a callback is cancelled too late");
    if (happened.which == callback::disconnect) {
        from.disconnected = now_;
        from.disconnect_failed = !happened.ok;
    } else {
        from.acted = happened.ok;
        from.acted_dead = happened.reply == said::deactivated;
    }
}

void checker::on_action_ended(entry const& happened)
{
    account& from = of(happened.account);
    auto& counted = actions_[static_cast<std::size_t>(happened.act)];
    counted.started += happened.result == action_result::missing ? 1U : 0U;
    counted.succeeded += happened.result == action_result::succeeded ? 1U : 0U;
    if (happened.result == action_result::missing)
        return demand(!has_callback(happened.act), 7, happened.operation, "a callback is called missing, and is not");
    --running_;
    if (happened.act == action::refresh) {
        operation& it = at(happened.operation);
        it.refreshing = false;
        it.not_before = it.not_after = now_;
        return;
    }
    demand(from.running == happened.act, 5, happened.operation, "a recovery ends that has not begun");
    demand(!from.callback, 6, happened.operation, "a recovery ends while its callback runs");
    bool const good = happened.result == action_result::succeeded;
    demand(good == (from.acted == true && !from.disconnect_failed && !from.overdue) || from.closed, 7, happened.operation,
           fmt::format("a recovery is said to have ended as {}", to_string(happened.result)));
    from.running.reset();
    ++from.recoveries;
    from.recovered = now_;
    from.last_strength = good ? strength_of(happened.act) : 0;

    // Whoever needed no more than this has had it, for better or worse.
    unsigned const had = strength_of(happened.act);
    std::erase_if(from.needs, [&](need const& each) { return strength_of(each.act) <= had; });
    for (int const each : from.operations) {
        operation& it = at(each);
        if (!it.needs || strength_of(*it.needs) > had)
            continue;
        bool const plain = good || *it.needs != action::relogin;
        it.not_before = plain ? now_ + it.delay.least : now_;
        it.not_after = plain ? now_ + it.delay.most : now_;
        it.needs.reset();
    }
    scope_key const whole{scope::account, true, 0, {}};
    sender teacher;
    teacher.operation = std::max(happened.operation, 0);
    if (happened.act == action::relogin && !good && happened.result != action_result::cancelled) {
        ms const until = from.acted_dead ? forever : now_ + 10min;
        from.told.close(whole, teacher, from.acted_dead ? category::account_dead : category::session_lost, until, until,
                        ms::max(), now_);
    }
    if (happened.act == action::relogin && good)
        from.told.close({scope::account, false, 0, {}}, teacher, category::session_lost, now_, now_, ms::max(), now_);
    if (from.needs.empty() || from.needs.front().act != action::relogin)
        return;
    // A login that is needed besides: not in a quarantine, where it would only cost the budget, and not beyond that.
    held_scope const* const quarantine = from.told.find(whole);
    bool const quarantined = quarantine != nullptr && quarantine->ceiling > now_;
    if (!quarantined && has_login(from, now_)) {
        from.logins.push_back(now_);
        return;
    }
    if (!quarantined)
        from.told.close(whole, teacher, category::session_lost, refill_of(from), refill_of(from), ms::max(), now_);
    from.needs.clear();
    for (int const each : from.operations)
        at(each).needs.reset();
}

}  // namespace simulation
