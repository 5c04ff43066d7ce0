// Holds and quarantines set by failures: which scope they cover and how long they last.
#pragma once

#include <mend/detail/admission.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace mend::detail {

template <class Predicate>
hold const* admission_control::find_other_chat(waiter const& who, barrier what, Predicate predicate) const noexcept
{
    for (auto found = holds_.lower_bound(key_view{scope::peer, barrier::hold, std::numeric_limits<std::int64_t>::min(), {}});
         found != holds_.end() && found->first.where == scope::peer; ++found) {
        auto const& [where, each] = *found;
        if (where.what == what && where.peer != who.peer_ && predicate(where.peer, each))
            return &each;
    }
    return nullptr;
}

/// Returns the scope to use if the operation does not name the chat or method of the scope.
scope admission_control::narrow(waiter const& who, scope where, std::string_view method) noexcept
{
    if (where == scope::peer && who.peer_ == 0)
        return scope::operation;  // the slow chat is unknown: the others must not be held
    if (where == scope::method && method.empty())
        return scope::account;
    return where;
}

/// Decides whether a wait holds one chat or all. A wait that may be one chat's own is widened when a second chat receives a wait
/// with the same end and no attempt has been answered in between. Then the later end counts.
admission_control::extent admission_control::reach_of_hold(waiter const& who, wall const& met, time_point until,
                                                           time_point now) const noexcept
{
    std::string_view const method = met.method.empty() ? who.method_ : met.method;
    bool const may_be_all = met.where == scope::peer && (met.what == category::flood_wait || met.what == category::rate_limit);
    if (!may_be_all)
        return {narrow(who, met.where, method), until};
    if (who.peer_ == 0)
        return {narrow(who, scope::method, method), until};
    bool groups = false;
    auto const told_end = [](hold const& each) {
        return each.until == time_point::max() ? each.until : each.until - each.jitter;
    };
    hold const* const other = find_other_chat(who, barrier::hold, [&](std::int64_t peer, hold const& each) {
        time_point const end = told_end(each);
        bool const same = each.until > now && end <= later(until, same_end) && until <= later(end, same_end);
        bool const told = met.told && each.max_wait != milliseconds::max();
        groups = peer < 0 && matches({scope::groups, barrier::hold, 0, {}}, who);  // else the hold would not cover this method
        return told && same && each.what == met.what && answered_after_ < each.closed;
    });
    if (other == nullptr)
        return {scope::peer, until};
    return {groups ? scope::groups : narrow(who, scope::method, method), std::max(until, told_end(*other))};
}

/// A limited chat affects that chat alone; a second one within the hour means the spam limit of all groups.
scope admission_control::reach_of_quarantine(waiter const& who, scope where, category what, time_point now) const noexcept
{
    if (where == scope::peer && what == category::account_limited) {
        auto const recent = [&](std::int64_t, hold const& each) { return each.what == what && now - each.since < second_chat; };
        if (who.peer_ == 0 || find_other_chat(who, barrier::quarantine, recent) != nullptr)
            return scope::groups;
    }
    return narrow(who, where, who.method_);
}

admission_control::hold_map::value_type& admission_control::find_or_add(key_view const& wanted, time_point now)
{
    if (auto const found = holds_.find(wanted); found != holds_.end())
        return *found;
    if (holds_.size() >= sweep_at_) {
        forget_idle(now, patience, false);
        sweep_at_ = std::max(remembered_holds, 2 * holds_.size());
    }
    if (is_quarantined_peer(wanted) && quarantined_peers_ >= most_quarantined_peers)
        forget_oldest_peers();
    auto const added = holds_.try_emplace(key{wanted.where, wanted.what, wanted.peer, std::string{wanted.method}}).first;
    quarantined_peers_ += is_quarantined_peer(wanted) ? 1U : 0U;
    wide_holds_ += is_wide(wanted.where) ? 1U : 0U;
    added->second.until = now;
    return *added;
}

/// Extends the hold to the later moment, and closes its gate until then. Waiters that must give up because of it are woken at
/// once, in any queue.
void admission_control::extend(hold_map::value_type& entry, category what, time_point until, milliseconds max_wait,
                               milliseconds jitter, time_point now) noexcept
{
    auto& [where, each] = entry;
    each.since = now;
    if (until >= each.until) {
        each.until = until;
        each.what = what;
        each.max_wait = max_wait;
        each.jitter = jitter;
    }
    each.closed = ++serial_;
    each.untouched = true;
    each.lent = false;
    each.permits = 1;
    each.probe_deadline = time_point::max();
    bool const is_outage = where.what == barrier::outage;
    bool const ends_all = where.what == barrier::quarantine || (!is_outage && is_too_long(each, now));
    if (ends_all || (!is_outage && each.until >= earliest_deadline_)) {
        earliest_deadline_ = time_point::max();
        wake_if([&, &key = where, last = each.until](waiter const& waiting) {
            earliest_deadline_ = std::min(earliest_deadline_, waiting.deadline_);
            return (ends_all || waiting.deadline_ <= last) && matches(key, waiting);
        });
    }
    admit_waiting(each, now);
}

