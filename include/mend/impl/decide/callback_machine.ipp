// The run of a callback: slot, disconnect, settle, slot again, the callback itself, and the handling of an overdue one.
#pragma once

#include <mend/impl/decide/callback_machine.hpp>

#include <cassert>

namespace mend::detail {

callback_machine::step callback_machine::finish(action_result result) noexcept
{
    if (result_ == action_result::none)
        result_ = result;
    state_ = state::over;
    return {step::kind::end};
}

callback_machine::step callback_machine::call(step::kind what, time_point now) noexcept
{
    disconnects_ = what == step::kind::disconnect;
    state_ = disconnects_ ? state::disconnecting : state::calling;
    ended_ = how::runs;
    until_ = later(now, order_.timeout);
    return {what};
}

void callback_machine::again() noexcept
{
    assert(state_ == state::over);
    state_ = state::idle;
    result_ = action_result::none;
    disconnect_failed_ = disconnects_;
}

/// In a server's outage, the run is notified when its turn comes. It checks again a while later, in case it is not.
time_point callback_machine::look_again_at(recovery_state const& account, time_point now) noexcept
{
    time_point const opens = account.recovery_opens();
    return opens > now || !account.recovery_waits_for_turn() ? opens : account.admission.outage_moment();
}

callback_machine::step callback_machine::settle(time_point now) noexcept
{
    state_ = state::settling;
    until_ = later(now, order_.settle);
    return {step::kind::give_slot};
}

/// Waits for the end of the call, and cancels it when its time is over.
callback_machine::step callback_machine::watch_call(time_point now) noexcept
{
    if (ended_ != how::runs) {
        if (result_ != action_result::none)
            return finish(result_);
        if (ended_ == how::threw)
            return finish(action_result::failed);
        return disconnects_ ? settle(now) : finish(action_result::succeeded);
    }
    if (state_ == state::cancelling) {
        if (now < until_)
            return {step::kind::wait, until_};
        state_ = state::over;
        return {step::kind::abandon};
    }
    if (!stopped_ && now < until_)
        return {step::kind::wait, until_};
    result_ = stopped_ ? action_result::cancelled : action_result::timed_out;
    state_ = state::cancelling;
    until_ = later(now, order_.timeout);
    return {step::kind::cancel};
}

/// From settling to the callback, which is not called before the account's state allows it.
callback_machine::step callback_machine::open(recovery_state const& account, bool has_slot, time_point now) noexcept
{
    if (account.recovery_waits_for_turn() || account.recovery_opens() > now) {
        bool const wants_no_slot = has_slot || state_ == state::queued_again;  // nor a place in the queue for one
        state_ = state::opening;
        if (wants_no_slot)
            return {step::kind::give_slot};
        return {step::kind::wait, look_again_at(account, now)};
    }
    if (has_slot)
        return call(step::kind::call, now);
    if (state_ == state::queued_again)
        return {step::kind::wait};
    state_ = state::queued_again;
    return {step::kind::take_slot};
}

callback_machine::step callback_machine::next(recovery_state const& account, bool has_slot, bool has_disconnect, time_point now)
{
    if ((stopped_ && is_between_calls()) || is_useless(account, now))
        return finish(action_result::cancelled);
    switch (state_) {
    case state::idle:
        if (order_.is_probe())
            return call(step::kind::call, now);
        if (disconnect_failed_ && account.recovery_opens() > now)
            return {step::kind::wait, account.recovery_opens()};
        if (order_.is_recovery() && !has_disconnect)
            return settle(now);
        state_ = state::queued;
        return {step::kind::take_slot};
    case state::queued:
        if (!has_slot)
            return {step::kind::wait};
        return call(order_.is_recovery() ? step::kind::disconnect : step::kind::call, now);
    case state::settling:
        if (now < until_)
            return {step::kind::wait, until_};
        return open(account, has_slot, now);
    case state::opening:
    case state::queued_again:
        return open(account, has_slot, now);
    case state::disconnecting:
    case state::calling:
    case state::cancelling:
        return watch_call(now);
    case state::over:
        break;
    }
    return finish(action_result::cancelled);
}

}  // namespace mend::detail
