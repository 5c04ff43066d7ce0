// One bot as the campaign uses it: its mend account, its connections, its proxy, and what to do when one of them breaks.
#pragma once

#include "accounts.hpp"
#include "bot_api.hpp"
#include "proxies.hpp"
#include "proxy_state.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace broadcast {

/// What all senders share; outlives them.
struct shared_parts {
    mend::recovery_manager& manager;
    mend::classifier const& rules;
    timing const& times;
    broadcast::proxies& proxies;
    proxy_state& state;
};

/// Not thread-safe: one thread.
class sender {
public:
    sender(asio::any_io_executor, bot const&, std::string const& api_root, shared_parts);
    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] mend::account& account() noexcept { return account_; }

    /// bot_api::send_message; what becomes of it is noted as evidence about the proxy.
    asio::awaitable<std::int64_t> send(message const&, std::function<void()> leaving);

    /// Nothing else stands in the way of a message by this account than a wait.
    [[nodiscard]] bool usable() const;

    /// The moment at which its next message may begin, by the pace; takes that place.
    [[nodiscard]] std::chrono::steady_clock::time_point take_turn();

    // mend holds what it has seen told in this run. These two know what an earlier run was told, and what the two
    // together mean: a second chat that is told to wait while the first still does means the whole account.

    /// Until when nothing into that chat may begin.
    [[nodiscard]] std::chrono::steady_clock::time_point held_until(std::int64_t peer) const;
    /// Remembers a wait; chat 0 stands for all. True if it turns out to be the account's.
    bool hold(std::int64_t peer, std::chrono::steady_clock::time_point until);

    std::size_t in_flight = 0;

private:
    asio::awaitable<void> disconnect();
    asio::awaitable<void> reconnect();
    asio::awaitable<void> rotate_proxy();
    asio::awaitable<void> log_in_again();
    asio::awaitable<bool> reaches_server();
    void use_proxy(std::string name);
    void note(std::string const& proxy, mend::failure const&);

    shared_parts parts_;
    std::string name_;
    bot_api api_;
    std::string proxy_;  // its name; empty: none
    std::chrono::steady_clock::time_point next_turn_;
    std::map<std::int64_t, std::chrono::steady_clock::time_point> holds_;  // by chat; 0: all
    mend::account account_;  // last: closed before anything that its callbacks use is gone
};

}  // namespace broadcast
