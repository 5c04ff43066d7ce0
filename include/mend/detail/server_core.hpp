// A server that accounts talk to: its outages, shared by them.
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

/// Lives as long as its manager. Thread-safe. Locks are taken in this order: the list of accounts, an account, a server, the
/// slots.
class server_core {
public:
    server_core(manager_core& manager, std::string_view name) : manager_{manager}, name_{name} {}
    server_core(server_core const&) = delete;
    server_core& operator=(server_core const&) = delete;

    [[nodiscard]] manager_core& manager() const noexcept { return manager_; }
    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    /// Is there an outage, or are its accounts still coming back? Read at the end of every visit to an account.
    [[nodiscard]] bool disturbed() const noexcept { return disturbed_.load(std::memory_order_acquire); }

    /// Before a visit, without a lock: what the time that has passed means to the outage, and the successes of attempts from
    /// before it, which are counted when a turn is due or a probe has failed. Turns that are due are handed out.
    void catch_up(time_point now, bool probe_failed = false) noexcept;

    /// With the account's lock held, at the beginning of a visit: the account's state follows the server's.
    void inform(recovery_state&, turn&, std::uint32_t via, time_point now);

    /// With the account's lock held: it leaves every queue.
    void forget(turn&) noexcept;

    /// An account with so many successes has come to this server; the negative, it has left.
    void shift_successes(std::uint64_t change) noexcept;

    /// With the account's lock held, at the end of a visit: what the account has to say.
    void hear(turn&, server_message const&, time_point now);

    /// After a visit, without a lock: what follows from it for other accounts, and for those that watch.
    /// This and catch_up() visit accounts: they are defined above these, in server_core_outage.ipp.
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
    std::optional<milliseconds> ended_after_;  // an end that is still to be reported
    turn* woken_ = nullptr;  // the first in the queue, where it has been told that it is
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
