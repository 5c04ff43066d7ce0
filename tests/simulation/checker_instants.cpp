// When an instant is over, all that had to follow has followed: no operation waits without cause, nothing runs for ever.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using mend::scope;

namespace {

constexpr ms never = ms::max();

}  // namespace

/// Time goes on: judges each account when something has happened to it, and when what it waits for is due.
void checker::settle(ms until)
{
    ms const reached = now_;
    demand(complaints_ == thrown_, 11, nobody,
           fmt::format("user code threw {} times, {} complaints were made", thrown_, complaints_));
    for (account& each : accounts_) {
        if (each.dirty) {
            judge_evidence(each, number_of(each));
            judge_order(each, reached);
            judge(each, reached);
            each.dirty = false;
        }
        while (each.due < until && !first_) {
            now_ = each.due;
            judge(each, now_);
        }
        now_ = reached;
    }
    now_ = until;
}

/// First come, first served: no operation that waits at one gate alone has been overtaken there by one that came later.
void checker::judge_order(account& it, ms now)
{
    auto const passed = std::exchange(it.passed, {});
    // When a recovery ends, all who have waited for it come at once, and who is first depends on their executors.
    if (passed.empty() || is_recovering(it) || it.recovered == now || perhaps_in_outage(it))
        return;
    for (int const index : it.operations) {
        operation const& each = at(index);
        ms const came = std::max(each.waits_since, each.not_after);
        if (each.now != phase::waiting || each.refreshing || now < came)
            continue;
        scope_key const* only = nullptr;
        int gates = 0;
        for (auto const& [key, held] : it.told.all()) {
            if (key.matches(sender_of(each))) {
                only = &key;
                ++gates;
            }
        }
        if (gates != 1)
            continue;
        auto const found = passed.find(*only);
        demand(found == passed.end() || found->second <= came, 4, index,
               "it has been overtaken at a gate by one that came later");
    }
}

/// What an account says of itself.
void checker::on_looked(entry const& happened)
{
    using state = mend::account_state::kind;
    account& from = of(happened.account);
    bool const perhaps_quarantined = std::any_of(from.told.all().begin(), from.told.all().end(), [&](auto const& entry) {
        return entry.first.refuses && !entry.second.certain && now_ < entry.second.ceiling;
    });
    if (perhaps_quarantined && !from.closed)  // another thread has lifted it, or not yet learnt of it then
        return;
    state expected = from.closed ? state::closed : is_recovering(from) ? state::recovering : state::healthy;
    ms until = long_ago;
    if (!from.closed) {
        for (auto const& [key, held] : from.told.all()) {
            state const kind = key.refuses ? state::quarantined : state::waiting;
            bool const worse = kind > expected || (kind == expected && held.ceiling > until);
            if (now_ >= held.ceiling || !worse || key.opening)  // who is let out already is healthy
                continue;
            expected = kind;
            until = held.ceiling;
        }
    }
    if (perhaps_in_outage(from) && happened.state == state::outage) {
        outage const* const its = outage_of(from);
        demand(happened.since && *happened.since <= now_ && (its == nullptr || *happened.since >= its->first_least), 14, nobody,
               "the account tells of an outage, and not since when");
        return;
    }
    // A recovery that waits for the end of a told wait, or disconnects meanwhile: one or the other.
    held_scope const* const whole = from.told.find({scope::account, false, 0, {}});
    bool const connects = from.callback && from.callback->which != callback::disconnect;
    if (is_recovering(from) && !connects && happened.state == state::waiting && whole != nullptr && now_ < whole->ceiling) {
        expected = state::waiting;
        for (auto const& [key, held] : from.told.all())
            until = std::max(until, key.refuses || key.opening ? long_ago : held.ceiling);
    }
    // While its server's gate opens, it may not know yet; and what may be repeated may be called so.
    ms const ended = servers_[static_cast<std::size_t>(from.server)].ended;
    bool const opening = ended != long_ago && now_ - ended <= 2s;
    if (opening && happened.state == state::outage)
        return;
    bool const perhaps = perhaps_in_outage(from) || from.repeats || from.postponed || from.displaced || now_ < from.perhaps_owed;
    if (perhaps && happened.state == state::recovering)
        expected = state::recovering;
    demand(happened.state == expected, 3, nobody,
           fmt::format("the account is called {}, and is {}", happened.text, to_string(expected)));
    bool const timed = until != long_ago && until != forever && expected != state::recovering;
    demand(happened.until == (timed ? std::optional{until} : std::nullopt), 3, nobody,
           fmt::format("the account is {}, and until when is told wrongly", happened.text));
}

/// Finds the operations that wait without cause, and notes when the first of the causes ends.
void checker::judge(account& it, ms now)
{
    it.due = never;
    for (int const index : it.operations) {
        operation& each = at(index);
        ms due = never;
        if (each.now == phase::waiting)
            due = judge_waiting(each, it, now);
        else if (each.now == phase::attempting)
            due = judge_attempting(each, now);
        else if (each.now == phase::answered)
            demand(false, 1, index, "an answer is not looked at");
        it.due = std::min(it.due, due);
    }
    if (ms const begins = judge_needs(it, now); begins > now)
        it.due = std::min(it.due, begins);
    demand(!it.overdue || !it.running, 7, nobody, "an overdue callback is given up, and waited for all the same");
    if (it.callback) {
        ms const overdue = it.callback->began + 2 * it.timeout;
        if (now < overdue)
            it.due = std::min(it.due, overdue);
        else
            demand(false, 7, nobody,
                   fmt::format("{} outlives its time, and is waited for in silence", to_string(it.callback->which)));
    }
    if (it.due <= now)  // a violation has been noted
        it.due = never;
}

