// Holds and quarantines set by failures: which scope they cover and how long they last.
#pragma once

#include <mend/detail/admission.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace mend::detail {
namespace {

time_point told_end(hold const& each) noexcept
{
    return each.until == time_point::max() ? each.until : each.until - each.jitter;
}

}  // namespace

/// Wakes the waiters that the predicate selects, of those that a hold of this key concerns: if it is a chat's, the queues of other
/// chats are not visited.
template <class Predicate>
void admission_control::wake_if(key_view const& concerned, Predicate predicate) noexcept
{
    auto const visit = [&](waiter& each) {
        if (predicate(each))
            each.wake();
    };
    auto const visit_queues = [&](hold_map::iterator each, hold_map::iterator last) {
        for (; each != last; ++each)
            each->second.queue.for_each(visit);
    };
    asleep_.for_each(visit);
    waiting_for_recovery_.for_each(visit);
    if (concerned.where != scope::peer) {
        visit_queues(holds_.begin(), holds_.end());
        return;
    }
    static_assert(scope::account < scope::method && scope::method < scope::peer && scope::peer < scope::sending);
    constexpr auto first = std::numeric_limits<std::int64_t>::min();
    visit_queues(holds_.begin(), holds_.lower_bound(key_view{scope::peer, barrier::hold, first, {}}));
    visit_queues(holds_.lower_bound(key_view{scope::peer, barrier::hold, concerned.peer, {}}),
                 holds_.upper_bound(key_view{scope::peer, barrier::outage, concerned.peer, {}}));
    visit_queues(holds_.lower_bound(key_view{scope::sending, barrier::hold, first, {}}), holds_.end());
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
                                                           time_point now) noexcept
{
    std::string_view const method = met.method.empty() ? who.method_ : met.method;
    bool const may_be_all = met.where == scope::peer && (met.what == category::flood_wait || met.what == category::rate_limit);
    if (!may_be_all)
        return {narrow(who, met.where, method), until};
    if (who.peer_ == 0)
        return {narrow(who, scope::method, method), until};
    auto const* const other = met.told ? find_same_end(who, met.what, until, now) : nullptr;
    if (other == nullptr)
        return {scope::peer, until};
    auto const& [chat, its] = *other;
    bool const groups =
        chat.peer < 0 && matches({scope::groups, barrier::hold, 0, {}}, who);  // else it would not cover this method
    return {groups ? scope::groups : narrow(who, scope::method, method), std::max(until, told_end(its))};
}

/// Returns the hold of another chat that was told about the same end, if no attempt has been answered since; else null.
admission_control::hold_map::value_type const* admission_control::find_same_end(waiter const& who, category what,
                                                                                time_point until, time_point now) noexcept
{
    forget_told_ends(now);
    time_point const first = until == time_point::max() ? until : until - same_end;
    time_point const last = later(until, same_end);
    for (auto each = told_ends_.lower_bound(first); each != told_ends_.end() && each->first <= last;) {
        auto const found = holds_.find(key_view{scope::peer, barrier::hold, each->second, {}});
        bool const is_current = found != holds_.end() && told_end(found->second) == each->first;
        if (!is_current || found->second.closed <= answered_after_) {
            each = told_ends_.erase(each);
            continue;
        }
        hold const& other = found->second;
        bool const told = other.max_wait != milliseconds::max();
        if (each->second != who.peer_ && told && other.what == what && other.until > now)
            return &*found;
        ++each;
    }
    return nullptr;
}

/// Remembers the end of a told wait that may turn out to be all chats'.
void admission_control::note_told_end(key const& where, hold const& each, time_point now)
{
    bool const may_be_all = each.what == category::flood_wait || each.what == category::rate_limit;
    if (where.where != scope::peer || !may_be_all || each.max_wait == milliseconds::max())
        return;
    forget_told_ends(now);
    told_closed_ = each.closed;
    auto const [first, last] = told_ends_.equal_range(told_end(each));
    if (std::none_of(first, last, [&](auto const& known) { return known.second == where.peer; }))
        told_ends_.emplace(told_end(each), where.peer);
}

void admission_control::forget_told_ends(time_point now) noexcept
{
    while (!told_ends_.empty() && later(told_ends_.begin()->first, same_end) <= now)
        told_ends_.erase(told_ends_.begin());
}

/// A limited chat affects that chat alone; a second one within the hour means the spam limit of all groups.
scope admission_control::reach_of_quarantine(waiter const& who, scope where, category what, time_point now) const noexcept
{
    if (where == scope::peer && what == category::account_limited) {
        bool const second = std::ranges::any_of(limited_chats_, [&](limited_chat const& each) {
            return each.peer != 0 && each.peer != who.peer_ && now - each.since < second_chat;
        });
        if (who.peer_ == 0 || second)
            return scope::groups;
    }
    return narrow(who, where, who.method_);
}

/// Remembers whether the chat's quarantine is that of a limited one.
void admission_control::note_limited_chat(std::int64_t peer, bool is_limited, time_point now) noexcept
{
    for (limited_chat& each : limited_chats_) {
        if (each.peer == peer)
            each = {};
    }
    if (!is_limited)
        return;
    if (limited_chats_[0].peer != 0)
        limited_chats_[1] = limited_chats_[0];
    limited_chats_[0] = {peer, now};
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
    account_holds_ += wanted.where == scope::account ? 1U : 0U;
    added->second.until = now;
    return *added;
}

admission_control::hold_map::iterator admission_control::erase(hold_map::iterator which) noexcept
{
    key const& where = which->first;
    if (is_quarantined_peer(where))
        note_limited_chat(where.peer, false, {});
    quarantined_peers_ -= is_quarantined_peer(where) ? 1U : 0U;
    wide_holds_ -= is_wide(where.where) ? 1U : 0U;
    account_holds_ -= where.where == scope::account ? 1U : 0U;
    return holds_.erase(which);
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
    if (auto& last = where.what == barrier::quarantine ? last_quarantine_ : last_hold_; !is_outage && each.until >= last.until)
        last = {each.until, each.what};
    bool const ends_all = where.what == barrier::quarantine || (!is_outage && is_too_long(each, now));
    if (ends_all || (!is_outage && each.until >= earliest_deadline_)) {
        time_point earliest = time_point::max();
        wake_if(where, [&, &key = where, last = each.until](waiter const& waiting) {
            earliest = std::min(earliest, waiting.deadline_);
            return (ends_all || waiting.deadline_ <= last) && matches(key, waiting);
        });
        if (where.where != scope::peer)  // all waiters have been visited
            earliest_deadline_ = earliest;
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
    note_told_end(entry.first, each, now);
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
    if (where == scope::peer)
        note_limited_chat(who.peer_, entry.second.what == category::account_limited, now);
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
    last_quarantine_ = {};
    limited_chats_ = {};
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
            each = erase(each);
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
    last_quarantine_ = {};
    for (auto const& [where, each] : holds_) {
        if (where.what == barrier::quarantine && each.until >= last_quarantine_.until)
            last_quarantine_ = {each.until, each.what};
    }
}

/// Every quarter of an hour, forgets the chats whose gates are an hour old.
void admission_control::sweep(time_point now) noexcept
{
    if (now < sweep_after_)
        return;
    sweep_after_ = now + gate_memory / 4;
    forget_idle(now, gate_memory, true);
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
