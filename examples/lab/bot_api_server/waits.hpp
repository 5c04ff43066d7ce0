// The waits in force, and the requests that they cover.
#pragma once

#include "clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace bot_api_server {

/// What a wait covers: every sendMessage of a token, or only those into one chat.
enum class wait_scope : std::uint8_t { method, chat };

[[nodiscard]] std::string_view to_string(wait_scope) noexcept;

/// The wait in a 429: `until` is at least the time of the reply plus `retry_after`.
struct wait {
    wait_scope scope = wait_scope::method;
    std::chrono::seconds retry_after{0};
    moment until{};
};

/// Not thread-safe. A token is an index.
class waits {
public:
    wait begin(wait_scope, std::size_t token, std::int64_t chat, moment now, std::chrono::seconds retry_after);
    /// The wait that a request violates now. A reply has whole seconds, so `until` may be up to one second after the end that
    /// is in force, which does not change: otherwise several requests that each wait exactly as long as requested would
    /// delay one another for ever.
    std::optional<wait> tell_again(std::size_t token, std::int64_t chat, moment now);
    /// Restores a wait of an earlier run of the server.
    void restore(wait_scope, std::size_t token, std::int64_t chat, moment until);

private:
    moment& end_of(wait_scope, std::size_t token, std::int64_t chat);

    std::map<std::size_t, moment> of_methods_;
    std::map<std::pair<std::size_t, std::int64_t>, moment> of_chats_;
};

}  // namespace bot_api_server
