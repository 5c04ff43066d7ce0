// One bot: its mend account, its connections, its proxy, and their recoveries.
#pragma once

#include "accounts.hpp"
#include "bot_api.hpp"
#include "proxies.hpp"
#include "proxy_state.hpp"
#include "told_waits.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace broadcast {

/// What all senders share; must outlive them.
struct shared_parts {
    mend::recovery_manager& manager;
    mend::classifier const& rules;
    timing const& times;
    broadcast::proxies& proxies;
    proxy_state& state;
};

/// Not thread-safe.
class sender {
public:
    sender(asio::any_io_executor, bot const&, std::string const& api_root, shared_parts);
    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] mend::account& account() noexcept { return account_; }

    /// Calls bot_api::send_message and records its result as evidence about the proxy.
    asio::awaitable<std::int64_t> send(chat_id const& to, std::string const& text, std::function<void()> leaving);

    /// Whether this account can send, perhaps after a wait.
    [[nodiscard]] bool usable() const;

    /// Reserves and returns the time at which its next message may start, by messages_per_second.
    [[nodiscard]] std::chrono::steady_clock::time_point take_turn();

    [[nodiscard]] told_waits& waits() noexcept { return waits_; }

    std::size_t in_flight = 0;

private:
    asio::awaitable<void> disconnect();
    asio::awaitable<void> reconnect();
    asio::awaitable<void> rotate_proxy();
    asio::awaitable<void> log_in_again();
    asio::awaitable<void> ask_server(std::chrono::milliseconds timeout);
    void use_proxy(std::string name);
    bool take_other_proxy();
    void note(std::string const& through, mend::failure const* met);

    shared_parts parts_;
    std::string name_;
    bot_api api_;
    std::string proxy_;     // its name; empty: none
    bool answered_ = true;  // the last request through it got a reply from the server, even an error
    std::chrono::steady_clock::time_point next_turn_;
    told_waits waits_;
    mend::account account_;  // last: closed before the members that its callbacks use
};

}  // namespace broadcast
