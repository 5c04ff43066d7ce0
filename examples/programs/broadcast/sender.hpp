// One bot as the campaign uses it: its mend account, its connections, its proxy, and what to do when one of them breaks.
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

    /// bot_api::send_message; how it ends is noted as evidence about the proxy.
    asio::awaitable<std::int64_t> send(chat_id const& to, std::string const& text, std::function<void()> leaving);

    /// Only a wait can be in the way of a message by this account.
    [[nodiscard]] bool usable() const;

    /// The moment at which its next message may begin, by the pace; takes that place.
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
    bool answered_ = true;  // the last request through it came back from the server, whatever it said
    std::chrono::steady_clock::time_point next_turn_;
    told_waits waits_;
    mend::account account_;  // last: closed before anything that its callbacks use is gone
};

}  // namespace broadcast
