// The source of time: the steady clock, or a clock passed by tests.
#pragma once

#include <mend/time_source.hpp>

namespace mend {
inline namespace MEND_BACKEND {

namespace {

class steady_time_source final : public time_source {
public:
    std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point wall() const override { return std::chrono::system_clock::now(); }

    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
    {
        auto const executor = co_await asio::this_coro::executor;
        asio::steady_timer timer{executor, until};
        co_await timer.async_wait(asio::use_awaitable);
    }
};

}  // namespace

time_source& steady_time() noexcept
{
    static steady_time_source source;
    return source;
}

}  // namespace MEND_BACKEND
}  // namespace mend
