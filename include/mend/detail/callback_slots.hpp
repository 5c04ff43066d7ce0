// The slots of options.max_concurrent_recoveries.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

namespace mend::detail {

/// What a slot is for: a run of a callback.
class slot_user {
public:
    slot_user() = default;
    slot_user(slot_user const&) = delete;
    slot_user& operator=(slot_user const&) = delete;

    /// A slot for which it was queued is its own now. Called without a lock.
    virtual void on_slot() noexcept = 0;

protected:
    virtual ~slot_user() = default;  // virtual for -Wnon-virtual-dtor alone, which counts a friend as a user

private:
    friend class callback_slots;

    bool has_slot_ = false;  // guarded by the lock of the slots
};

/// First come, first served. Thread-safe.
class callback_slots {
public:
    explicit callback_slots(unsigned count) noexcept : free_{count} {}

    /// Returns whether it has a slot now; if not, it is queued and on_slot() is called when it has.
    [[nodiscard]] bool take(std::shared_ptr<slot_user> const&);
    /// Gives it a slot beyond the limit, if it has none.
    void force(slot_user&) noexcept;
    /// Takes its slot, or its place in the queue, away; the slot goes to the next.
    void give_back(slot_user&) noexcept;

    [[nodiscard]] bool has_slot(slot_user const&) const noexcept;
    [[nodiscard]] bool any_free() const noexcept;

private:
    mutable std::mutex mutex_;
    unsigned free_;
    unsigned forced_ = 0;  // beyond the limit: given back to nobody
    std::deque<std::shared_ptr<slot_user>> queue_;
};

}  // namespace mend::detail
