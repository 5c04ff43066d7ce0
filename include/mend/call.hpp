// Describes one operation: method, peer, id, limits.
#pragma once

#include <mend/detail/borrowed_text.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace mend {

/// Describes one operation; every member has a default. Trivially destructible, so that a temporary is safe in a co_await
/// expression on every compiler. The texts are views that must outlive the operation; a temporary std::string does not
/// compile.
struct call {
    /// "messages.sendMessage", for example: the scope of a flood wait. Set it for every send: it determines whether the
    /// operation is one.
    detail::borrowed_text method{};
    std::int64_t peer = 0;  ///< the chat: the scope of slow mode; 0: none
    detail::borrowed_text context{};  ///< the caller's own label: appears in history, events and callbacks
    std::int64_t operation_id = 0;  ///< 0: mend draws one. Set it if ids are journalled before sending
    bool in_recovery = false;  ///< part of this account's own recovery (getMe inside on_relogin): passes the recovery in
        ///< progress, its gate and the account's quarantine, and starts no recovery. Detected for an operation that is
        ///< awaited on the callback's own strand; on another executor, an operation without it and the callback would wait
        ///< for each other
    bool reply = false;  ///< an answer to a received message: passes the quarantines of account_limited and target_unavailable
    std::optional<bool> idempotent{};  ///< true: repeat it after an unknown delivery; false: never; unset: options.idempotent
    std::chrono::milliseconds attempt_timeout{
        0};  ///< 0: options.attempt_timeout. Cancels the attempt (terminal), waits for its end, and counts it as a connection
    ///< failure of unknown delivery; never longer than the time until the deadline
    std::optional<std::chrono::steady_clock::time_point> deadline{};  ///< no attempt starts at or after this time
};

}  // namespace mend
