// Operations that cannot go on, in order of arrival.
#pragma once

#include <mend/detail/saturating_time.hpp>

#include <cstdint>
#include <string_view>

namespace mend::detail {

class waiter_queue;
struct hold;

/// An operation as the conditions see it: what it names, and its place in a queue while it waits.
class waiter {
public:
    waiter(std::string_view method, std::int64_t peer, bool reply, time_point deadline) noexcept
        : method_{method}, peer_{peer}, deadline_{deadline}, reply_{reply}
    {
    }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    /// Called, with the conditions' lock held, when the operation should ask again whether it may go.
    virtual void wake() noexcept = 0;

    /// Part of the account's own recovery: it passes the recovery under way, its gate and its quarantine.
    [[nodiscard]] bool is_in_recovery() const noexcept { return in_recovery_; }
    void set_in_recovery() noexcept { in_recovery_ = true; }

    /// It is awaited by a callback of another account, which has a slot of the recoveries'.
    [[nodiscard]] bool is_in_callback() const noexcept { return in_callback_; }
    void set_in_callback() noexcept { in_callback_ = true; }

protected:
    virtual ~waiter() = default;  // virtual for -Wnon-virtual-dtor alone, which counts a friend as a user

    /// It has met a wall of this method's besides its own, and waits for that as well. The name must outlive the waiter, or
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
    hold* queued_at_ = nullptr;    // the hold whose queue it stands in; null in the queue for the recovery
    hold* notified_by_ = nullptr;    // the gate that has woken it
    std::uint64_t arrival_ = 0;    // first come, first served; 0: has not queued
    std::uint64_t admitted_ = 0;   // the moment, in serial numbers, at which its attempt began; 0: before all of them
    time_point admitted_at_ = time_point::min();  // the same moment, as a time
    bool reply_;
    bool in_recovery_ = false;
    bool in_callback_ = false;
    bool passes_gates_ = true;  // the attempt under way has taken permits
};

/// Waiters in order of arrival. Intrusive: a waiter stands in one queue at most.
class waiter_queue {
public:
    waiter_queue() = default;
    waiter_queue(waiter_queue const&) = delete;
    waiter_queue& operator=(waiter_queue const&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] waiter* front() const noexcept { return first_; }

    /// Did so many of them come before this one?
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
