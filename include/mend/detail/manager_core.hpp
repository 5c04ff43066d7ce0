// What a recovery manager, its accounts and their operations share: settings, time, randomness, listeners, slots.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/callbacks.hpp>
#include <mend/detail/parking.hpp>
#include <mend/detail/recovery_machine.hpp>
#include <mend/event.hpp>
#include <mend/history.hpp>
#include <mend/policy.hpp>
#include <mend/statistics.hpp>
#include <mend/time_source.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace mend {

inline namespace MEND_BACKEND {
struct options;
}

namespace detail {
inline namespace MEND_BACKEND {

class account_core;
struct flight;

/// What decides about failures; replaced as a whole, so that an operation sees one state of it.
struct settings {
    classifier rules;
    policy_table policies;
};

/// Lives until the manager and the last account and operation are gone. Thread-safe.
class manager_core : public std::enable_shared_from_this<manager_core> {
public:
    manager_core(asio::any_io_executor, options);
    ~manager_core();
    manager_core(manager_core const&) = delete;
    manager_core& operator=(manager_core const&) = delete;

    [[nodiscard]] asio::any_io_executor const& executor() const noexcept { return executor_; }
    [[nodiscard]] time_source& time() const noexcept { return time_; }
    [[nodiscard]] bool runs_on_steady_time() const noexcept { return &time_ == &steady_time(); }
    [[nodiscard]] operation_limits const& limits() const noexcept { return limits_; }
    [[nodiscard]] double random() noexcept;

    [[nodiscard]] std::shared_ptr<settings const> current() const;
    void set_policies(policy_table);
    void set_classifier(classifier);

    void set_callback(callback_key, registered_callback);
    [[nodiscard]] registered_callback callback(callback_key);
    [[nodiscard]] abilities able() const noexcept { return abilities{able_.load(std::memory_order_acquire)}; }

    /// To history, statistics and every observer; called without a lock.
    void publish(event&) noexcept;
    void subscribe(std::shared_ptr<observer>);
    [[nodiscard]] history_recorder const& history() const noexcept { return history_; }
    [[nodiscard]] statistics stats() const;

    /// The lock of one account: accounts share a few, so that none carries its own.
    [[nodiscard]] std::mutex& lock_of(account_core const&) noexcept;

    void enrol(account_core&);

    /// Returns what keeps this manager alive when that was the last account: to be let go without a lock.
    [[nodiscard]] std::shared_ptr<manager_core> strike_off(account_core&) noexcept;

    /// True when a callback may run at once; else the flight is queued and is kicked when its turn has come.
    [[nodiscard]] bool take_slot(std::shared_ptr<flight> const&);
    [[nodiscard]] bool owns_slot(flight const&) const;
    void give_slot_back(flight&) noexcept;

    void close() noexcept;
    [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

private:
    static constexpr std::size_t lock_count = 64;
    using observers = std::vector<std::shared_ptr<observer>>;

    asio::any_io_executor executor_;
    time_source& time_;
    operation_limits limits_;
    std::atomic<std::uint64_t> random_state_;
    std::atomic<bool> closed_{false};
    std::array<std::mutex, lock_count> locks_;

    mutable std::mutex settings_mutex_;  // of settings and callbacks
    std::shared_ptr<settings const> settings_;
    callback_set callbacks_;
    std::atomic<std::uint8_t> able_{0};

    mutable std::mutex observers_mutex_;
    std::shared_ptr<observers const> observers_;
    history_recorder history_;
    statistics_recorder statistics_;

    mutable std::mutex accounts_mutex_;
    std::deque<account_core*> accounts_;  // grows without a copy, and without slack
    std::shared_ptr<manager_core> kept_by_accounts_;  // itself, while it has any
    std::uint64_t operations_of_former_accounts_ = 0;

    mutable std::mutex slots_mutex_;
    unsigned free_slots_;
    std::deque<std::shared_ptr<flight>> slot_queue_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
