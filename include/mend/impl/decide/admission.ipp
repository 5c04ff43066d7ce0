// Admission: the queues and gates that decide which operations of an account may start.
#pragma once

#include <mend/detail/admission.hpp>

#include <mend/impl/classify/method_name.hpp>

#include <algorithm>
#include <cassert>
#include <limits>
#include <tuple>
#include <utility>

namespace mend::detail {

bool admission_control::less::operator()(key_view const& a, key_view const& b) const noexcept
{
    if (a.where != b.where)
        return a.where < b.where;
    if (int const order = compare_methods(a.method, b.method); order != 0)
        return order < 0;
    return std::tie(a.peer, a.what) < std::tie(b.peer, b.what);
}

admission_control::key_view admission_control::key_of(waiter const& each, scope where, barrier what,
                                                      std::string_view method) noexcept
{
    switch (where) {
    case scope::method:
        return {scope::method, what, 0, method};
    case scope::peer:
        return {scope::peer, what, each.peer_, {}};
    case scope::sending:
    case scope::groups:
        return {where, what, 0, {}};
    default:
        return {scope::account, what, 0, {}};
    }
}

template <class Visit>
void admission_control::for_each_matching(waiter const& each, Visit visit)
{
    if (holds_.empty())
        return;
    auto visit_key = [&](key_view const& wanted) {
        if (auto const found = holds_.find(wanted); found != holds_.end())
            visit(found);
    };
    auto visit_both = [&](scope where, std::string_view method) {
        for (barrier const what : {barrier::hold, barrier::quarantine})
            visit_key(key_of(each, where, what, method));
    };
    visit_both(scope::account, {});
    visit_key({scope::account, barrier::outage, 0, {}});
    if (each.peer_ != 0)
        visit_both(scope::peer, {});
    if (wide_holds_ != 0) {
        for (scope const where : {scope::sending, scope::groups}) {
            if (matches(key_view{where, barrier::hold, 0, {}}, each))
                visit_both(where, {});
        }
    }
    if (!each.method_.empty()) {
        visit_both(scope::method, each.method_);
        if (!each.caused_by_.empty() && !same_method(each.caused_by_, each.method_))
            visit_both(scope::method, each.caused_by_);
        return;
    }
    // An operation that names no method matches every method.
    auto found = holds_.lower_bound(key_view{scope::method, barrier::hold, std::numeric_limits<std::int64_t>::min(), {}});
    while (found != holds_.end() && found->first.where == scope::method)
        visit(found++);
}

bool admission_control::spares(std::string_view method, std::int64_t peer, time_point now) noexcept
{
    sweep(now);
    if (holds_.empty() || recovering_ || account_holds_ != 0 || wide_holds_ != 0)  // a healthy account is for a visit to note
        return false;
    forget_told_ends(now);
    if (!told_ends_.empty() &&
        told_closed_ > answered_after_)  // the next success decides whether they are one chat's or all chats'
        return false;
    // The hold and the quarantine of a method or chat are neighbours. The empty method comes first, and matches every method.
    auto const first =
        holds_.lower_bound(key_view{scope::method, barrier::hold, std::numeric_limits<std::int64_t>::min(), method});
    if (first != holds_.end() && first->first.where == scope::method &&
        (method.empty() || same_method(first->first.method, method)))
        return false;
    if (peer == 0)
        return true;
    auto const chat = holds_.lower_bound(key_view{scope::peer, barrier::hold, peer, {}});
    return chat == holds_.end() || chat->first.where != scope::peer || chat->first.peer != peer;
}

bool admission_control::matches(key_view const& where, waiter const& who) noexcept
{
    switch (where.where) {
    case scope::account:
        return true;
    case scope::method:
        return who.method_.empty() || same_method(who.method_, where.method) ||
               (!who.caused_by_.empty() && same_method(who.caused_by_, where.method));
    case scope::peer:
        return who.peer_ == where.peer;
    case scope::sending:
        return who.method_.empty() || puts_message(who.method_);
    case scope::groups:
        return who.peer_ < 0 && (who.method_.empty() || puts_message(who.method_));
    default:
        return false;
    }
}

/// A reply passes some quarantines. Once such a quarantine has ended, a reply waits at its gate like any other operation.
bool admission_control::is_exempt(key const& where, hold const& each, waiter const& who) noexcept
{
    bool const reply_passes = each.what == category::account_limited || each.what == category::target_unavailable;
    bool const refuses = where.what == barrier::quarantine;
    if (who.in_recovery_ && (refuses || where.what == barrier::outage) && where.where == scope::account)
        return true;
    return refuses && who.reply_ && reply_passes;
}

bool admission_control::stops(key const& where, hold const& each, waiter const& who, time_point now) noexcept
{
    return each.until > now && !is_exempt(where, each, who);
}

/// A waiter passes if permits are left after the older notified waiters have taken theirs, and if it is older than all that are
/// queued. A permit kept for a younger notified waiter counts as free. Otherwise, two gates could keep their permits for two
/// operations that need both, and neither would start.
bool admission_control::may_pass(hold const& gate, waiter const& who) noexcept
{
    if (gate.permits <= 0 || gate.notified_queue.has_before(who, gate.permits))
        return false;
    return gate.queue.empty() || who.arrival_ < gate.queue.front()->arrival_;
}

admission_control::obstacles admission_control::find_obstacles(waiter const& who, time_point now)
{
    obstacles found;
    auto const later_of = [](hold* a, hold& b) { return a == nullptr || b.until > a->until ? &b : a; };
    for_each_matching(who, [&](hold_map::iterator const matching) {
        auto& [where, each] = *matching;
        if (!stops(where, each, who, now))
            return;
        if (where.what == barrier::quarantine) {
            found.quarantine = later_of(found.quarantine, each);
            return;
        }
        if (where.what == barrier::outage) {
            found.outage = &each;
            return;
        }
        found.longest = later_of(found.longest, each);
        if (is_too_long(each, now))
            found.too_long = &each;
    });
    return found;
}

std::optional<admission_decision> admission_control::refusal(waiter const& who, time_point now)
{
    return refusal(find_obstacles(who, now), who);
}

std::optional<admission_decision> admission_control::refusal(obstacles const& found, waiter const& who) noexcept
{
    using kind = admission_decision::kind;
    auto const [quarantine, longest, too_long, outage] = found;
    if (quarantine != nullptr)
        return admission_decision{kind::refuse, stop_reason::quarantined, quarantine->what, quarantine->until};
    if (too_long != nullptr)
        return admission_decision{kind::refuse, stop_reason::wait_too_long, too_long->what, longest->until};
    if (longest != nullptr && who.deadline_ != time_point::max() && longest->until >= who.deadline_)
        return admission_decision{kind::refuse, stop_reason::deadline, longest->what, longest->until};
    bool const probe_is_known = outage != nullptr && outage->until != time_point::max();
    if (probe_is_known && who.deadline_ != time_point::max() && outage->until >= who.deadline_)
        return admission_decision{kind::refuse, stop_reason::deadline, outage->what, outage->until};
    return std::nullopt;
}

admission_decision admission_control::enter(waiter& who, time_point now)
{
    sweep(now);
    hold* const left = detach(who);
    if (who.arrival_ == 0)
        who.arrival_ = ++arrivals_;
    admission_decision const answer = admission_for(who, now);
    if (left != nullptr)
        admit_waiting(*left, now);  // its queue place, or the permit kept for it, is free for the next waiter
    return answer;
}

admission_decision admission_control::admission_for(waiter& who, time_point now)
{
    using kind = admission_decision::kind;
    if (who.deadline_ <= now)
        return {kind::refuse, stop_reason::deadline, category::unknown, time_point::max()};

    obstacles const found = find_obstacles(who, now);
    if (auto const refused = refusal(found, who))
        return *refused;
    if (recovering_ && !who.in_recovery_) {
        enqueue(waiting_for_recovery_, who);
        return {kind::wait, stop_reason::none, category::unknown, who.deadline_, active_outage_gate() != nullptr};
    }
    if (found.longest != nullptr)
        return queue_at(*found.longest, who, now);
    if (found.outage != nullptr)
        return queue_at(*found.outage, who, now);
    if (who.in_recovery_) {  // gates that open later wait for this waiter's recovery
        admit(who, false, now);
        return {};
    }

    hold* closed = nullptr;
    for_each_passed(who, now, [&](hold& gate) {
        call_the_late(gate, now);
        if (gate.probe_deadline <= now && gate.permits <= gate.notified) {  // no attempt has ended or entered in time
            gate.permits = gate.notified + 1;
            gate.lent = true;
            gate.probe_deadline = time_point::max();
            if (!gate.queue.empty() && gate.queue.front()->arrival_ < who.arrival_)
                admit_waiting(gate, now);  // the older waiter goes first
        }
        if (!may_pass(gate, who))
            closed = &gate;
    });
    if (closed != nullptr)
        return queue_at(*closed, who, now);

    if (hold* const outage = outage_gate(); outage != nullptr && outage->asks_first) {
        outage->asks_first = false;
        outage->until = time_point::max();
        admission_decision answer = queue_at(*outage, who, now);
        answer.what = kind::ask;
        return answer;
    }

    admit(who, true, now);
    for_each_passed(who, now, [&](hold& gate) {
        assert(gate.permits > 0);
        --gate.permits;
        gate.lent = false;
        gate.last_passed = who.admitted_;
        gate.untouched = false;
        gate.probe_deadline = now + patience;
        admit_waiting(gate, now);
    });
    return {};
}

void admission_control::admit(waiter& who, bool passes_gates, time_point now) noexcept
{
    assert(who.queue_ == nullptr);
    who.passes_gates_ = passes_gates;
    who.admitted_ = ++serial_;
    who.admitted_at_ = now;
    who.arrival_ = 0;
}

/// Visits the holds whose gates an operation that starts at `at` must pass: all that match, except a quarantine that a reply is
/// exempt from.
template <class Visit>
void admission_control::for_each_passed(waiter const& who, time_point at, Visit visit)
{
    for_each_matching(who, [&](hold_map::iterator const matching) {
        if (has_gate(matching->first, matching->second, at))
            visit(matching->second);
    });
}

/// The first waiter in the queue wakes by itself when the gate opens. The others wake later: a stopped executor must not block
/// those behind its operation.
admission_decision admission_control::queue_at(hold& gate, waiter& who, time_point now) noexcept
{
    who.queued_at_ = &gate;
    enqueue(gate.queue, who);
    bool const is_outage = &gate == active_outage_gate();
    time_point opens = is_outage ? std::min(outage_moment_, gate.next(now)) : gate.next(now);
    if (gate.queue.front() == &who) {
        gate.armed = &who;
        gate.armed_until = opens;
    } else {
        opens = later(opens, patience);
    }
    return {admission_decision::kind::wait, stop_reason::none, gate.what,
            std::min(who.deadline_, opens), is_outage,         gate.next(now)};
}

/// Counts waiters that should have woken by themselves a while ago as notified, so that others need not wait for them.
void admission_control::call_the_late(hold& gate, time_point now) noexcept
{
    if (!gate.untouched || gate.queue.empty() || later(gate.until, patience) > now)
        return;
    admit_waiting(gate, now);
    gate.probe_deadline = now;
}

void admission_control::enqueue(waiter_queue& queue, waiter& who) noexcept
{
    queue.insert(who);
    earliest_deadline_ = std::min(earliest_deadline_, who.deadline_);
}

/// Removes the waiter from its queue. Returns the gate that has notified it, or at which it is queued.
hold* admission_control::detach(waiter& who) noexcept
{
    hold* const called = std::exchange(who.notified_by_, nullptr);
    hold* const queued = std::exchange(who.queued_at_, nullptr);
    if (called != nullptr) {
        assert(called->notified > 0);
        --called->notified;
    }
    if (queued != nullptr && queued->armed == &who)
        queued->armed = nullptr;
    if (who.queue_ != nullptr)
        who.queue_->remove(who);
    return called != nullptr ? called : queued;
}

/// Notifies the waiters that may pass, and makes sure that the first of the others wakes by itself in time.
void admission_control::admit_waiting(hold& gate, time_point now) noexcept
{
    while (gate.until <= now && !gate.queue.empty() && gate.permits > gate.notified) {
        waiter& next = *gate.queue.front();
        detach(next);
        next.notified_by_ = &gate;
        gate.notified_queue.insert(next);
        ++gate.notified;
        gate.untouched = false;
        gate.probe_deadline = now + patience;
        next.wake();
    }
    bool const timely = gate.armed != nullptr && gate.armed_until <= gate.next(now);
    if (!gate.queue.empty() && !timely)
        gate.queue.front()->wake();  // it asks again, finds itself first and is armed
}

void admission_control::leave(waiter& who, time_point now) noexcept
{
    hold* const left = detach(who);
    who.arrival_ = 0;
    if (left != nullptr)
        admit_waiting(*left, now);
}

void admission_control::on_success(waiter& who, bool answered, time_point now) noexcept
{
    // Only an answer to an attempt that began after a wait was reported shows that the wait is one chat's: an answer to an
    // earlier attempt may be older than the wait.
    if (answered)
        answered_after_ = std::max(answered_after_, who.admitted_);
    leave_gates(who, true, answered, now);
}

void admission_control::return_permit(waiter& who, time_point now) noexcept
{
    leave_gates(who, false, true, now);
}

/// Reports the end of an attempt to the gates that it has passed. A gate that was closed or created after the attempt began
/// ignores it.
void admission_control::leave_gates(waiter& who, bool came_through, bool answered, time_point now) noexcept
{
    if (!std::exchange(who.passes_gates_, true))
        return;
    for_each_matching(who, [&](hold_map::iterator const matching) {
        auto& [where, gate] = *matching;
        bool const learns = has_gate(where, gate, who.admitted_at_) && gate.closed <= who.admitted_;
        bool const proves = !is_active_outage(where, gate) || (answered && is_last_to_pass(gate, who));
        if (!learns || !proves)
            return;
        gate.permits += (came_through ? 2 : 1) - (std::exchange(gate.lent, false) ? 1 : 0);
        admit_waiting(gate, now);
        bool const deserted = gate.until <= now && gate.queue.empty() && gate.notified == 0 && !is_active_outage(where, gate);
        if (came_through && deserted &&
            (where.what != barrier::outage || waiting_for_recovery_.empty()))  // they queue at it after the recovery
            erase(matching);
    });
    who.admitted_ = 0;
}

}  // namespace mend::detail
