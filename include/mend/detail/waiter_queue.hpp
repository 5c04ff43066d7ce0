// Waiting operations in order of arrival.
#pragma once

#include <mend/detail/saturating_time.hpp>

#include <cstdint>
#include <string_view>

namespace mend::detail {

class waiter_queue;
struct hold;

/// An operation as admission sees it: its method and chat, and its place in a queue while it waits.
class waiter {
public:
    waiter(std::string_view method, std::int64_t peer, bool reply, time_point deadline) noexcept
        : method_{method}, peer_{peer}, deadline_{deadline}, reply_{reply}
    {
    }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    /// Called with the account's lock held, when the operation should ask again to start.
    virtual void wake() noexcept = 0;

    /// Part of the account's own recovery: it passes the recovery under way, its gate and its quarantine.
    [[nodiscard]] bool is_in_recovery() const noexcept { return in_recovery_; }
    void set_in_recovery() noexcept { in_recovery_ = true; }

    /// Awaited by a callback of another account, which holds a slot for recoveries.
    [[nodiscard]] bool is_in_callback() const noexcept { return in_callback_; }
    void set_in_callback() noexcept { in_callback_ = true; }

protected:
    virtual ~waiter() = default;  // virtual for -Wnon-virtual-dtor alone, which counts a friend as a user

    /// The waiter has met a wall of this method besides its own, and also waits for that. The name must outlive the waiter, or
    /// the next call.
    void waits_for_method(std::string_view method) noexcept { caused_by_ = method; }
    [[nodiscard]] std::string_view method() const noexcept { return method_; }

private:
    friend class waiter_queue;
    friend class admission_control;

    std::string_view method_;
    std::string_view caused_by_;
    std::int64_t peer_;
    time_point deadline_;
    waiter* previous_ = nullptr;
    waiter* next_ = nullptr;
    waiter_queue* queue_ = nullptr;
    hold* queued_at_ = nullptr;  // the hold whose queue it is in; null in the queue for the recovery
    hold* notified_by_ = nullptr;  // the gate that has notified it
    std::uint64_t arrival_ = 0;  // first come, first served; 0: not queued yet
    std::uint64_t admitted_ = 0;  // when its attempt began, as a serial number; 0: before all others
    time_point admitted_at_ = time_point::min();  // the same moment, as a time
    bool reply_;
    bool in_recovery_ = false;
    bool in_callback_ = false;
    bool passes_gates_ = true;  // the current attempt has taken permits
};

/// Waiters in order of arrival. Intrusive: a waiter is in one queue at most.
class waiter_queue {
public:
    waiter_queue() = default;
    waiter_queue(waiter_queue const&) = delete;
    waiter_queue& operator=(waiter_queue const&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] waiter* front() const noexcept { return first_; }

    /// Returns whether at least `many` of them arrived before this waiter.
    [[nodiscard]] bool has_before(waiter const&, int many) const noexcept;
    void insert(waiter&) noexcept;
    void remove(waiter&) noexcept;

    template <class Visit>
    void for_each(Visit visit) const
    {
        for (waiter* each = first_; each != nullptr;) {
            waiter* const next = each->next_;
            visit(*each);
            each = next;
        }
    }

private:
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
};

}  // namespace mend::detail
