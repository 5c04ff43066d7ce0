// One Telegram account, as mend sees it.
#pragma once

#include <mend/account_state.hpp>
#include <mend/asio.hpp>
#include <mend/detail/export.hpp>
#include <mend/recovery_manager.hpp>

#include <string_view>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {
class account_core;
class account_access;
}  // namespace MEND_BACKEND
}  // namespace detail

inline namespace MEND_BACKEND {

/// One for each Telegram account; the user's client owns it. Movable, not copyable. Small while it is healthy.
///
/// Thread safety: every const member, the callbacks, release() and close() from any thread; moving and destroying as
/// for any object. Lifetime: operations share the state; they may outlive the object, and end closed.
class MEND_API account {
public:
    /// Id and phone are copied; they name the account in events, history and callbacks. If another account object of the manager
    /// has the id at this moment, event_kind::duplicate_account says so: neither would know of the other's waits. An empty id names none.
    account(recovery_manager&, std::string_view id, std::string_view phone = {});
    account(account&&) noexcept;
    account& operator=(account&&) noexcept;
    account(account const&) = delete;
    account& operator=(account const&) = delete;
    ~account();  ///< closes

    [[nodiscard]] std::string_view id() const noexcept;
    [[nodiscard]] std::string_view phone() const noexcept;

    /// healthy, waiting, recovering, quarantined or closed; until when; why.
    [[nodiscard]] account_state state() const;

    /// This account's own callbacks go before the manager's; a null one gives way to it again. They apply from the next run
    /// on: one that is under way goes on. See recovery_manager for what each must do.
    void on_disconnect(detail::callback_argument);
    void on_disconnect(asio::any_io_executor, detail::callback_argument);
    void on_reconnect(detail::callback_argument);
    void on_reconnect(asio::any_io_executor, detail::callback_argument);
    void on_rotate_proxy(detail::callback_argument);
    void on_rotate_proxy(asio::any_io_executor, detail::callback_argument);
    void on_relogin(detail::callback_argument);
    void on_relogin(asio::any_io_executor, detail::callback_argument);
    void on_refresh(detail::callback_argument);
    void on_refresh(asio::any_io_executor, detail::callback_argument);
    void on_probe(detail::callback_argument);
    void on_probe(asio::any_io_executor, detail::callback_argument);

    /// The server that the account talks to (a data centre, a Bot API root): accounts of one server and one manager share an
    /// outage. "", the default, is the manager's one server. The name is compared byte by byte, and copied.
    void server(std::string_view);

    /// The proxy that the account uses now; "", the default: none, or not known, which is evidence neither for nor against a
    /// proxy. Call it again after each rotation. The name is compared byte by byte, and copied.
    void via(std::string_view proxy);

    /// Lifts every quarantine and refills the relogin budget; never lifts a server-told wait.
    void release();

    /// As recovery_manager::close, for this account.
    void close();

private:
    friend class detail::account_access;

    detail::account_core* core_;
};

}  // namespace MEND_BACKEND
}  // namespace mend
