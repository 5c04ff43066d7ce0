// Handles a failed attempt: the action, what is learnt, a reason to stop, a recovery, a quarantine, the next step.
#pragma once

#include <mend/detail/operation_machine.hpp>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace mend::detail {

step operation_machine::failed(observation const& seen, time_point now)
{
    assert(state_ == state::attempting);
    classification const& meaning = seen.meaning;
    if (!counted_) {  // attempt 1, which began without a visit to the account
        count_attempt();
        ++account_.in_flight;
    }
    ++failures_;
    last_ = meaning.what;
    delivered_ = worse(delivered_, meaning.delivered);
    known_to_server_ = known_to_server_ || meaning.what == category::duplicate;
    plan_ = seen.what_to_do;
    decision_ = {};

    findings found = decide_action(seen, now);
    learn(seen, found, now);
    found.stop = find_stop(seen, found);
    seek(seen, found, now);
    quarantine(seen, found, now);

    bool const session_is_lost = decision_.act == action::relogin && !decision_.stale;  // treated as a wall by the gates
    leave_attempt(found.wall || session_is_lost, is_answer(meaning.what), now);
    caused_by_.assign(seen.method);  // not earlier: the gates passed by the attempt are those of the previous method
    waits_for_method(caused_by_);
    if (found.stop == stop_reason::none) {
        decision_.delay = between(now, std::max(now, found.earliest));
        decision_.hold = between(std::max(now, own_until_), std::max(now, found.earliest));
    }
    return conclude(seen, found, now);
}

/// Determines the action, whether it can be carried out, and how long the delay is.
operation_machine::findings operation_machine::decide_action(observation const& seen, time_point now)
{
    classification const& meaning = seen.meaning;
    policy const& plan = seen.what_to_do;
    findings found;
    action const wanted = meaning.instead.value_or(plan.act);
    decision_.stale = strength(wanted) != 0 && account_.stamp.recovered_since(began_, wanted);

    admission_control const& admission = account_.admission;
    // A login closes healthy connections. Telegram's answer required it, so the failure is not the network's.
    bool const cut_off = admission.recovering() && admission.recovery() == action::relogin;
    account_.watch({meaning.what, seen.own_shortage, cut_off || account_.stamp.has_moved_on(began_), admission.is_probe(*this),
                    failures_ == 1, is_in_recovery(), admission.was_let_through(*this)},
                   plan.max_wait, now);
    bool const climbs = !decision_.stale && !seen.own_shortage;
    action const act = climbs ? account_.escalated(wanted, meaning.what, plan.escalate_after) : wanted;
    decision_.act = act;

    // A shortage on our own side waits longer each time, as an outage does, and does not count as a retry of its category.
    auto& retries = retries_[static_cast<std::size_t>(meaning.what)];
    bool const spares = seen.own_shortage && plan.max_retries != 0;
    if (unsigned& counted = spares ? shortages_ : retries; !decision_.stale && counted != std::numeric_limits<unsigned>::max())
        ++counted;
    bool const recovers = strength(act) != 0;
    found.missing = (recovers || act == action::refresh) && !account_.registered.has(act);
    decision_.callback_missing = found.missing && !decision_.stale;
    found.needs_recovery = recovers && !found.missing && !decision_.stale && !is_in_recovery();

    unsigned const retry = seen.own_shortage ? std::max(retries, shortages_) : retries;
    delay_ = decision_.stale ? milliseconds{0} : plan.delay.delay(std::max(retry, 1U), seen.random);
    bool const own_wait = act == action::wait || meaning.where == scope::operation || meaning.what == category::auth;
    if (meaning.retry_after && own_wait)
        delay_ = act == action::wait ? *meaning.retry_after : std::max(delay_, *meaning.retry_after);
    bool const joins = admission.recovering() && strength(admission.recovery()) >= strength(act);
    found.earliest = later(now, found.needs_recovery && !joins ? sum(plan.settle, delay_) : delay_);
    return found;
}

/// Applies what the failure teaches to its scope, even if this operation stops.
void operation_machine::learn(observation const& seen, findings& found, time_point now)
{
    auto const learnt =
        account_.learn_wait(*this, seen.meaning, seen.what_to_do, decision_.act, delay_, seen.method, seen.random, now);
    decision_.held = learnt.held;
    found.wall = learnt.wall;
    found.at_gate = learnt.at_gate;
    if (decision_.act != action::wait && !learnt.at_gate && learnt.earliest != time_point{})  // no gate enforces its wait
        delay_ = std::max(delay_, seen.meaning.retry_after.value_or(delay_));
    own_until_ = std::max(found.earliest, learnt.own);
    if (decision_.act == action::wait && learnt.earliest != time_point{})
        found.earliest = learnt.earliest;
    else
        found.earliest = std::max(found.earliest, learnt.earliest);
    own_until_ = std::min(own_until_, found.earliest);
}

