// A clock for tests: stands still while anything is ready to run, and jumps when nothing is.
#pragma once

#include <mend/testing/virtual_time.hpp>

#include <mend/detail/saturating_time.hpp>

#include <algorithm>

namespace mend {
inline namespace MEND_BACKEND {
namespace testing {

namespace {

using namespace std::chrono_literals;

// Late enough for tests to look back, early enough that years of waiting do not overflow.
constexpr auto steady_start = std::chrono::steady_clock::time_point{} + 1000h;
constexpr auto wall_start = std::chrono::system_clock::time_point{} + std::chrono::seconds{1'750'000'000};

}  // namespace

/// Keeps a timer in the list while its coroutine sleeps, and removes it at any end of the sleep.
class virtual_time::sleeper {
public:
    sleeper(virtual_time& clock, std::chrono::steady_clock::time_point until, asio::steady_timer& timer)
        : clock_{clock}, place_{clock.sleepers_.emplace(until, &timer)}
    {
    }
    ~sleeper() { clock_.sleepers_.erase(place_); }
    sleeper(sleeper const&) = delete;
    sleeper& operator=(sleeper const&) = delete;

private:
    virtual_time& clock_;
    sleepers::iterator place_;
};

virtual_time::virtual_time() : now_{steady_start} {}

virtual_time::~virtual_time() = default;

virtual_time::end virtual_time::run(asio::io_context& context)
{
    constexpr auto never = std::chrono::steady_clock::time_point::max();
    for (;;) {
        context.restart();
        while (context.poll() != 0) {
        }
        if (sleepers_.empty() || sleepers_.begin()->first == never)
            return {.finished = context.stopped(), .asleep_for_ever = sleepers_.size()};
        now_ = std::max(now_, sleepers_.begin()->first);
        // Wake all whose time has come, in the order in which they fell asleep.
        for (auto each = sleepers_.begin(); each != sleepers_.end() && each->first <= now_; ++each)
            each->second->cancel();
    }
}

std::string virtual_time::end::message() const
{
    if (finished)
        return "nothing is left to run";
    std::string text = "work is outstanding that virtual time does not move: ";
    if (asleep_for_ever != 0)
        text += std::to_string(asleep_for_ever) + " sleep until time_point::max(), and perhaps ";
    return text +
           "a timer of Asio's own (sleep on the manager's clock, or with virtual_time::sleep_for), a socket, another thread "
           "or a work guard";
}

std::chrono::steady_clock::duration virtual_time::elapsed() const
{
    return now_ - steady_start;
}

asio::awaitable<void> virtual_time::sleep_for(std::chrono::steady_clock::duration duration)
{
    auto const until = detail::sum(now_.time_since_epoch(), duration);
    return sleep_until(std::chrono::steady_clock::time_point{until});
}

std::chrono::steady_clock::time_point virtual_time::now() const
{
    return now_;
}

std::chrono::system_clock::time_point virtual_time::wall() const
{
    using wall_time = std::chrono::system_clock::duration;
    auto const since_start = std::chrono::duration_cast<wall_time>(elapsed());
    return std::chrono::system_clock::time_point{
        detail::sum(detail::sum(wall_start.time_since_epoch(), since_start), wall_shift_)};
}

void virtual_time::shift_wall(std::chrono::system_clock::duration by)
{
    wall_shift_ = detail::sum(wall_shift_, by);
}

asio::awaitable<void> virtual_time::sleep_until(std::chrono::steady_clock::time_point until)
{
    if (until <= now_)
        co_return;
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, asio::steady_timer::time_point::max()};
    sleeper const registered{*this, until, timer};
    detail::asio_error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (now_ < until)  // not woken, so cancelled
        throw detail::asio_system_error{asio::error::operation_aborted};
}

}  // namespace testing
}  // namespace MEND_BACKEND
}  // namespace mend
