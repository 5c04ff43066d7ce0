// When an instant is over, all that had to follow has followed: nobody waits without cause, nothing runs for ever.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;

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

/// First come, first served: nobody who waits at one gate alone has been overtaken there by one that came later.
void checker::judge_order(account& it, ms now)
{
    auto const passed = std::exchange(it.passed, {});
    // When a recovery ends, all who have waited for it come at once, and who is first depends on their executors.
    if (passed.empty() || is_recovering(it) || it.recovered == now)
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
    state expected = from.closed ? state::closed : is_recovering(from) ? state::recovering : state::healthy;
    ms until = long_ago;
    if (!from.closed) {
        for (auto const& [key, held] : from.told.all()) {
            state const kind = key.refuses ? state::quarantined : state::waiting;
            bool const worse = kind > expected || (kind == expected && held.ceiling > until);
            if (now_ >= held.ceiling || !worse)
                continue;
            expected = kind;
            until = held.ceiling;
        }
    }
    demand(happened.state == expected, 3, nobody,
           fmt::format("the account is called {}, and is {}", happened.text, to_string(expected)));
    bool const timed = until != long_ago && until != forever && expected != state::recovering;
    demand(happened.until == (timed ? std::optional{until} : std::nullopt), 3, nobody,
           fmt::format("the account is {}, and until when is told wrongly", happened.text));
}

/// Finds whoever waits without cause, and notes when the first of the causes ends.
void checker::judge(account& it, ms now)
{
    it.due = never;
    for (int const index : it.operations) {
        operation const& each = at(index);
        ms due = never;
        if (each.now == phase::waiting)
            due = judge_waiting(each, it, now);
        else if (each.now == phase::attempting)
            due = judge_attempting(each, now);
        else if (each.now == phase::answered)
            demand(false, 1, index, "an answer is not looked at");
        it.due = std::min(it.due, due);
    }
    if (!it.needs.empty() && !it.running && running_ < night_.max_concurrent_recoveries && !it.closed)
        demand(false, 13, it.needs.front().operation,
               fmt::format("{} is needed and does not run", to_string(it.needs.front().act)));
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

/// Until when this operation has a reason to wait.
ms checker::judge_waiting(operation const& it, account& from, ms now)
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
    if (is_recovering(from) || it.refreshing)
        until = never;
    if (now < it.not_after) {
        until = std::max(until, it.not_after);
        earliest = std::max(earliest, it.not_before);
    }
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
    demand(until > now, or_missed(in_the_way == 0 ? 1 : 3), index, "it waits, and nothing stands in its way");
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
