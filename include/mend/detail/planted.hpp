// Bugs planted on purpose, so that the simulation can show that it would find them. Only its own test build defines
// MEND_PLANTED_BUGS; everywhere else planted() is the constant false, and nothing of this is in the code.
#pragma once

#include <cstdint>

namespace mend::detail {

/// One for each invariant, numbered as the README numbers them.
enum class bug : std::uint8_t {
    none = 0,
    waiters_forgotten = 1,     ///< when a recovery ends, only the first who waits for it is woken
    wait_shortened = 2,        ///< the jitter of a told wait is taken off
    hold_widened = 3,          ///< slow mode in one chat holds the whole account
    gate_wide_open = 4,        ///< when a hold ends, all go at once
    flights_repeated = 5,      ///< a failure of the connection before the last one starts another recovery
    settle_skipped = 6,        ///< the callback runs as soon as the disconnect has ended
    login_uncounted = 7,       ///< the budget of logins is off by one
    unknown_repeated = 8,      ///< a message of unknown delivery is repeated once after all
    cancel_classified = 9,     ///< an attempt that the caller cancelled counts as a failure
    success_told = 10,         ///< a success at the first attempt makes an event, where it had to take the slow path
    observer_trusted = 11,     ///< what an observer throws keeps the event from the others
    kick_lost = 12,            ///< what another thread does between the decision to wait and the wait wakes nobody
    lesson_lost = 13,          ///< a failure that ends its operation teaches nothing
};

#ifdef MEND_PLANTED_BUGS
inline bug planted_bug = bug::none;
[[nodiscard]] inline bool planted(bug which) noexcept
{
    return planted_bug == which;
}
#else
[[nodiscard]] constexpr bool planted(bug) noexcept
{
    return false;
}
#endif

}  // namespace mend::detail
