#include "support/catch.hpp"

#include <mend/detail/saturating_time.hpp>

#include <chrono>

using namespace std::chrono_literals;
using mend::detail::between;
using mend::detail::later;
using mend::detail::milliseconds;
using mend::detail::on_wall;
using mend::detail::sum;
using mend::detail::time_point;
using wall_time = std::chrono::system_clock::time_point;

// Not in constant expressions: what runs is looked at.

TEST_CASE("a moment that no clock can count is the last one, from any start")
{
    for (auto const from : {time_point{} - 1h, time_point{}, time_point{} + 1h, time_point::max() - 1s}) {
        CHECK(later(from, milliseconds::max()) == time_point::max());
        CHECK(later(from, 0ms) == from);
        CHECK(later(from, -5s) == from);
    }
    CHECK(later(time_point{} - 1h, 2h) == time_point{} + 1h);
    CHECK(later(time_point::max() - 1s, 500ms) == time_point::max() - 500ms);
}

TEST_CASE("the time between two moments is rounded up, never negative, and without end if the later one is")
{
    CHECK(between(time_point{}, time_point{} + 1ns) == 1ms);
    CHECK(between(time_point{} + 1h, time_point{}) == 0ms);
    CHECK(between(time_point{}, time_point::max()) == milliseconds::max());
}

TEST_CASE("on the wall clock the time between two moments does not overflow, also if one lies before 1970")
{
    CHECK(between(wall_time{} - 1h, wall_time{} + 1h) == 2h);
    CHECK(between(wall_time{} + 1h, wall_time{} - 1h) == 0ms);
    CHECK(between(wall_time{} - 1h, wall_time::max()) == milliseconds::max());
    CHECK(between(wall_time{}, wall_time::max() - 1ms) > 24h * 365 * 200);
}

TEST_CASE("a sum stops at both ends")
{
    constexpr auto most = milliseconds::max();
    constexpr auto least = milliseconds::min();
    CHECK(sum(most, 1ms) == most);
    CHECK(sum(1ms, most) == most);
    CHECK(sum(least, -1ms) == least);
    CHECK(sum(-1ms, least) == least);
    CHECK(sum(most, least) == -1ms);
    CHECK(sum(5ms, -7ms) == -2ms);
}

TEST_CASE("a moment is as far from the wall clock's now as from the steady one's, up to the end of the calendar")
{
    time_point const now = time_point{} + 1000h;
    CHECK(on_wall(wall_time{} + 5h, now, now + 1h) == wall_time{} + 6h);
    CHECK(on_wall(wall_time{} - 5h, now, now + 1h) == wall_time{} - 4h);
    CHECK(on_wall(wall_time{} + 5h, now, now - 1h) == wall_time{} + 5h);
    CHECK(on_wall(wall_time{} + 5h, now, time_point::max()) == wall_time::max());
    CHECK(on_wall(wall_time::max() - 1h, now, now + 2h) == wall_time::max());
}
