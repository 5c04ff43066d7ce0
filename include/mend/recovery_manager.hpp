// Owns what recovery needs: rules, policies, callbacks, observers, history and statistics.
#pragma once

#include <mend/asio.hpp>
#include <mend/classifier.hpp>
#include <mend/event.hpp>
#include <mend/history.hpp>
#include <mend/policy.hpp>
#include <mend/recovery_request.hpp>
#include <mend/statistics.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/time_source.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {
class manager_core;
}
}  // namespace detail

inline namespace MEND_BACKEND {

/// How a manager works; every member has a default.
struct options {
    classifier rules = telegram::rules();
    policy_table policies{};
    std::size_t history_size = 100;
    unsigned max_attempts = 20;               ///< of one operation, all categories together; at least 1
    unsigned max_concurrent_recoveries = 16;  ///< callbacks running at once, all accounts together; at least 1
    unsigned relogins_per_day = 3;            ///< for each account, in any 24 hours
    bool idempotent = true;                   ///< for calls that do not say
    std::optional<std::uint64_t> seed{};      ///< of the jitter alone; unset: from the system
    time_source* time = nullptr;  ///< null: the steady clock; must outlive the manager, its accounts and operations
};

/// One for each program, as a rule; any number of accounts share it.
///
/// Thread safety: every member from any thread. Lifetime: destroy it when you like; the destructor closes, and accounts
/// and operations that outlive it end with stop_reason::closed. The executor's context must run for callbacks to run.
class recovery_manager {
public:
    /// A callback carries one action out. It throws when it fails. It must honour cancellation (terminal): it comes
    /// when action_timeout has passed, or the account or manager is closed.
    using callback = std::function<asio::awaitable<void>(recovery_request const&)>;

    /// Throws std::invalid_argument that names the option, its value and what is allowed.
    explicit recovery_manager(asio::any_io_executor, options = {});
    ~recovery_manager();
    recovery_manager(recovery_manager const&) = delete;
    recovery_manager& operator=(recovery_manager const&) = delete;

    /// Each callback runs on the executor given with it, on a strand of its own there; on the manager's if none is given.
    /// A null callback takes the former one away.
    void on_disconnect(callback);  ///< optional; before settle, reconnect, rotate_proxy and relogin
    void on_disconnect(asio::any_io_executor, callback);
    void on_reconnect(callback);
    void on_reconnect(asio::any_io_executor, callback);
    void on_rotate_proxy(callback);
    void on_rotate_proxy(asio::any_io_executor, callback);
    void on_relogin(callback);
    void on_relogin(asio::any_io_executor, callback);
    void on_refresh(callback);
    void on_refresh(asio::any_io_executor, callback);

    /// Sees every event from now on. Throws std::invalid_argument when it is null.
    void subscribe(std::shared_ptr<observer>);

    /// The last failed attempts, newest last.
    [[nodiscard]] std::vector<history_entry> history() const;

    [[nodiscard]] statistics stats() const;

    /// Both apply from the next failure on.
    void set_policies(policy_table);
    void set_classifier(classifier);

    /// Every wait ends now with stop_reason::closed, callbacks are cancelled; running attempts finish and keep their result.
    /// Returns at once.
    void close();

private:
    friend class account;

    std::shared_ptr<detail::manager_core> core_;
};

}  // namespace MEND_BACKEND
}  // namespace mend
