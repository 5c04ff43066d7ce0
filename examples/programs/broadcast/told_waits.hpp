// Decides by mend's rule whether a wait covers a chat or the account; for the journal, because mend forgets holds at a restart.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

namespace broadcast {

/// What a wait covers.
enum class wait_reach : std::uint8_t {
    chat,
    groups,   ///< every chat with a negative id
    account,
};

/// The waits of one account. Not thread-safe.
class told_waits {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Records that the server told a chat to wait. The wait covers the account, or its groups, if a second chat gets one that
    /// ends within 1.5 s of the first and no message has been delivered since.
    [[nodiscard]] wait_reach told(std::int64_t chat, time_point until, time_point now);

    /// Records that a request that started at that time was delivered: earlier waits cover only their chats.
    void came_through(time_point began) noexcept;

    /// Adds a wait that mend does not hold: from an earlier run, or the first of two that cover the account together.
    void recall(wait_reach, std::int64_t chat, time_point until);

    /// The time before which no send to that chat may start.
    [[nodiscard]] time_point held_until(std::int64_t chat) const;

private:
    struct {
        std::int64_t chat = 0;  ///< 0: none
        time_point until{};
        time_point told_at{};
    } first_;
    time_point account_{};
    time_point groups_{};
    std::map<std::int64_t, time_point> chats_;
};

}  // namespace broadcast
