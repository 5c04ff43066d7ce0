// A server that accounts connect to: its outages, shared by these accounts.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/recovery_state.hpp>
#include <mend/detail/server_breaker.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

class account_core;
class manager_core;

/// An account's place in the queue of its server.
struct account_turn : turn {
    account_core* owner = nullptr;
};

/// Lives as long as its manager. Thread-safe. Locks must be taken in this order: the list of accounts, an account, a server, the
/// slots.
class server_core {
public:
    server_core(manager_core& manager, std::string_view name) : manager_{manager}, name_{name} {}
    server_core(server_core const&) = delete;
    server_core& operator=(server_core const&) = delete;

    [[nodiscard]] manager_core& manager() const noexcept { return manager_; }
    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    /// Returns whether there is an outage, or accounts are still coming back. Read at the end of every visit to an account.
    [[nodiscard]] bool disturbed() const noexcept { return disturbed_.load(std::memory_order_acquire); }

    /// Called before a visit, without a lock: updates the outage to the time, and to the successes of attempts from before it,
    /// which are counted when a turn is due or a probe has failed. Hands out turns that are due.
    void catch_up(time_point now, bool probe_failed = false) noexcept;

    /// Called at the beginning of a visit, with the account's lock held: updates the account's state to the server's.
    void inform(recovery_state&, turn&, std::uint32_t via, time_point now);

    /// Removes the account from all queues. The account's lock must be held.
    void forget(turn&) noexcept;

    /// An account with this number of successes has joined this server, or has left it if negative.
    void shift_successes(std::uint64_t change) noexcept;

    /// Handles the account's message. Called at the end of a visit, with the account's lock held.
    void hear(turn&, server_message const&, time_point now);

    /// Called after a visit, without a lock: handles its consequences for other accounts, and publishes events.
    /// Visits accounts, as catch_up() does: both are defined above these, in server_core_outage.ipp.
    void settle(account_core&, server_message const&, category why, time_point now) noexcept;

private:
    void weigh_evidence(account_core&, category why, milliseconds max_wait, time_point now);
    void begin_outage(category why, time_point since, time_point now);
    void hand_out_turns(time_point now);
    void report_end();
    void publish(event_kind, category, milliseconds age) noexcept;

    manager_core& manager_;
    std::string const name_;
    std::atomic<bool> disturbed_{false};
    std::atomic<std::uint32_t> convicted_via_{0};

    std::mutex mutex_;
    server_breaker breaker_;
    milliseconds max_wait_{0};  // of the category that began the outage
    std::optional<milliseconds> ended_after_;  // of an outage whose end has not been reported yet
    turn* woken_ = nullptr;  // the first in the queue, once it has been notified of that
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
