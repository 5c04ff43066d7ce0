// Arithmetic on times that saturates instead of overflowing.
#pragma once

#include <chrono>

namespace mend::detail {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// Returns the time point `delay` after `from`; time_point::max() if the clock cannot represent it.
[[nodiscard]] constexpr time_point later(time_point from, milliseconds delay) noexcept
{
    if (delay <= milliseconds{0})
        return from;
    auto const room = std::chrono::duration_cast<milliseconds>(time_point::max() - (from > time_point{} ? from : time_point{}));
    return delay >= room ? time_point::max() : from + delay;
}

/// Returns the milliseconds from one time point to another, rounded up, so that a wait for them is never too short.
[[nodiscard]] constexpr milliseconds between(time_point from, time_point to) noexcept
{
    if (to <= from)
        return milliseconds{0};
    if (to == time_point::max())
        return milliseconds::max();
    return std::chrono::ceil<milliseconds>(to - from);
}

/// As above, on the wall clock.
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

/// Returns the time on the wall clock that is as far from `wall` as `until` is from `now`; wall_time::max() if it is beyond that.
[[nodiscard]] inline std::chrono::system_clock::time_point on_wall(std::chrono::system_clock::time_point wall, time_point now,
                                                                   time_point until) noexcept
{
    using wall_time = std::chrono::system_clock::time_point;
    auto const left = between(now, until);
    auto const room = std::chrono::duration_cast<milliseconds>(wall_time::max() - (wall > wall_time{} ? wall : wall_time{}));
    return left >= room ? wall_time::max() : wall + left;
}

/// The same for a time point in the past.
[[nodiscard]] inline std::chrono::system_clock::time_point on_wall_before(std::chrono::system_clock::time_point wall,
                                                                          time_point now, time_point since) noexcept
{
    return wall - between(since, now);
}

}  // namespace mend::detail
