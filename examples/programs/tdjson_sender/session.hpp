// One account of Telegram in TDLib: its states, what mends them, and sends.
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
    td_object parameters{};                              ///< the request setTdlibParameters; null: TDLib had better not ask
    std::vector<proxy> proxies{};                        ///< the first is used first; none: no proxy
    std::chrono::milliseconds request_timeout{30'000};   ///< of each request, and of each wait for a state
    std::function<void(std::string const&)> complain{};  ///< hears of what goes wrong beside the sends; never null
};

/// TDLib keeps the connection and the login itself, and repeats what the network swallowed. What mend's callbacks do here is
/// to poke it, to give it another proxy, and to wait until it is ready: a send is handed to TDLib only then, so that what
/// fails before has certainly not been sent.
///
/// Not thread-safe. Lifetime: the client outlives it.
class session {
public:
    using time_point = td_client::time_point;

    session(td_client&, session_settings);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session() { client_.on_update({}); }

    /// Makes this account's callbacks those of this session, which from then on tells it the proxy in use. The account must
    /// live as long as callbacks run.
    void attach(mend::account&);

    /// Waits until TDLib is logged in, and gives it parameters and proxy when it asks. Throws when it is not by the deadline,
    /// and at once when a human has to log in.
    asio::awaitable<void> log_in(time_point deadline);

    asio::awaitable<void> reconnect();
    asio::awaitable<void> rotate_proxy();

    /// Asks Telegram whether it is there, and sends nothing. Throws what it met.
    asio::awaitable<void> probe();

    /// The id of the message that the server has taken. Throws mend::operation_error; its delivery is not_sent until TDLib has
    /// been given the message, and unknown when the deadline passes afterwards: TDLib goes on trying by itself.
    asio::awaitable<std::int64_t> send_text(std::int64_t chat_id, std::string const& text, time_point deadline);

    /// Ends the client in an orderly way; false when TDLib has not closed by the deadline.
    asio::awaitable<bool> close(time_point deadline);

    /// As TDLib names them, without "connectionState" and "authorizationState"; empty: not told yet.
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
