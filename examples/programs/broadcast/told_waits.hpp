// Whose a wait is that a chat was told, by mend's own rule: for the journal, since mend keeps no hold over a restart.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

namespace broadcast {

/// Whom a told wait concerns.
enum class wait_reach : std::uint8_t {
    chat,
    groups,   ///< every chat with a negative id
    account,
};

/// The waits of one account. Not thread-safe.
class told_waits {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A chat was told to wait. It is the account's limit, or that of its groups, if a second chat is told a wait that ends
    /// within 1.5 s of the first's and nothing has come through since.
    [[nodiscard]] wait_reach told(std::int64_t chat, time_point until, time_point now);

    /// A message whose request began at that time was delivered: the waits that were told before it began were each their chat's.
    void came_through(time_point began) noexcept;

    /// A wait that mend does not hold: an earlier run was told it, or the first of two by which it is the account's.
    void recall(wait_reach, std::int64_t chat, time_point until);

    /// Until when nothing into that chat may begin.
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
