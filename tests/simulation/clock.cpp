#include "clock.hpp"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

namespace simulation {

namespace {

using namespace std::chrono_literals;

// Only an endless loop has that much to do at one moment.
constexpr std::size_t too_many_steps = 100'000;

constexpr auto steady_start = std::chrono::steady_clock::time_point{} + 5000h;
constexpr auto wall_start = std::chrono::system_clock::time_point{} + std::chrono::seconds{1'760'000'000};

}  // namespace

std::chrono::steady_clock::time_point clock::moment(ms since_the_beginning) const noexcept
{
    return since_the_beginning == never ? std::chrono::steady_clock::time_point::max() : steady_start + since_the_beginning;
}

std::chrono::system_clock::time_point clock::wall() const
{
    return wall_start + now_ + wall_shift_;
}

ms clock::moment_of(std::chrono::system_clock::time_point at) const
{
    return now_ + std::chrono::ceil<ms>(at - wall());
}

void clock::at(ms when, std::function<void()> what)
{
    appointments_.emplace(std::max(when, now_), std::move(what));
}

bool clock::run(asio::io_context& context)
{
    for (;;) {
        context.restart();
        std::size_t steps = 0;
        while (context.poll_one() != 0) {
            if (++steps == too_many_steps)
                return false;
        }
        if (appointments_.empty())
            return true;
        now_ = appointments_.begin()->first;
        do {
            auto const what = std::move(appointments_.begin()->second);
            appointments_.erase(appointments_.begin());
            what();
        } while (!one_by_one_ && !appointments_.empty() && appointments_.begin()->first == now_);
    }
}

asio::awaitable<void> clock::sleep_until(std::chrono::steady_clock::time_point until)
{
    if (until <= now())
        co_return;
    auto const executor = co_await asio::this_coro::executor;
    auto const timer = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    if (until != std::chrono::steady_clock::time_point::max()) {
        std::weak_ptr<asio::steady_timer> const weak = timer;
        at(std::chrono::ceil<ms>(until - steady_start), [weak] {
            if (auto const sleeper = weak.lock())
                sleeper->cancel();
        });
    }
    mend::detail::asio_error_code error;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (now() < until)
        throw mend::detail::asio_system_error{asio::error::operation_aborted};
}

}  // namespace simulation