/// Returns whether about the same end of this hold has been reported; if not, records it as reported.
bool admission_control::is_reported(hold& each, bool was_active) noexcept
{
    if (was_active && each.until <= later(each.reported, same_end))
        return true;
    each.reported = each.until;
    return false;
}

admission_control::held admission_control::set_hold(waiter const& who, wall const& met, time_point now, double random)
{
    auto const [where, until] = reach_of_hold(who, met, later(now, met.wait), now);
    if (where == scope::operation)
        return {where, until, until, false, false};
    auto& entry = find_or_add(key_of(who, where, barrier::hold, met.method.empty() ? who.method_ : met.method), now);
    auto& each = entry.second;
    if (each.closed == 0)
        each.spread = random;
    bool const was_active = each.until > now;
    milliseconds jitter{0};
    if (met.told) {
        using std::chrono::duration;
        duration<double, std::milli> const most = std::min<duration<double, std::milli>>(
            duration<double, std::milli>{met.wait} * std::min(0.1, met.jitter), std::chrono::seconds{5});
        jitter = std::chrono::ceil<milliseconds>(most * each.spread);
    }
    time_point const own = later(until, jitter);
    extend(entry, met.what, own, met.told ? met.max_wait : milliseconds::max(), jitter, now);
    bool const stops_itself = !is_wide(where) || matches(key_view{where, barrier::hold, 0, {}}, who);
    return {where, each.until, own, is_reported(each, was_active), stops_itself};
}

admission_control::held admission_control::quarantine(waiter const& who, scope wanted, category what, time_point until,
                                                      time_point now)
{
    scope const where = reach_of_quarantine(who, wanted, what, now);
    if (where == scope::operation)
        return {where, until};
    auto& entry = find_or_add(key_of(who, where, barrier::quarantine, who.method_), now);
    bool const was_active = entry.second.until > now;
    extend(entry, what, until, milliseconds::max(), milliseconds{0}, now);
    return {where, entry.second.until, until, is_reported(entry.second, was_active)};
}

admission_control::held admission_control::quarantine_account(category what, time_point until, time_point now)
{
    auto& entry = find_or_add({scope::account, barrier::quarantine, 0, {}}, now);
    extend(entry, what, until, milliseconds::max(), milliseconds{0}, now);
    return {scope::account, entry.second.until};
}

void admission_control::close_gate_for_probe(category what, time_point now)
{
    extend(find_or_add({scope::account, barrier::hold, 0, {}}, now), what, now, milliseconds::max(), milliseconds{0}, now);
}

time_point admission_control::account_quarantined_until() const noexcept
{
    auto const found = holds_.find(key_view{scope::account, barrier::quarantine, 0, {}});
    return found != holds_.end() ? found->second.until : time_point::min();
}

time_point admission_control::account_held_until() const noexcept
{
    auto const found = holds_.find(key_view{scope::account, barrier::hold, 0, {}});
    return found != holds_.end() ? found->second.until : time_point::min();
}

bool admission_control::lift_quarantines() noexcept
{
    bool lifted = false;
    for (auto each = holds_.begin(); each != holds_.end();) {
        if (each->first.what != barrier::quarantine) {
            ++each;
            continue;
        }
        each->second.queue.for_each([this](waiter& who) {
            detach(who);
            who.wake();
        });
        if (each->second.notified != 0) {  // a notified waiter is about to return to this gate: leave it open for all
            each->second.until = time_point{};
            each->second.permits = std::numeric_limits<int>::max() / 2;
            ++each;
        } else {
            quarantined_peers_ -= is_quarantined_peer(each->first) ? 1U : 0U;
            wide_holds_ -= is_wide(each->first.where) ? 1U : 0U;
            each = holds_.erase(each);
        }
        lifted = true;
    }
    return lifted;
}

/// Drops the 10 % of the chats whose quarantine was set or extended longest ago, so that not every addition has to search.
void admission_control::forget_oldest_peers()
{
    std::vector<std::uint64_t> set_at;
    set_at.reserve(quarantined_peers_);
    for (auto const& [where, each] : holds_) {
        if (is_quarantined_peer(where))
            set_at.push_back(each.closed);
    }
    auto const last = set_at.begin() + static_cast<std::ptrdiff_t>(set_at.size() / 10);
    std::ranges::nth_element(set_at, last);
    erase_holds_if([&](hold_map::value_type const& entry) {
        auto const& [where, each] = entry;
        return is_quarantined_peer(where) && each.closed <= *last && each.queue.empty() && each.notified == 0;
    });
}

void admission_control::forget_idle(time_point now, std::chrono::seconds age, bool chats_alone) noexcept
{
    erase_holds_if([&](hold_map::value_type const& entry) {
        auto const& [where, each] = entry;
        return (where.where == scope::peer || !chats_alone) && each.until <= now && now - each.until >= age &&
               each.queue.empty() && each.notified == 0 && !is_active_outage(where, each);
    });
}

}  // namespace mend::detail
