// One Telegram account, as mend sees it.
#pragma once

#include <mend/account_state.hpp>
#include <mend/asio.hpp>
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
class account {
public:
    /// Id and phone are copied; they name the account in events, history and callbacks.
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

    /// This account's own callbacks go before the manager's; a null one gives way to it again.
    void on_disconnect(recovery_manager::callback);
    void on_disconnect(asio::any_io_executor, recovery_manager::callback);
    void on_reconnect(recovery_manager::callback);
    void on_reconnect(asio::any_io_executor, recovery_manager::callback);
    void on_rotate_proxy(recovery_manager::callback);
    void on_rotate_proxy(asio::any_io_executor, recovery_manager::callback);
    void on_relogin(recovery_manager::callback);
    void on_relogin(asio::any_io_executor, recovery_manager::callback);
    void on_refresh(recovery_manager::callback);
    void on_refresh(asio::any_io_executor, recovery_manager::callback);

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
