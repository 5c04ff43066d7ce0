// Calls to an account from outside: its callbacks, server and state, release, close, drain.
#pragma once

#include <mend/impl/drive/callback_run.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

bool account_core::begin_draining()
{
    locked_account locked{*this, locked_account::quiet};
    account_trouble& trouble = locked.trouble();
    if (trouble.draining)
        return true;
    if ((usage_.load(std::memory_order_acquire) & user_mask) <= 1)
        return false;
    trouble.draining = true;
    // If this was the last user after all, the lock keeps destroy() waiting.
    if ((usage_.fetch_sub(one_user, std::memory_order_acq_rel) & user_mask) == one_user) {
        trouble.draining = false;
        add_user();
        return false;
    }
    return true;
}

void account_core::remove_owner() noexcept
{
    manager().forget_id(*this);
    {
        locked_account locked{*this, locked_account::quiet};  // the account may be destroyed after the unlock
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->draining) {
            trouble->abandoned = true;  // its reference has already been returned
            return;
        }
    }
    remove_user();
}

void account_core::set_server(std::string_view name)
{
    time_point const now = manager().time().now();
    server_core& wanted = manager().server(name);
    server_core* left = nullptr;
    {
        locked_account locked{*this, now};
        server_core& former = server();
        if (&former == &wanted)
            return;
        left = &former;
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
            former.forget(trouble->place);
            trouble->state.leave_server(now, now);
            if (trouble->recovery != nullptr)
                trouble->recovery->look_again(locked);
        }
        // In this order: a count taken in between is too small, and ends no outage.
        wanted.shift_successes(successes());
        server_.store(&wanted, std::memory_order_release);
        former.shift_successes(0 - successes());
        if (wanted.disturbed())
            locked.set_stamp(locked.stamp().with_disturbance(true));
    }
    left->settle(*this, {}, category::unknown, now);  // its turn goes to another account
}

void account_core::set_callback(callback_key key, registered_callback callback)
{
    registered_callback former;  // user code: destroyed after the lock is released
    locked_account locked{*this};
    auto& own = locked.trouble().own_callbacks;
    if (own == nullptr)
        own = std::make_unique<callback_set>();
    former = std::exchange((*own)[key], std::move(callback));
    if (own->empty())
        own.reset();
}

registered_callback account_core::callback(callback_key key)
{
    locked_account const locked{*this};
    if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->own_callbacks != nullptr) {
        if (registered_callback const& own = (*trouble->own_callbacks)[key])
            return own;
    }
    return manager().callback(key);
}

bool account_core::spares(call const* about)
{
    time_point const now = manager().time().now();
    if (about != nullptr && about->deadline && *about->deadline <= now)
        return false;
    std::lock_guard const held{lock()};
    if (trouble_ == nullptr || server().disturbed())
        return false;
    recovery_state& state = trouble_->state;
    if (!state.outage.empty() || state.postponed)
        return false;
    return about != nullptr ? state.admission.spares(about->method, about->peer, now) : state.admission.spares({}, 0, now);
}

account_state account_core::state()
{
    time_point const now = manager().time().now();
    auto const wall = manager().time().wall();
    locked_account locked{*this, now};
    account_trouble const* const trouble = locked.existing_trouble();
    account_state answer;
    if (locked.stamp().closed())
        answer.what = account_state::kind::closed;
    if (locked.stamp().closed() || trouble == nullptr)
        return answer;
    admission_control::summary const worst = trouble->state.sum_up(now);
    answer.what = worst.what;
    answer.why = worst.because;
    if (worst.until != time_point::max())
        answer.until = on_wall(wall, now, worst.until);
    if (worst.since)
        answer.since = on_wall_before(wall, now, *worst.since);
    return answer;
}

void account_core::release()
{
    bool lifted = false;
    {
        locked_account locked{*this, manager().time().now()};
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
            lifted = trouble->state.admission.lift_quarantines();
            trouble->state.logins.refill();
        }
    }
    if (!lifted)
        return;
    event record = event_of(event_kind::released);
    manager().publish(record);
}

void account_core::close(bool quietly) noexcept
{
    locked_account locked{*this};
    if (quietly)
        locked.be_quiet();
    locked.set_stamp(locked.stamp().after_close());
    if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
        for (auto const& run : {trouble->recovery, trouble->probe}) {
            if (run != nullptr)
                run->request_stop(locked);
        }
        trouble->state.postponed.reset();
        trouble->state.admission.wake_all();
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