/// What it has passed, or could pass, in words.
std::string checker::gates_of(sender const& who, account const& from)
{
    std::string text;
    for (auto const& [key, held] : from.told.all()) {
        if (key.matches(who))
            text += fmt::format(", but the gate of {}{} that op{} has met, for {} to {}", key.opening ? "an outage of the " : "",
                                to_string(key.where), held.teacher, held.least, held.most);
    }
    return text;
}

/// By when a recovery that the account needs has to begin.
ms checker::judge_needs(account& it, ms now)
{
    if (it.needs.empty() || it.running || it.closed)
        return never;
    if (quarantine_of(it) != nullptr) {
        if (nobody_may_go(it))
            postpone_needs(it);
        return never;
    }
    if (running_ >= night_.max_concurrent_recoveries || perhaps_in_outage(it))
        return never;
    need const& first = it.needs.front();
    ms until = first.since;
    if (it.login_waits)
        until = std::max(until, it.login_again);
    bool const unproved = it.in_row_most[1] + it.in_row_most[2] != 0;
    if (unproved && it.ladder_since != long_ago) {
        ms const from = std::max(first.since, it.recovery_ended);
        until = std::max(until, from + std::min<ms>((from - it.ladder_since) / 8 + 2ms, 34s));
    }
    for (auto const& [key, held] : it.told.all()) {
        if (key.where == scope::account && !key.refuses)
            until = std::max(until, held.ceiling);
    }
    demand(now < until, first.in_outage ? 14 : 13, first.operation,
           fmt::format("{} is needed and does not run", to_string(first.act)));
    return until;
}

/// Until when this operation has a reason to wait.
ms checker::judge_waiting(operation& it, account& from, ms now)
{
    int const index = static_cast<int>(it.planned->index);
    auto const& deadline = it.planned->deadline;
    demand(!it.cancelled, 9, index, "it was cancelled, and goes on waiting");
    // Whoever is interrupted before it waits must not miss what happens there.
    auto const or_missed = [&](int invariant) { return it.interrupted ? 12 : invariant; };
    demand(!from.closed, or_missed(9), index, "its account is closed, and it goes on waiting");
    demand(!deadline || now < *deadline, 1, index, "it waits beyond its deadline");
    if (it.must_end)
        demand(false, it.must_end == mend::stop_reason::delivery_unknown ? 8 : 1, index,
               fmt::format("it has to end, and does not: {}", to_string(*it.must_end)));

    ms until = now;
    ms earliest = now;
    outage const* const its = outage_of(from);
    if (from.running || it.refreshing || (!from.needs.empty() && its == nullptr))
        until = never;
    if (now < it.not_after) {
        until = std::max(until, it.not_after);
        if (!it.needs || !from.running)  // its delay may count from the end of that recovery, whenever this is
            earliest = std::max(earliest, it.not_before);
    }
    if ((from.repeats || from.postponed || from.displaced) && running_ >= night_.max_concurrent_recoveries)
        until = never;
    if (now < from.perhaps_owed)
        until = std::max(until, from.perhaps_owed);
    if (from.login_waits && now < from.login_again)
        until = std::max(until, from.login_again);
    sender const who = sender_of(it);
    bool const free = until == now;
    int in_the_way = 0;  // scopes
    bool too_long = false;
    for (auto const& [key, held] : from.told.all()) {
        if (!key.matches(who))
            continue;
        if (now < held.floor && is_exempt(key, held, who))
            continue;
        in_the_way += now < held.ceiling || held.is_closed(now) || !held.certain ? 1 : 0;
        if (key.refuses && now < held.floor) {
            demand(!free, or_missed(13), index, "it waits in a quarantine instead of ending");
            continue;
        }
        if (now < held.ceiling) {
            until = std::max(until, held.ceiling);
            if (free && !key.refuses)
                earliest = std::max(earliest, held.floor);
            too_long = too_long || (free && !key.refuses && held.max_wait != ms::max() && held.floor - now > held.max_wait + 5s);
        } else if (held.is_closed(now)) {
            until = std::max(until, held.passed + 30s);
        }
    }
    demand(!too_long, 2, index, "it waits for longer than max_wait");
    if (until > now || (its == nullptr && !from.own.absorbed)) {
        it.free_since.reset();
    } else {
        it.free_since = it.free_since.value_or(now);
        until = patience_of(its != nullptr ? *its : from.own, from, it, now);
        demand(until > now, 14, index, "it waits for an outage to end, and nobody probes");
    }
    demand(until > now, or_missed(in_the_way == 0 ? 1 : 3), index,
           (from.probe ? "it waits for the on_probe of an outage that is over" : "it waits, and nothing stands in its way") +
               gates_of(who, from));
    if (deadline) {
        demand(earliest < *deadline, 1, index, "it waits, though its next attempt cannot start before the deadline");
        until = std::min(until, *deadline);
    }
    return until;
}

/// Until when its attempt may run.
ms checker::judge_attempting(operation const& it, ms now)
{
    int const index = static_cast<int>(it.planned->index);
    if (it.planned->stubborn)
        return never;
    demand(!it.cancelled, 9, index, "it was cancelled, and its attempt goes on");
    ms limit = it.planned->attempt_timeout;
    if (limit == 0ms)
        return never;
    if (it.planned->deadline)
        limit = std::min(limit, std::max(*it.planned->deadline - it.attempt_began, 1ms));
    demand(now < it.attempt_began + limit, 7, index, "its attempt outlives attempt_timeout");
    return it.attempt_began + limit;
}

}  // namespace simulation
