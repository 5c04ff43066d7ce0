// One run of a callback: its order, its operation and its state.
#pragma once

#include <mend/impl/drive/callback_run.hpp>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

void callback_run::request_stop(locked_account const& locked) noexcept
{
    machine.stop();
    look_again(locked);
}

void callback_run::raise(locked_account const& locked, recovery_state& state, action act) noexcept
{
    bool const can = order.is_recovery() && machine.is_parked() && state.registered.has(act);
    if (can && act != action::relogin && strength(act) > strength(order.act)) {
        order.act = act;
        state.admission.begin_recovery(act);
    }
    look_again(locked);
}

void callback_run::reconsider(recovery_state& state) noexcept
{
    if (!order.is_recovery() || !machine.is_parked() || asked_for == action::relogin)
        return;
    order.act = state.escalated(asked_for, order.what, order.escalate_after);
    state.admission.begin_recovery(order.act);
}

callback_order callback_run::as_asked() const
{
    callback_order asked = order;
    asked.act = asked_for;
    return asked;
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
