// The slots of options.max_concurrent_recoveries.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

namespace mend::detail {

/// A run of a callback, which needs a slot.
class slot_user {
public:
    slot_user() = default;
    slot_user(slot_user const&) = delete;
    slot_user& operator=(slot_user const&) = delete;

    /// Called without a lock when the run has received a slot for which it was queued.
    virtual void on_slot() noexcept = 0;

protected:
    virtual ~slot_user() = default;  // virtual for -Wnon-virtual-dtor alone, which counts a friend as a user

private:
    friend class callback_slots;

    bool has_slot_ = false;  // guarded by the lock of the slots
};

/// Assigns slots, first come, first served. Thread-safe.
class callback_slots {
public:
    explicit callback_slots(unsigned count) noexcept : free_{count} {}

    /// Returns whether the run now has a slot. If not, it is queued, and on_slot() is called when it has.
    [[nodiscard]] bool take(std::shared_ptr<slot_user> const&);
    /// Assigns a slot beyond the limit if the run has none.
    void force(slot_user&) noexcept;
    /// Returns the run's slot, or removes it from the queue. The slot goes to the next in the queue.
    void give_back(slot_user&) noexcept;

    [[nodiscard]] bool has_slot(slot_user const&) const noexcept;
    [[nodiscard]] bool any_free() const noexcept;

private:
    mutable std::mutex mutex_;
    unsigned free_;
    unsigned forced_ = 0;  // beyond the limit: not passed on when returned
    std::deque<std::shared_ptr<slot_user>> queue_;
};

}  // namespace mend::detail
