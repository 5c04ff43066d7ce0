// Waiting operations in order of arrival.
#pragma once

#include <mend/detail/waiter_queue.hpp>

#include <cassert>

namespace mend::detail {

void waiter_queue::insert(waiter& each) noexcept
{
    assert(each.queue_ == nullptr);
    // Nearly always the last to arrive; a waiter that comes from another gate is inserted by searching from the back.
    waiter* before = last_;
    while (before != nullptr && before->arrival_ > each.arrival_)
        before = before->previous_;
    waiter* const after = before != nullptr ? before->next_ : first_;
    each.previous_ = before;
    each.next_ = after;
    each.queue_ = this;
    (before != nullptr ? before->next_ : first_) = &each;
    (after != nullptr ? after->previous_ : last_) = &each;
}

void waiter_queue::remove(waiter& each) noexcept
{
    assert(each.queue_ == this);
    (each.previous_ != nullptr ? each.previous_->next_ : first_) = each.next_;
    (each.next_ != nullptr ? each.next_->previous_ : last_) = each.previous_;
    each.previous_ = each.next_ = nullptr;
    each.queue_ = nullptr;
}

bool waiter_queue::has_before(waiter const& which, int many) const noexcept
{
    for (waiter const* each = first_; each != nullptr && each->arrival_ < which.arrival_; each = each->next_) {
        if (--many <= 0)
            return true;
    }
    return many <= 0;
}

}  // namespace mend::detail
