// The core: the next step of one operation, given an event and the time. No I/O, no clock, no thread.
#pragma once

#include <mend/detail/operation_machine.hpp>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace mend::detail {

operation_machine::operation_machine(recovery_state& account, operation_limits const& limits, std::string_view method,
                                     std::int64_t peer, bool reply, time_point deadline) noexcept
    : waiter{method, peer, reply, deadline}, account_{account}, limits_{limits}, deadline_{deadline}
{
}

step operation_machine::start(time_point now)
{
    assert(state_ == state::idle);
    state_ = state::entering;
    return enter(now);
}

void operation_machine::started(account_stamp began) noexcept
{
    assert(state_ == state::idle);
    state_ = state::attempting;
    began_ = began;
    attempts_ = 1;
}

step operation_machine::enter(time_point now)
{
    if (account_.stamp.closed())
        return give_up(stop_reason::closed, {}, now);
    if (has_waited_too_long(now))
        return give_up(stop_reason::wait_too_long, {}, now);
    if (now < deadline_)
        account_.begin_postponed(*this, limits_.relogins_per_day, now);
    admission_decision const answer = account_.admission.enter(*this, now);
    opens_ = answer.opens;
    switch (answer.what) {
    case admission_decision::kind::ask:
        if (!std::exchange(account_.asking, true)) {  // otherwise the running on_probe is used
            account_.question = order(action::retry);
            account_.to_server.takes_step = true;
            account_.note(event_kind::probing, category::unknown, now);
        }
        return {step::kind::wait, end_of_wait(answer.until, true, now)};
    case admission_decision::kind::wait:
        return {step::kind::wait, end_of_wait(answer.until, answer.outage, now)};
    case admission_decision::kind::refuse:
        return refuse(answer, now);
    case admission_decision::kind::go:
        break;
    }
    if (account_.outage.active() && account_.admission.is_probe(*this)) {
        account_.note(event_kind::probing, category::unknown, now);
        account_.to_server.takes_step = true;
        account_.stamp = account_.stamp.after_outage_step();
    }
    outage_wait_.reset();
    state_ = state::attempting;
    began_ = account_.stamp;
    ++attempts_;
    count_attempt();
    return {step::kind::attempt};
}

bool operation_machine::waits_for_callback() const noexcept
{
    bool const at_gate = state_ == state::entering && (account_.admission.recovering() || account_.asking);
    return state_ == state::recovering || state_ == state::refreshing || at_gate;
}

operation_machine::wait_parts operation_machine::parts_of_wait(time_point now) const noexcept
{
    time_point const until = state_ == state::entering ? opens_ : state_ == state::delaying ? delay_until_ : time_point::max();
    if (until == time_point::max() || until <= now)
        return {};
    time_point const own = state_ == state::entering ? std::clamp(own_until_, now, until) : until;
    return {between(now, until), between(own, until)};
}

/// An outage is a wait like any other, and limited by its category's max_wait.
time_point operation_machine::end_of_wait(time_point until, bool outage, time_point now) noexcept
{
    if (!outage)
        return until;
    if (!outage_wait_)
        outage_wait_ = now;
    return std::min(until, later(*outage_wait_, longest_outage()));
}

bool operation_machine::has_waited_too_long(time_point now) noexcept
{
    if (!account_.outage.active() || account_.waits_to_be_let_out())  // over, or almost over
        outage_wait_.reset();
    return outage_wait_ && now >= later(*outage_wait_, longest_outage());
}

step operation_machine::refuse(admission_decision const& answer, time_point now)
{
    if (failures_ == 0)
        last_ = answer.because;
    return give_up(answer.why, answer.until, now);
}

void operation_machine::count_attempt() noexcept
{
    if (!std::exchange(counted_, true))
        ++account_.attempting;
}

void operation_machine::uncount_attempt() noexcept
{
    if (!std::exchange(counted_, false))
        return;
    assert(account_.attempting != 0);
    --account_.attempting;
}

/// Ends the attempt and reports its result to its gates.
void operation_machine::leave_attempt(bool met_a_wall, bool answered, time_point now) noexcept
{
    uncount_attempt();
    if (met_a_wall)
        account_.admission.return_permit(*this, now);
    else
        account_.admission.on_success(*this, answered, now);
}

void operation_machine::succeeded(time_point now)
{
    assert(state_ == state::attempting);
    account_.answered(account_.admission.was_let_through(*this), now);
    leave_attempt(false, true, now);
    delivered_ = delivery::sent;
    state_ = state::ended;
}

void operation_machine::cancelled(time_point now) noexcept
{
    if (account_.begun_by == this)
        account_.begun_by = nullptr;
    uncount_attempt();
    if (state_ == state::attempting) {
        if (account_.admission.is_probe(*this))
            account_.probe_cancelled(now);
        account_.admission.return_permit(*this, now);
        delivered_ = worse(delivered_, delivery::unknown);
    }
    account_.admission.leave(*this, now);
    if (why_ == stop_reason::none)
        why_ = stop_reason::cancelled;
    state_ = state::ended;
}

step operation_machine::give_up(stop_reason why, std::optional<time_point> retry_at, time_point now)
{
    if (retry_at == time_point::max())  // never
        retry_at.reset();
    account_.admission.leave(*this, now);
    if (account_.begun_by == this)
        account_.begun_by = nullptr;
    why_ = why;
    // The server has the message: the caller must not send it again, regardless of later failures.
    if (known_to_server_ && why != stop_reason::closed)
        why_ = stop_reason::already_sent;
    retry_at_ = retry_at;
    state_ = state::ended;
    return {step::kind::give_up};
}

