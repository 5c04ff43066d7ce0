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
    wake_if([](waiter const&) { return true; });
}

admission_control::summary admission_control::sum_up(time_point now) const noexcept
{
    using kind = account_state::kind;
    summary worst{recovering_ && account_held_until() <= now ? kind::recovering
                                                             : kind::healthy};  // otherwise it waits like the others
    for (auto const& [where, each] : holds_) {
        if (where.what == barrier::outage || each.until <= now)
            continue;
        summary const found{where.what == barrier::quarantine ? kind::quarantined : kind::waiting, each.what, each.until};
        if (std::tie(found.what, found.until) > std::tie(worst.what, worst.until))
            worst = found;
    }
    return worst;
}

}  // namespace mend::detail