stop_reason operation_machine::find_stop(observation const& seen, findings const& found) const noexcept
{
    classification const& meaning = seen.meaning;
    policy const& plan = seen.what_to_do;
    action const act = decision_.act;
    bool const cannot = act == action::fail || (found.missing && act == action::relogin) ||
                        (found.missing && act == action::refresh && !limits_.knows_its_attempt);
    unsigned const retry = retries_[static_cast<std::size_t>(meaning.what)];
    if (cannot)
        return stop_reason::not_retryable;
    if (account_.stamp.closed())
        return stop_reason::closed;
    if ((!decision_.stale && retry > plan.max_retries) || attempts_ >= limits_.max_attempts)
        return delivered_ == delivery::sent ? stop_reason::already_sent : stop_reason::retries_exhausted;
    if (!limits_.idempotent && meaning.delivered == delivery::unknown)
        return stop_reason::delivery_unknown;
    if (!limits_.idempotent && meaning.delivered == delivery::sent && meaning.what != category::duplicate)
        return stop_reason::already_sent;
    // A wait beyond the clock's range is too long for every operation: none runs for ever.
    if (meaning.retry_after && (*meaning.retry_after > plan.max_wait || found.earliest == time_point::max()))
        return stop_reason::wait_too_long;
    if (has_deadline() && found.earliest >= deadline_)
        return stop_reason::deadline;
    return stop_reason::none;
}

/// Requests the recovery that the failure needs, even if this operation stops.
void operation_machine::seek(observation const& seen, findings& found, time_point now)
{
    if (found.earliest != now && found.earliest != time_point::max() &&
        (seen.meaning.retry_after || found.stop == stop_reason::deadline))
        found.retry_at = found.earliest;
    if (!found.needs_recovery || found.stop == stop_reason::closed)
        return;
    using kind = recovery_decision::kind;
    bool const goes_on = found.stop == stop_reason::none;
    recovery_decision const answer =
        goes_on ? ask_for_recovery(decision_.act, now) : account_.request(order(decision_.act), limits_.relogins_per_day, now);
    switch (answer.what) {
    case kind::begins:
        account_.begun_by = this;
        break;
    case kind::joined:
    case kind::queued:
    case kind::postponed:
        break;
    case kind::dropped:
        found.needs_recovery = false;
        break;
    case kind::quarantined:  // a login has already failed
        found.stop = stop_reason::quarantined;
        found.retry_at = answer.until != time_point::max() ? std::optional{answer.until} : std::nullopt;
        break;
    case kind::over_budget:
        found.stop = stop_reason::recovery_budget;
        found.retry_at = answer.until;
        found.wall = true;
        decision_.quarantined = admission_control::held{scope::account, answer.until};
        decision_.quarantine_because = last_;
        break;
    }
}

void operation_machine::quarantine(observation const& seen, findings& found, time_point now)
{
    auto const set = [&](scope where, time_point until) {
        decision_.quarantined = account_.admission.quarantine(*this, where, seen.meaning.what, until, now);
        decision_.quarantine_because = seen.meaning.what;
        if (decision_.quarantined->where == scope::operation)
            decision_.quarantined.reset();
        else
            found.wall = true;
        found.retry_at = until == time_point::max() ? std::nullopt : std::optional{until};
    };
    if (found.stop == stop_reason::not_retryable && decision_.act == action::relogin)
        set(scope::account, later(now, recovery_state::failed_login_quarantine));
    bool const causes =
        found.stop != stop_reason::none && found.stop != stop_reason::closed && found.stop != stop_reason::deadline;
    if (causes && seen.what_to_do.quarantine > milliseconds{0})
        set(seen.meaning.where, later(now, seen.what_to_do.quarantine));
}

step operation_machine::conclude(observation const& seen, findings const& found, time_point now)
{
    action const act = decision_.act;
    if (found.stop != stop_reason::none)
        return give_up(found.stop, found.retry_at, now);
    bool const refreshes = act == action::refresh && !found.missing;
    if (found.needs_recovery || refreshes) {
        if (auto const refused = account_.admission.refusal(*this, now)) {
            decision_.delay = decision_.hold = milliseconds{0};
            return refuse(*refused, now);
        }
    }
    decision_.unidentified_repeat =
        seen.meaning.delivered == delivery::unknown && !limits_.knows_its_attempt && !repeat_reported_;
    repeat_reported_ = repeat_reported_ || decision_.unidentified_repeat;

    if (act == action::wait && found.at_gate) {
        state_ = state::entering;
        return enter(now);
    }
    if (act == action::wait) {  // a wait without a gate
        state_ = state::delaying;
        delay_until_ = found.earliest;
        return delay(now);
    }
    if (refreshes) {
        state_ = state::refreshing;
        account_.admission.sleep(*this);
        return {step::kind::refresh};
    }
    if (found.needs_recovery && account_.admission.recovering()) {  // else it is postponed until this operation enters
        needed_ = act;
        joined_ = account_.stamp;
        state_ = state::recovering;
        waits_for_recovery_ = strength(account_.admission.recovery()) >= strength(act);
        return await_recovery(now);
    }
    state_ = state::delaying;
    delay_until_ = later(now, delay_);
    return delay(now);
}

}  // namespace mend::detail