// --- between attempts

void operation_machine::charge_retry() noexcept
{
    ++charged_;
    wake();
}

step operation_machine::await_recovery(time_point now) noexcept
{
    account_.admission.await_recovery(*this);
    return {step::kind::wait, end_of_wait(deadline_, account_.outage.active(), now)};
}

step operation_machine::delay(time_point now)
{
    if (account_.stamp.closed())
        return give_up(stop_reason::closed, {}, now);
    if (auto const refused = account_.admission.refusal(*this, now))
        return refuse(*refused, now);
    if (has_deadline() && delay_until_ >= deadline_)
        return give_up(stop_reason::deadline, delay_until_, now);
    if (now < delay_until_) {
        account_.admission.sleep(*this);
        return {step::kind::wait, delay_until_};
    }
    state_ = state::entering;
    return enter(now);
}

step operation_machine::seek_recovery(time_point now)
{
    admission_control& admission = account_.admission;
    admission.leave(*this, now);
    if (account_.stamp.closed())
        return give_up(stop_reason::closed, {}, now);
    auto const refused = admission.refusal(*this, now);
    if (refused && refused->why == stop_reason::quarantined) {
        // The login was to follow a weaker recovery, and could not: that is the reason for the quarantine.
        time_point const refill = account_.logins.refills_at(limits_.relogins_per_day, now);
        if (needed_ == action::relogin && !waits_for_recovery_ && refill > now)
            return give_up(stop_reason::recovery_budget, refill, now);
        return refuse(*refused, now);
    }
    auto& retries = retries_[static_cast<std::size_t>(last_)];
    retries += std::exchange(charged_, 0);
    if (retries > plan_.max_retries && plan_.max_retries != std::numeric_limits<unsigned>::max())
        return give_up(stop_reason::retries_exhausted, {}, now);
    if (refused)
        return refuse(*refused, now);
    if (has_waited_too_long(now))
        return give_up(stop_reason::wait_too_long, {}, now);

    bool const ended = account_.stamp.generation() != joined_.generation();
    bool const failed = ended && account_.stamp.last_strength() == 0;
    bool const strong_enough = strength(account_.last_recovery) >= strength(needed_);
    if (account_.stamp.recovered_since(joined_, needed_) || (ended && failed && (strong_enough || waits_for_recovery_))) {
        state_ = state::delaying;
        delay_until_ = later(now, delay_);
        return delay(now);
    }
    if (now >= deadline_)
        return give_up(stop_reason::deadline, {}, now);
    if (!admission.recovering() && needed_ == action::relogin && admission.account_quarantined_until() > now) {
        state_ = state::delaying;  // refused unless it is a reply: a login has already failed
        delay_until_ = later(now, delay_);
        return delay(now);
    }
    // The recovery still runs, or was too weak: request the one that is needed.
    using kind = recovery_decision::kind;
    recovery_decision const answer = ask_for_recovery(needed_, now);
    if (answer.what == kind::over_budget) {
        decision_.quarantined = admission_control::held{scope::account, answer.until};
        decision_.quarantine_because = last_;
        return give_up(stop_reason::recovery_budget, answer.until, now);
    }
    if (answer.what == kind::dropped) {
        state_ = state::delaying;
        delay_until_ = later(now, delay_);
        return delay(now);
    }
    if (answer.what == kind::begins) {
        account_.begun_by = this;
        joined_ = account_.stamp;
    }
    waits_for_recovery_ = answer.what != kind::queued;
    return await_recovery(now);
}

/// Asks for a recovery. A postponed one begins immediately for an operation that may proceed.
recovery_decision operation_machine::ask_for_recovery(action act, time_point now)
{
    using kind = recovery_decision::kind;
    recovery_decision answer = account_.request(order(act), limits_.relogins_per_day, now);
    if (answer.what != kind::postponed)
        return answer;
    account_.begin_postponed(*this, limits_.relogins_per_day, now);
    if (account_.admission.recovering())
        answer.what = kind::begins;
    else if (!account_.postponed)  // nothing would ever wake an operation that waited for it
        answer.what = kind::dropped;
    return answer;
}

step operation_machine::resume(time_point now)
{
    assert(state_ != state::idle && state_ != state::attempting);
    decision_.held.reset();
    decision_.quarantined.reset();
    if (state_ == state::delaying || state_ == state::refreshing)
        account_.admission.leave(*this, now);
    switch (state_) {
    case state::delaying:
        return delay(now);
    case state::recovering:
        return seek_recovery(now);
    case state::entering:
        return enter(now);
    case state::refreshing:
        if (account_.stamp.closed())
            return give_up(stop_reason::closed, {}, now);
        if (now >= deadline_)
            return give_up(stop_reason::deadline, {}, now);
        if (auto const refused = account_.admission.refusal(*this, now))
            return refuse(*refused, now);
        account_.admission.sleep(*this);
        return {step::kind::wait, deadline_};
    case state::idle:
    case state::attempting:
    case state::ended:
        break;
    }
    return {step::kind::give_up};
}

step operation_machine::refreshed(time_point now)
{
    assert(state_ == state::refreshing);
    // The next attempt shows whether the refresh helped. A failed refresh is a plain retry with the same backoff.
    account_.admission.leave(*this, now);
    state_ = state::delaying;
    delay_until_ = later(now, delay_);
    return delay(now);
}

}  // namespace mend::detail
