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

/// Holds what recovery needs; usually one for each program, shared by any number of accounts.
///
/// Thread safety: every member is thread-safe. Lifetime: it may be destroyed at any time; the destructor closes, and accounts
/// and operations that outlive it end with stop_reason::closed. Callbacks run only while the executor's context runs. If it
/// does not, an operation that waits for a callback on another executor reports it after 4 s (event_kind::executor_idle).
/// mend starts no thread: if every operation runs on that same context, this cannot be detected.
class MEND_API recovery_manager {
public:
    /// Carries out one action; throws the error that it met if it fails. The exception is classified like a send's failure
    /// and applies to the account. A callback must honour cancellation (terminal), which is requested when action_timeout has
    /// passed or the account or manager is closed. The request is valid while the callback runs. The callback must stay
    /// callable until the manager is drained.
    ///
    /// It runs on a strand of its own over the executor given with it, or over the manager's if none is given. A null
    /// callback removes the previous one. An operation of the same account that is awaited on that strand is part of the
    /// recovery; on another executor, set call.in_recovery.
    using callback = detail::callback_argument::callback;

    /// Throws std::invalid_argument naming the option, its value and what is allowed.
    explicit recovery_manager(asio::any_io_executor, options = {});
    ~recovery_manager();
    recovery_manager(recovery_manager const&) = delete;
    recovery_manager& operator=(recovery_manager const&) = delete;

    /// Optional; runs before settle, reconnect, rotate_proxy and relogin. Must cut what is in flight on the old connection.
    void on_disconnect(detail::callback_argument);
    void on_disconnect(asio::any_io_executor, detail::callback_argument);
    /// Must actually connect, and throw the error that it met.
    void on_reconnect(detail::callback_argument);
    void on_reconnect(asio::any_io_executor, detail::callback_argument);
    /// Must connect through another proxy, call account.via, and throw the error that it met.
    void on_rotate_proxy(detail::callback_argument);
    void on_rotate_proxy(asio::any_io_executor, detail::callback_argument);
    /// Should first try the old session on a fresh connection. At most options.relogins_per_day runs per account in any 24
    /// hours.
    void on_relogin(detail::callback_argument);
    void on_relogin(asio::any_io_executor, detail::callback_argument);
    /// Runs for one operation alone, without disconnect and settle.
    void on_refresh(detail::callback_argument);
    void on_refresh(asio::any_io_executor, detail::callback_argument);

    /// Optional; checks whether the server is up without sending anything (getMe, ping). In an outage, it runs before a
    /// message is risked. If it returns, or throws an answer of Telegram's, one operation starts. It takes no slot of
    /// max_concurrent_recoveries. If it throws an unknown failure or takes longer than 10 s (mend's own limit), it is not
    /// called again in this outage. `recovery_request::act` is action::retry.
    void on_probe(detail::callback_argument);
    void on_probe(asio::any_io_executor, detail::callback_argument);

    /// Subscribes an observer to all later events; it is called on every thread that sends. Throws std::invalid_argument if
    /// it is null.
    void subscribe(std::shared_ptr<observer>);

    /// Subscribes a function; throws std::invalid_argument if it is empty.
    void subscribe(std::function<void(event const&)>);
    void subscribe(std::nullptr_t) { subscribe(std::shared_ptr<observer>{}); }  ///< always throws

    /// Returns the last failed attempts, newest last.
    [[nodiscard]] std::vector<history_entry> history() const;

    [[nodiscard]] statistics stats() const;

    /// Replaces the policies, from the next failure on.
    void set_policies(policy_table);
    /// Replaces the rules, from the next failure on.
    void set_classifier(classifier);

    /// Ends every wait with stop_reason::closed and cancels the callbacks; running attempts finish and keep their result.
    /// Returns immediately.
    void close();

    /// Returns when the last attempt has ended and no callback runs. Call it after close(); otherwise it waits for a moment
    /// at which that is so. Any number of coroutines may wait; a wait that has begun may outlive the manager. Cancellation
    /// ends the wait with operation_aborted.
    [[nodiscard]] asio::awaitable<void> drained();

private:
    friend class account;

    std::shared_ptr<detail::manager_core> core_;
};

}  // namespace MEND_BACKEND
}  // namespace mend
