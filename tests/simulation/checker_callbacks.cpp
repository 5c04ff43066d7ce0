// Callbacks: how many run, in which order, for how long, and what they teach.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::scope;

void checker::on_callback_began(entry const& happened)
{
    if (happened.which == callback::probe)
        return on_probe_began(happened);
    ++running_;
    demand(running_ <= night_.max_concurrent_recoveries, 7, happened.operation, "more callbacks at once than allowed");
    if (happened.which == callback::refresh) {
        refreshing_[happened.operation] = happened.run;
        refreshed_.erase(happened.operation);
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
    for (auto const& [key, held] : from.told.all()) {
        bool const whole = key.where == scope::account && !key.refuses && !key.opening;
        demand(
            !whole || now_ >= held.floor || from.closed || happened.which == callback::disconnect, 2, index,
            fmt::format("{} begins {} ms before the end of a told wait", to_string(happened.which), (held.floor - now_).count()));
    }
    if (happened.which == callback::disconnect || !from.running)
        return;
    check_useful(from, *from.running, index);
    if (from.login_waits && from.running == action::relogin) {
        demand(now_ >= from.login_again || from.closed, 7, index, "a login that the network has prevented is repeated too soon");
        from.login_waits = false;
    }
    from.acted_since = now_;
    check_gap(from, index);
    outage* const its = outage_of(from);
    // A login may be a probe, too; also in the place of one that has not ended for 30 s.
    bool const takes_turn =
        its != nullptr && (its->turn_of == number_of(from) || !is_busy(*its) || now_ >= its->turn_began + 30s);
    if (takes_turn && from.running == action::relogin) {
        its->attempt_of = its->turn_of == number_of(from) ? its->attempt_of : nobody;
        its->turn_of = number_of(from);
        its->turn_began = now_;
        its->recovering = true;
        its->asking = false;
    }
    if (its != nullptr && from.running != action::relogin && !from.closed && its->declared < now_) {
        bool const servers = its != &from.own;
        begin_turn(*its, from, servers ? 15 : 14, index, to_string(happened.which));
        its->recovering = its->tried = true;
        from.began_in_outage = true;
        // Where nothing weaker can be done, a rotation is the only probe there is.
        if (servers && from.running == action::rotate_proxy && has_callback(action::reconnect)) {
            ms const age = now_ - its->first_least;
            std::size_t const so_many = its->rotations.size();
            demand(so_many < 1 || night_.tells_proxies || age >= its->rotations.front() * (1LL << (so_many - 1)), 15, index,
                   fmt::format("it rotates for the {}th time in an outage, {} ms old", so_many + 1, age.count()));
            its->rotations.push_back(now_ - its->first_most);
        }
    }
    demand(happened.which == callback_of(*from.running) && happened.act == from.running, 5, index,
           "the callback of another action");
    demand(!from.disconnect_failed, 7, index, "a callback runs though the disconnect failed");
    demand(from.disconnected.has_value(), 6, index, "a callback runs before the disconnect has ended");
    if (from.disconnected && !from.closed)
        demand(now_ - *from.disconnected >= from.settle, 6, index, "a callback runs before the connection has settled");
}

void checker::on_callback_ended(entry const& happened)
{
    account& from = of(happened.account);
    if (running_ >= night_.max_concurrent_recoveries)
        places_taken_ = now_;
    running_ -= happened.which != callback::probe && abandoned_.erase(happened.run) == 0 ? 1U : 0U;
    if (happened.which == callback::refresh) {  // attempts go on beside it until mend has looked at what it threw
        if (refreshing_[happened.operation] == happened.run)
            refreshed_.insert_or_assign(happened.operation, happened);
        return;
    }
    if (happened.which == callback::probe) {
        if (from.probe && from.probe->run == happened.run)
            learn_from_callback(from, happened, nobody);
        return on_probe_ended(happened);
    }
    if (!from.callback || from.callback->run != happened.run)
        return;  // was left behind
    learn_from_callback(from, happened, nobody);
    ms const began = from.callback->began;
    from.callback.reset();
    demand(from.closed || now_ - began <= 2 * from.timeout, 7, happened.operation,
           "a callback outlives its time and is waited for");
    if (happened.reply == said::cut)
        demand(from.closed || now_ - began <= from.timeout, 7, happened.operation, "a callback is cancelled too late");
    if (happened.which == callback::disconnect) {
        from.disconnected = now_;
        from.disconnect_failed = !happened.ok;
    } else {
        from.acted = happened.ok;
    }
}

/// What a callback throws is the account's own failure, as if a send had met it.
void checker::learn_from_callback(account& from, entry const& happened, int index)
{
    if (happened.reply == said::ok || happened.reply == said::cut)
        return;
    meaning const met = meaning_of(happened.reply, happened.number, {}, rules_);
    if (is_evidence(met))  // for the server also where the account is closed
        from.row.push_back({now_, false});
    if (from.closed)
        return;
    terms const given = terms_of(met.what, policies_);
    action const act = met.instead.value_or(given.act);
    sender who;
    who.operation = std::max(index, 0);
    from.acted_dead = from.acted_dead || met.what == category::account_dead;
    if (index == nobody)
        from.callback_met = met;
    if (index == nobody && happened.which != callback::probe)
        from.threw = met.what;
    if (is_answer(met.what)) {
        from.callback_answered = now_;
        from.row_most = 0;
    }
    if (met.told) {
        auto const jitter = std::min<double>(static_cast<double>(met.told->count()) * std::min(0.1, given.jitter), 5000);
        from.told.close({scope::account, false, 0, {}}, who, met.what, now_ + *met.told,
                        now_ + *met.told + ms{static_cast<std::int64_t>(std::ceil(jitter))}, given.max_wait, now_);
    }
    if (act == action::fail && given.quarantine > 0ms)
        learn_quarantine(who, from, met.where, met.what, given.quarantine);
    // A failure whose own action is a stronger recovery starts that one.
    bool const stronger = strength_of(act) > (from.running ? strength_of(*from.running) : 0U);
    // Of an operation inside a callback, what it meets itself starts none; what its on_refresh throws does.
    bool const met_inside = index != nobody && at(index).planned->nested && happened.what == entry::kind::answer;
    if (!stronger || met_inside)
        return;
    if (happened.which == callback::probe && act != action::relogin) {  // the outage decides when, and whether
        from.repeats = act;
        from.last_timeout = given.action_timeout;
        return;
    }
    if (has_callback(act) && act != action::relogin)
        from.needs.push_back(
            {nobody, act, given.settle, given.action_timeout, given.escalate_after, now_, true, false, false, met.what});
    else if (act == action::relogin)
        need_login(from, given, met.what);
}

/// A recovery that is not a login has found the session lost.
void checker::need_login(account& from, terms const& given, category what)
{
    scope_key const whole{scope::account, true, 0, {}};
    held_scope const* const quarantine = from.told.find(whole);
    if (has_callback(action::relogin) && quarantine != nullptr && quarantine->ceiling > now_)
        return;
    if (std::any_of(from.needs.begin(), from.needs.end(), [](need const& each) { return each.paid; }))
        return;  // there is one to come already
    if (has_callback(action::relogin) && !has_login(from, now_) &&
        is_recovering(from)) {  // the budget is asked when that has ended
        from.needs.push_back({nobody, action::relogin, given.settle, given.action_timeout, 0, now_, true, false, true, what});
        return;
    }
    sender nobody_in_particular;
    if (!has_callback(action::relogin) || !has_login(from, now_)) {
        ms const until = has_callback(action::relogin) ? refill_of(from) : now_ + 10min;
        from.told.close(whole, nobody_in_particular, category::session_lost, until, until, ms::max(), now_);
        return;
    }
    bool const queued = is_recovering(from);  // then it is taken out of the budget when that has ended
    from.logins.push_back(now_);
    from.needs.push_back({nobody, action::relogin, given.settle, given.action_timeout, 0, now_, true, false, queued, what, true});
}

/// A callback still runs and is no longer waited for: its place is free.
void checker::on_overdue(entry const& happened)
{
    account& from = of(happened.account);
    if (running_ >= night_.max_concurrent_recoveries)
        places_taken_ = now_;
    auto const abandon = [&](std::optional<running_callback>& which, bool has_place) {
        if (!which)
            return;
        if (has_place && abandoned_.insert(which->run).second)
            --running_;
        which.reset();
    };
    if (happened.act == action::retry) {
        abandon(from.probe, false);
        return answer_probe(from, true, false);
    }
    if (happened.act == action::refresh) {
        auto const found = refreshing_.find(happened.operation);
        if (found != refreshing_.end() && abandoned_.insert(found->second).second)
            --running_;
        return;
    }
    from.overdue = true;
    abandon(from.callback, true);
}

}  // namespace simulation
