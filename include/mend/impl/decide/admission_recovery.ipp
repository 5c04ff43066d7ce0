// The queues of operations that wait for a recovery or for a delay of their own, and the summary of an account's state.
#pragma once

#include <mend/detail/admission.hpp>

#include <tuple>

namespace mend::detail {

void admission_control::begin_recovery(action act) noexcept
{
    recovering_ = true;
    recovery_ = act;
}

void admission_control::end_recovery() noexcept
{
    recovering_ = false;
    waiting_for_recovery_.for_each([&](waiter& each) {
        waiting_for_recovery_.remove(each);
        asleep_.insert(each);
        each.wake();
    });
}

void admission_control::await_recovery(waiter& who) noexcept
{
    if (who.arrival_ == 0)
        who.arrival_ = ++arrivals_;
    enqueue(waiting_for_recovery_, who);
}

void admission_control::sleep(waiter& who) noexcept
{
    enqueue(asleep_, who);
}

void admission_control::wake_all() noexcept
{
    wake_if({scope::account, barrier::hold, 0, {}}, [](waiter const&) { return true; });
}

admission_control::summary admission_control::sum_up(time_point now) const noexcept
{
    using kind = account_state::kind;
    // A hold that has been forgotten had ended, and so had all that end no later.
    if (last_quarantine_.until > now)
        return {kind::quarantined, last_quarantine_.what, last_quarantine_.until};
    if (recovering_ && account_held_until() <= now)  // otherwise it waits like the others
        return {kind::recovering};
    if (last_hold_.until > now)
        return {kind::waiting, last_hold_.what, last_hold_.until};
    return {};
}

}  // namespace mend::detail
