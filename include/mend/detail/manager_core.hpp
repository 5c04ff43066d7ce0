// State shared by a recovery manager, its accounts and their operations: settings, time, randomness, listeners, slots.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/callback_slots.hpp>
#include <mend/detail/callbacks.hpp>
#include <mend/detail/id_table.hpp>
#include <mend/detail/operation_machine.hpp>
#include <mend/detail/running_callbacks.hpp>
#include <mend/detail/server_core.hpp>
#include <mend/detail/wait_place.hpp>
#include <mend/event.hpp>
#include <mend/history.hpp>
#include <mend/policy.hpp>
#include <mend/report.hpp>
#include <mend/statistics.hpp>
#include <mend/time_source.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mend {

inline namespace MEND_BACKEND {
struct options;
}

namespace detail {
inline namespace MEND_BACKEND {

class account_core;

/// The rules and policies for failures. Replaced as a whole, so that an operation sees one version.
struct settings {
    classifier rules;
    policy_table policies;
};

/// Lives until the manager, the last account and the last operation are gone. Thread-safe.
class manager_core : public std::enable_shared_from_this<manager_core> {
public:
    manager_core(asio::any_io_executor, options);
    ~manager_core();
    manager_core(manager_core const&) = delete;
    manager_core& operator=(manager_core const&) = delete;

    [[nodiscard]] asio::any_io_executor const& executor() const noexcept { return executor_; }
    [[nodiscard]] time_source& time() const noexcept { return time_; }
    [[nodiscard]] operation_limits const& limits() const noexcept { return limits_; }
    [[nodiscard]] std::optional<bool> idempotent() const noexcept { return idempotent_; }
    [[nodiscard]] double random() noexcept;

    [[nodiscard]] std::shared_ptr<settings const> current() const;
    void set_policies(policy_table);
    void set_classifier(classifier);

    void set_callback(callback_key, registered_callback);
    [[nodiscard]] registered_callback callback(callback_key);
    [[nodiscard]] callback_mask registered() const noexcept { return callback_mask{registered_.load(std::memory_order_acquire)}; }

    /// Passes the event to history, statistics and all observers. Must be called without a lock.
    void publish(event&) noexcept;
    void subscribe(std::shared_ptr<observer>);
    [[nodiscard]] history_recorder const& history() const noexcept { return history_; }
    [[nodiscard]] statistics stats() const;
    [[nodiscard]] report::totals totals() const;

    /// Returns the lock of an account: accounts share a few locks, to save memory.
    [[nodiscard]] std::mutex& lock_of(account_core const&) noexcept;

    /// Adds the account. Returns true if another live account has the same id.
    [[nodiscard]] bool add_account(account_core&);
    /// The account object is destroyed: another account may have its id.
    void forget_id(account_core const&) noexcept;

    /// Returns the server of that name, created if there is none yet; "" is the accounts' default server.
    [[nodiscard]] server_core& server(std::string_view name);
    [[nodiscard]] server_core& default_server() noexcept { return default_server_; }

    /// Counts the successes of a server's accounts, and those of accounts behind a proxy other than `via`.
    [[nodiscard]] census count(server_core const&, std::uint32_t via) const;

    /// Calls the function with the list of accounts locked: its visits must be quiet.
    void for_each_account(server_core const&, std::function<void(account_core&)> const&);

    /// Returns a function that counts ended and successful operations; for reports, even after the manager is destroyed.
    [[nodiscard]] std::function<report::totals()> operation_counter();

    void count_unsuccessful() noexcept { unsuccessful_operations_.fetch_add(1, std::memory_order_relaxed); }

    /// Returns when no operation and no callback is under way.
    [[nodiscard]] asio::awaitable<void> drained();
    void notify_drained() noexcept;

    [[nodiscard]] running_callbacks& running() noexcept { return running_; }
    [[nodiscard]] callback_slots& slots() noexcept { return slots_; }

    /// The caller must keep this manager alive: the account may be the last.
    void remove_account(account_core&) noexcept;

    /// Notes that the executor is idle. Returns true for the first such call since the executor ran anything.
    [[nodiscard]] bool note_executor_idle() noexcept { return !executor_is_idle_.exchange(true, std::memory_order_relaxed); }
    void note_executor_runs() noexcept { executor_is_idle_.store(false, std::memory_order_relaxed); }

    void close() noexcept;
    [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

private:
    /// The source of a report's totals while the manager lives, and the last totals afterwards.
    struct counter {
        std::mutex mutex;
        manager_core const* manager;
        report::totals last{};
    };

    class drained_waiter;

    static constexpr std::size_t lock_count = 64;
    using observers = std::vector<std::shared_ptr<observer>>;

    asio::any_io_executor executor_;
    time_source& time_;
    operation_limits limits_;
    std::optional<bool> idempotent_;
    bool redact_;
    std::size_t message_limit_;
    std::atomic<std::uint64_t> random_state_;
    std::atomic<bool> closed_{false};
    std::atomic<bool> executor_is_idle_{false};
    std::array<std::mutex, lock_count> locks_;

    mutable std::mutex settings_mutex_;  // guards settings and callbacks
    std::shared_ptr<settings const> settings_;
    callback_set callbacks_;
    std::atomic<std::uint8_t> registered_{0};

    mutable std::mutex observers_mutex_;
    std::shared_ptr<observers const> observers_;
    history_recorder history_;
    statistics_recorder statistics_;

    server_core default_server_;
    mutable std::mutex servers_mutex_;
    std::map<std::string, std::unique_ptr<server_core>, std::less<>> servers_;

    mutable std::mutex accounts_mutex_;
    std::deque<account_core*> accounts_;  // grows without copying or unused capacity
    id_table ids_;
    std::shared_ptr<manager_core> kept_by_accounts_;  // refers to itself while there are accounts
    std::uint64_t successes_of_former_accounts_ = 0;
    std::atomic<std::uint64_t> unsuccessful_operations_{0};
    std::shared_ptr<counter> counter_;  // created with the first report

    running_callbacks running_;
    callback_slots slots_;

    std::mutex drained_mutex_;
    std::vector<wait_place*> drained_waiters_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
