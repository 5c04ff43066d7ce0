// What the caller says about one operation.
#pragma once

#include <mend/detail/borrowed_text.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace mend {

/// About this one operation; every member has a default. Trivially destructible, so that a temporary of it is safe in a
/// co_await expression on every compiler. The texts are views that must outlive the operation; a
/// temporary std::string does not compile.
struct call {
    /// "messages.sendMessage": the scope of a flood wait. Name it for every send: it decides what is a send.
    detail::borrowed_text method{};
    std::int64_t peer = 0;  ///< the chat: the scope of slow mode; 0 = none named
    detail::borrowed_text context{};  ///< the user's own label: goes into history, events and callbacks
    std::int64_t operation_id = 0;  ///< 0: mend draws one. A caller that journals ids before sending passes its own
    bool in_recovery = false;  ///< part of this account's own recovery (getMe inside on_relogin): passes the recovery
        ///< under way, its gate and the account's quarantine, and starts no recovery. An operation awaited on
        ///< the callback's own strand is recognised without it; on another executor it would wait for itself
    bool reply = false;  ///< an answer to a message that was received: passes the quarantines of
        ///< account_limited and target_unavailable
    std::optional<bool> idempotent{};  ///< true: repeat it after an unknown delivery; false: never; unset: options.idempotent
    std::chrono::milliseconds attempt_timeout{
        0};  ///< 0: options.attempt_timeout. Cancels the attempt (terminal), awaits its end, and counts as a connection
    ///< failure of unknown delivery; never longer than what the deadline leaves
    std::optional<std::chrono::steady_clock::time_point> deadline{};  ///< no attempt starts at or after it
};

}  // namespace mend
