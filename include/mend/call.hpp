// What the caller says about one operation.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend {

/// About this one operation; every member has a default. Trivially destructible, so that a temporary of it is safe in a
/// co_await expression on every compiler. The views must outlive the operation.
struct call {
    std::string_view method{};       ///< "messages.sendMessage": the scope of a flood wait
    std::int64_t peer = 0;           ///< the chat: the scope of slow mode; 0 = none named
    std::string_view context{};      ///< the user's own label: goes into history, events and callbacks
    std::int64_t operation_id = 0;   ///< 0: mend draws one. A caller that journals ids before sending passes its own
    bool reply = false;              ///< an answer to somebody who wrote first: passes the quarantines of
                                     ///< account_limited and target_unavailable
    std::optional<bool> idempotent{};///< false: never repeat an attempt whose delivery is unknown
    std::chrono::milliseconds attempt_timeout{0};  ///< 0: none. Cancels the attempt, awaits its end, and counts as a connection
        ///< failure of unknown delivery; never longer than what the deadline leaves
    std::optional<std::chrono::steady_clock::time_point> deadline{};  ///< no attempt starts at or after it
};

}  // namespace mend
