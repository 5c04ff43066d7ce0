// The limits that Telegram publishes for bots: 30 messages a second, 1 a second into a chat, 20 a minute into a group.
#pragma once

#include "clock.hpp"
#include "waits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace bot_api_server {

/// The limit that refuses a message, what the wait covers, and how long it is.
struct refusal {
    std::string_view limit;
    wait_scope scope = wait_scope::method;
    std::chrono::seconds retry_after{0};
};

/// Counts the accepted messages. Tolerates short bursts into one chat, as Telegram does; groups are the chats with negative
/// ids. Not thread-safe. A token is an index.
class published_limits {
public:
    [[nodiscard]] std::optional<refusal> check(std::size_t token, std::int64_t chat, moment now);
    void count(std::size_t token, std::int64_t chat, moment now);

private:
    using window = std::deque<moment>;
    std::map<std::size_t, window> of_tokens_;
    std::map<std::pair<std::size_t, std::int64_t>, window> of_chats_;
    std::map<std::pair<std::size_t, std::int64_t>, window> of_groups_;
};

} // namespace bot_api_server
