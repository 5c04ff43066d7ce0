// The waits in force: what the server has told to whom, and until when.
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

/// A wait as a 429 tells it: `until` is never earlier than the moment of telling plus `retry_after`.
struct wait {
    wait_scope scope = wait_scope::method;
    std::chrono::seconds retry_after{0};
    moment until{};
};

/// Not thread-safe. A token is an index, as its owner counts them.
class waits {
public:
    wait begin(wait_scope, std::size_t token, std::int64_t chat, moment now, std::chrono::seconds retry_after);
    /// The wait that a request made now breaks, told again. Telling speaks in whole seconds, so `until` may come less
    /// than one later than the end that is in force. That stays: were it pushed back, several requests at a time that
    /// each wait for exactly as long as they were told would keep one another out for ever.
    std::optional<wait> tell_again(std::size_t token, std::int64_t chat, moment now);
    /// Takes over a wait that an earlier run of the server has told.
    void restore(wait_scope, std::size_t token, std::int64_t chat, moment until);

private:
    moment& end_of(wait_scope, std::size_t token, std::int64_t chat);

    std::map<std::size_t, moment> of_methods_;
    std::map<std::pair<std::size_t, std::int64_t>, moment> of_chats_;
};

} // namespace bot_api_server
