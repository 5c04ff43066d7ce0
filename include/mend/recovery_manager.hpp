// Owns what recovery needs: rules, policies, callbacks, observers, history and statistics.
#pragma once

#include <mend/asio.hpp>
#include <mend/classifier.hpp>
#include <mend/detail/check_callback.hpp>
#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/history.hpp>
#include <mend/options.hpp>
#include <mend/policy.hpp>
#include <mend/recovery_request.hpp>
#include <mend/statistics.hpp>

#include <chrono>
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
}  // namespace MEND_BACKEND
}  // namespace detail

inline namespace MEND_BACKEND {

/// One for each program, as a rule; any number of accounts share it.
///
/// Thread safety: every member from any thread. Lifetime: destroy it when you like; the destructor closes, and accounts
/// and operations that outlive it end with stop_reason::closed. The executor's context must run for callbacks to run; if it does not,
/// an operation that waits for one on another executor says so after 4 s (event_kind::executor_idle). mend starts no thread: if every
/// operation runs on that very context, nothing can notice.
class MEND_API recovery_manager {
public:
    /// A callback carries one action out. It throws what it met if it fails: that is classified like a send's failure and is
    /// the account's own. It must honour cancellation (terminal), which comes when action_timeout has passed or the account or
    /// manager is closed. The request is valid while it runs. The callback must stay callable until the manager is drained.
    ///
    /// It runs on the executor given with it, on a strand of its own there; on the manager's if none is given. A null
    /// callback removes the former one. An operation of the same account that is awaited on that strand is part of the
    /// recovery; on another executor set call.in_recovery.
    using callback = detail::callback_argument::callback;

    /// Throws std::invalid_argument that names the option, its value and what is allowed.
    explicit recovery_manager(asio::any_io_executor, options = {});
    ~recovery_manager();
    recovery_manager(recovery_manager const&) = delete;
    recovery_manager& operator=(recovery_manager const&) = delete;

    /// Optional; before settle, reconnect, rotate_proxy and relogin. Must cut what is in flight on the old connection.
    void on_disconnect(detail::callback_argument);
    void on_disconnect(asio::any_io_executor, detail::callback_argument);
    /// Must really connect, and throw what it met.
    void on_reconnect(detail::callback_argument);
    void on_reconnect(asio::any_io_executor, detail::callback_argument);
    /// Must connect through another proxy, call account.via, and throw what it met.
    void on_rotate_proxy(detail::callback_argument);
    void on_rotate_proxy(asio::any_io_executor, detail::callback_argument);
    /// Should first try the old session on a fresh connection. At most options.relogins_per_day runs in any 24 hours.
    void on_relogin(detail::callback_argument);
    void on_relogin(asio::any_io_executor, detail::callback_argument);
    /// For one operation alone; no disconnect and no settle before it.
    void on_refresh(detail::callback_argument);
    void on_refresh(asio::any_io_executor, detail::callback_argument);

    /// Optional: asks the server whether it is well without sending anything (getMe, ping). In an outage it runs before
    /// a message is spent. If it returns, or throws what Telegram answered, one operation goes. It takes no slot of
    /// max_concurrent_recoveries. If it throws an unknown failure or takes longer than 10 s (mend's own limit), it is
    /// not asked again in this outage. `recovery_request::act` is action::retry.
    void on_probe(detail::callback_argument);
    void on_probe(asio::any_io_executor, detail::callback_argument);

    /// Sees every event from now on; called on every thread that sends. Throws std::invalid_argument if it is null.
    void subscribe(std::shared_ptr<observer>);

    /// The same for a function; throws std::invalid_argument if it is empty.
    void subscribe(std::function<void(event const&)>);
    void subscribe(std::nullptr_t) { subscribe(std::shared_ptr<observer>{}); }  ///< throws

    /// The last failed attempts, newest last.
    [[nodiscard]] std::vector<history_entry> history() const;

    [[nodiscard]] statistics stats() const;

    /// Both apply from the next failure on.
    void set_policies(policy_table);
    void set_classifier(classifier);

    /// Every wait ends now with stop_reason::closed, callbacks are cancelled; running attempts finish and keep their result.
    /// Returns at once.
    void close();

    /// After close(): returns when the last attempt has ended and no callback runs. Without close() it waits for
    /// a moment when that is so. Any number of coroutines may wait; once it has begun, it may outlive the manager.
    /// Cancellation ends the wait with operation_aborted.
    [[nodiscard]] asio::awaitable<void> drained();

private:
    friend class account;

    std::shared_ptr<detail::manager_core> core_;
};

}  // namespace MEND_BACKEND
}  // namespace mend
