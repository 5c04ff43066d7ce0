// One Telegram account in TDLib: its states, its recoveries, and sends.
#pragma once

#include "common/io.hpp"
#include "proxies.hpp"
#include "td_client.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tdjson_sender {

struct session_settings {
    td_object parameters{};  ///< the request setTdlibParameters; null if TDLib already has its parameters
    std::vector<proxy> proxies{};  ///< used in this order; empty: no proxy
    std::chrono::milliseconds request_timeout{30'000};  ///< for each request and each wait for a state
    std::function<void(std::string const&)> complain{};  ///< called for errors outside the sends; must not be null
};

/// TDLib maintains the connection and the login, and resends what the network lost. mend's callbacks only make it reconnect,
/// give it another proxy, and wait until it is ready. A send is passed to TDLib only then, so that a message that fails earlier
/// was certainly not sent.
///
/// Not thread-safe. Lifetime: the client outlives it.
class session {
public:
    using time_point = td_client::time_point;

    session(td_client&, session_settings);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session() { client_.on_update({}); }

    /// Registers this session's callbacks with the account, and reports the proxy in use to it from then on. The account must
    /// outlive running callbacks.
    void attach(mend::account&);

    /// Waits until TDLib is logged in, and gives it parameters and proxy when it asks. Throws if the deadline passes first,
    /// and immediately if a human must log in.
    asio::awaitable<void> log_in(time_point deadline);

    asio::awaitable<void> reconnect();
    asio::awaitable<void> rotate_proxy();

    /// Pings Telegram and sends no message. Throws on failure.
    asio::awaitable<void> probe();

    /// Returns the id of the message that the server accepted. Throws mend::operation_error; its delivery is not_sent until
    /// TDLib has the message, and unknown if the deadline passes afterwards, because TDLib keeps trying.
    asio::awaitable<std::int64_t> send_text(std::int64_t chat_id, std::string const& text, time_point deadline);

    /// Closes the client; returns false if TDLib has not closed by the deadline.
    asio::awaitable<bool> close(time_point deadline);

    /// TDLib's names without "connectionState" and "authorizationState"; empty until TDLib reports them.
    [[nodiscard]] std::string const& connection() const noexcept { return connection_; }
    [[nodiscard]] std::string const& authorization() const noexcept { return authorization_; }

private:
    void updated(td_object const&);
    [[nodiscard]] bool ready() const { return authorization_ == "Ready" && connection_ == "Ready"; }
    [[nodiscard]] std::optional<mend::operation_error> lost() const;
    [[nodiscard]] mend::operation_error not_ready(std::chrono::milliseconds waited) const;
    void choose_proxy(std::size_t index);
    [[nodiscard]] time_point in_time() const { return std::chrono::steady_clock::now() + settings_.request_timeout; }
    asio::awaitable<void> give_parameters(time_point deadline);
    asio::awaitable<void> enable_proxy(proxy const&, time_point deadline);

    td_client& client_;
    session_settings settings_;
    std::string connection_;
    std::string authorization_;
    std::size_t current_proxy_ = 0;
    mend::account* account_ = nullptr;
};

}  // namespace tdjson_sender
