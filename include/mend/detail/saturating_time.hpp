// Arithmetic on times that stops at the ends instead of overflowing.
#pragma once

#include <chrono>

namespace mend::detail {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// The moment `delay` after `from`; time_point::max() when that lies beyond what the clock can count.
[[nodiscard]] constexpr time_point later(time_point from, milliseconds delay) noexcept
{
    if (delay <= milliseconds{0})
        return from;
    auto const room = std::chrono::duration_cast<milliseconds>(time_point::max() - (from > time_point{} ? from : time_point{}));
    return delay >= room ? time_point::max() : from + delay;
}

/// From one moment to another in milliseconds, rounded up, so that a wait of what is left is never too short.
[[nodiscard]] constexpr milliseconds between(time_point from, time_point to) noexcept
{
    if (to <= from)
        return milliseconds{0};
    if (to == time_point::max())
        return milliseconds::max();
    return std::chrono::ceil<milliseconds>(to - from);
}

/// The same on the wall clock.
[[nodiscard]] constexpr milliseconds between(std::chrono::system_clock::time_point from,
                                             std::chrono::system_clock::time_point to) noexcept
{
    using wall_time = std::chrono::system_clock::time_point;
    if (to <= from)
        return milliseconds{0};
    if (from < wall_time{} && to > wall_time::max() + from.time_since_epoch())
        return milliseconds::max();
    return std::chrono::ceil<milliseconds>(to - from);
}

template <class Duration>
[[nodiscard]] constexpr Duration sum(Duration a, Duration b) noexcept
{
    if (b < Duration::zero())
        return a < Duration::min() - b ? Duration::min() : a + b;
    return a > Duration::max() - b ? Duration::max() : a + b;
}

/// A wall clock's moment as far from `wall` as `until` is from `now`; the end of the calendar when it lies beyond.
[[nodiscard]] inline std::chrono::system_clock::time_point on_wall(std::chrono::system_clock::time_point wall, time_point now,
                                                                   time_point until) noexcept
{
    using wall_time = std::chrono::system_clock::time_point;
    auto const left = between(now, until);
    auto const room = std::chrono::duration_cast<milliseconds>(wall_time::max() - (wall > wall_time{} ? wall : wall_time{}));
    return left >= room ? wall_time::max() : wall + left;
}

/// The same for a moment that has passed.
[[nodiscard]] inline std::chrono::system_clock::time_point on_wall_before(std::chrono::system_clock::time_point wall,
                                                                          time_point now, time_point since) noexcept
{
    return wall - between(since, now);
}

}  // namespace mend::detail
