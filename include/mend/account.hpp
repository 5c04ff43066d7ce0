// One Telegram account.
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

/// Represents one Telegram account; the user's client owns it. Movable, not copyable. Small while it is healthy.
///
/// Thread safety: const members, the callbacks, release() and close() are thread-safe; moving and destroying are not.
/// Lifetime: operations share the state. They may outlive the object, and then end with stop_reason::closed.
class MEND_API account {
public:
    /// Copies id and phone; they name the account in events, history and callbacks. If another account object of the manager
    /// has the same id, event_kind::duplicate_account is published: neither of the two waits for the other's holds. Accounts
    /// with an empty id are not compared.
    account(recovery_manager&, std::string_view id, std::string_view phone = {});
    account(account&&) noexcept;
    account& operator=(account&&) noexcept;
    account(account const&) = delete;
    account& operator=(account const&) = delete;
    ~account();  ///< calls close()

    [[nodiscard]] std::string_view id() const noexcept;
    [[nodiscard]] std::string_view phone() const noexcept;

    /// Returns healthy, waiting, recovering, quarantined, closed or outage; until when; and why.
    [[nodiscard]] account_state state() const;

    /// Registers a callback of this account, which takes precedence over the manager's. A null callback removes it, and the
    /// manager's is used again. Applies from the next run on; a run in progress continues. See recovery_manager for what each
    /// must do.
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

    /// Sets the server that the account uses (a data centre, a Bot API root). Accounts of the same server and manager share
    /// an outage. The default, "", is the manager's one server. The name is copied and compared byte by byte.
    void server(std::string_view);

    /// Sets the proxy that the account uses now. The default, "", means none or unknown: the account is then evidence neither
    /// for nor against a proxy. Call it again after each rotation. The name is copied and compared byte by byte.
    void via(std::string_view proxy);

    /// Lifts every quarantine and refills the relogin budget; never lifts a wait that the server named.
    void release();

    /// Closes this account, as recovery_manager::close() closes all.
    void close();

private:
    friend class detail::account_access;

    detail::account_core* core_;
};

}  // namespace MEND_BACKEND
}  // namespace mend
