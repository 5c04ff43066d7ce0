// What failures teach an account's conditions: holds and quarantines, how far they reach and how long they last.
#include <mend/detail/conditions.hpp>
#include <mend/detail/planted.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace mend::detail {

bool conditions::another_chat_says_so(waiter const& who, category what, bool refuses, time_point now) const noexcept
{
    for (auto found = holds_.lower_bound(key_view{scope::peer, false, std::numeric_limits<std::int64_t>::min(), {}});
         found != holds_.end() && found->first.where == scope::peer; ++found) {
        auto const& [where, each] = *found;
        bool const recent = refuses ? now - each.since < second_chat : each.until > now;
        if (where.refuses == refuses && where.peer != who.peer_ && each.what == what && recent)
            return true;
    }
    return false;
}

/// How far a failure really reaches, given what the operation names and what other chats have met.
scope conditions::reach(waiter const& who, scope where, category what, bool refuses, time_point now) const noexcept
{
    bool const widens = what == category::flood_wait || what == category::account_limited;
    if (where == scope::peer && widens && (who.peer_ == 0 || another_chat_says_so(who, what, refuses, now)))
        where = scope::method;
    if (where == scope::peer && who.peer_ == 0)
        return scope::operation;  // some chat is slow, nobody knows which: the others must not suffer
    if (where == scope::method && who.method_.empty())
        return scope::account;
    if (planted(bug::hold_widened) && what == category::slow_mode)
        return scope::account;
    return where;
}

conditions::hold_map::value_type& conditions::find_or_add(key_view const& wanted, time_point now)
{
    if (auto const found = holds_.find(wanted); found != holds_.end())
        return *found;
    if (holds_.size() >= sweep_at_) {
        forget_idle(now, patience, false);
        sweep_at_ = std::max(remembered_holds, 2 * holds_.size());
    }
    if (is_quarantined_peer(wanted) && quarantined_peers_ >= most_quarantined_peers)
        forget_oldest_peers();
    auto const added = holds_.try_emplace(key{wanted.where, wanted.refuses, wanted.peer, std::string{wanted.method}}).first;
    quarantined_peers_ += is_quarantined_peer(wanted) ? 1 : 0;
    added->second.until = now;
    return *added;
}

/// Sets the later moment, and closes the gate until then. Whom that ends looks again at once, wherever it waits.
void conditions::extend(hold_map::value_type& entry, category what, time_point until, milliseconds max_wait, milliseconds jitter,
                        time_point now) noexcept
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
    each.tickets = planted(bug::gate_wide_open) ? 100 : 1;
    each.overdue = time_point::max();
    bool const ends_all = where.refuses || is_too_long(each, now);
    if (ends_all || each.until >= earliest_deadline_) {
        earliest_deadline_ = time_point::max();
        wake_if([&, &key = where, last = each.until](waiter const& waiting) {
            earliest_deadline_ = std::min(earliest_deadline_, waiting.deadline_);
            return (ends_all || waiting.deadline_ <= last) && matches(key, waiting);
        });
    }
    pump(each, now);
}

conditions::held conditions::set_hold(waiter const& who, wall const& met, time_point now, double random)
{
    scope const where = reach(who, met.where, met.what, false, now);
    if (where == scope::operation)
        return {where, later(now, met.wait)};
    auto& entry = find_or_add(key_of(who, where, false), now);
    auto& each = entry.second;
    if (each.closed == 0)
        each.spread = random;
    milliseconds jitter{0};
    if (met.told) {
        using std::chrono::duration;
        duration<double, std::milli> const most = std::min<duration<double, std::milli>>(
            duration<double, std::milli>{met.wait} * std::min(0.1, met.jitter), std::chrono::seconds{5});
        jitter = std::chrono::ceil<milliseconds>(most * each.spread);
    }
    extend(entry, met.what, later(now, planted(bug::wait_shortened) ? met.wait - jitter : sum(met.wait, jitter)),
           met.told ? met.max_wait : milliseconds::max(), jitter, now);
    return {where, each.until};
}

conditions::held conditions::quarantine(waiter const& who, scope wanted, category what, time_point until, time_point now)
{
    scope const where = reach(who, wanted, what, true, now);
    if (where == scope::operation)
        return {where, until};
    auto& entry = find_or_add(key_of(who, where, true), now);
    extend(entry, what, until, milliseconds::max(), milliseconds{0}, now);
    return {where, entry.second.until};
}

void conditions::quarantine_account(category what, time_point until, time_point now)
{
    extend(find_or_add({scope::account, true, 0, {}}, now), what, until, milliseconds::max(), milliseconds{0}, now);
}

void conditions::one_goes_first(category what, time_point now)
{
    extend(find_or_add({scope::account, false, 0, {}}, now), what, now, milliseconds::max(), milliseconds{0}, now);
}

time_point conditions::account_quarantined_until() const noexcept
{
    auto const found = holds_.find(key_view{scope::account, true, 0, {}});
    return found != holds_.end() ? found->second.until : time_point::min();
}

bool conditions::lift_quarantines() noexcept
{
    bool lifted = false;
    for (auto each = holds_.begin(); each != holds_.end();) {
        if (!each->first.refuses) {
            ++each;
            continue;
        }
        each->second.queue.for_each([this](waiter& who) {
            detach(who);
            who.wake();
        });
        if (each->second.called != 0) {  // somebody is about to come back to this gate: leave it open for all
            each->second.until = time_point{};
            each->second.tickets = std::numeric_limits<int>::max() / 2;
            ++each;
        } else {
            quarantined_peers_ -= is_quarantined_peer(each->first) ? 1 : 0;
            each = holds_.erase(each);
        }
        lifted = true;
    }
    return lifted;
}

/// The chats whose quarantine was set or extended longest ago: one in ten, so that not every addition has to search.
void conditions::forget_oldest_peers()
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
        return is_quarantined_peer(where) && each.closed <= *last && each.queue.empty() && each.called == 0;
    });
}

void conditions::forget_idle(time_point now, std::chrono::seconds age, bool chats_alone) noexcept
{
    erase_holds_if([&](hold_map::value_type const& entry) {
        auto const& [where, each] = entry;
        return (where.where == scope::peer || !chats_alone) && each.until <= now && now - each.until >= age &&
               each.queue.empty() && each.called == 0;
    });
}

}  // namespace mend::detail
