// The slots of options.max_concurrent_recoveries.
#pragma once

#include <mend/detail/callback_slots.hpp>

#include <utility>

namespace mend::detail {

bool callback_slots::take(std::shared_ptr<slot_user> const& wants)
{
    std::lock_guard const lock{mutex_};
    if (wants->has_slot_)
        return true;
    if (free_ == 0) {
        queue_.push_back(wants);
        return false;
    }
    --free_;
    wants->has_slot_ = true;
    return true;
}

void callback_slots::force(slot_user& wants) noexcept
{
    std::lock_guard const lock{mutex_};
    if (wants.has_slot_)
        return;
    std::erase_if(queue_, [&](auto const& each) { return each.get() == &wants; });
    wants.has_slot_ = true;
    ++forced_;
}

void callback_slots::give_back(slot_user& had) noexcept
{
    std::shared_ptr<slot_user> next;
    {
        std::lock_guard const lock{mutex_};
        if (!had.has_slot_) {
            std::erase_if(queue_, [&](auto const& each) { return each.get() == &had; });
            return;
        }
        had.has_slot_ = false;
        if (forced_ != 0) {
            --forced_;
            return;
        }
        if (queue_.empty()) {
            ++free_;
            return;
        }
        next = std::move(queue_.front());
        queue_.pop_front();
        next->has_slot_ = true;
    }
    next->on_slot();
}

bool callback_slots::has_slot(slot_user const& user) const noexcept
{
    std::lock_guard const lock{mutex_};
    return user.has_slot_;
}

bool callback_slots::any_free() const noexcept
{
    std::lock_guard const lock{mutex_};
    return free_ != 0;
}

}  // namespace mend::detail
