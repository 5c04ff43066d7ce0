// A place where one coroutine waits until a moment, or until it is notified, whichever comes first.
#pragma once

#include <mend/detail/wait_place.hpp>

#include <exception>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// Notifies the place when a clock other than the steady one has reached a moment. Its sleep runs beside the waiting coroutine,
/// so that a notification need not reach into it.
class wait_place::alarm : public std::enable_shared_from_this<alarm> {
public:
    alarm(wait_place& place, asio::any_io_executor const& executor) : place_{&place}, time_{place.time_}, strand_{executor} {}

    void start(time_point until)
    {
        // A cancellation signal must be used on its strand only.
        asio::dispatch(strand_, [self = shared_from_this(), until] {
            if (self->stopped_)
                return;
            asio::co_spawn(self->strand_, self->time_.sleep_until(until),
                           asio::bind_cancellation_slot(self->cancel_.slot(), [self](std::exception_ptr) { self->ring(); }));
        });
    }

    /// Must be called without the place's lock: the place is left, and may be destroyed.
    void disconnect() noexcept
    {
        std::lock_guard const lock{mutex_};
        place_ = nullptr;
    }

    void stop()
    {
        asio::dispatch(strand_, [self = shared_from_this()] {
            self->stopped_ = true;
            self->cancel_.emit(asio::cancellation_type::terminal);
        });
    }

private:
    void ring() noexcept
    {
        std::lock_guard const lock{mutex_};  // before the place's lock, which may be destroyed with the place
        if (place_ == nullptr)
            return;
        std::lock_guard const notifying{place_->lock_};
        place_->notify();
    }

    std::mutex mutex_;
    wait_place* place_;  // guarded by the mutex; null after disconnect()
    time_source& time_;
    asio::strand<asio::any_io_executor> strand_;
    asio::cancellation_signal cancel_;
    bool stopped_ = false;
};

/// Owns an alarm while a coroutine waits, and disconnects it at any end of the wait, including a destroyed io_context.
class wait_place::alarm_scope {
public:
    alarm_scope(wait_place& place, asio::any_io_executor const& executor) : alarm_{std::make_shared<alarm>(place, executor)} {}
    ~alarm_scope() { alarm_->disconnect(); }
    alarm_scope(alarm_scope const&) = delete;
    alarm_scope& operator=(alarm_scope const&) = delete;

    alarm* operator->() const noexcept { return alarm_.get(); }

private:
    std::shared_ptr<alarm> alarm_;
};

void wait_place::notify() noexcept
{
    notified_ = true;
    if (timer_)
        timer_->cancel();
}

template <class Handler>
void wait_place::begin(Handler handler, time_point until)
{
    std::lock_guard const lock{lock_};
    if (!timer_)
        timer_.emplace(asio::get_associated_executor(handler));
    timer_->expires_at(notified_ ? time_point::min() : until);
    timer_->async_wait(std::move(handler));
}

/// Not a coroutine itself: ten thousand may wait at once, and a frame costs more than the rest of the wait.
asio::awaitable<void> wait_place::wait(time_point until)
{
    bool const timer_suffices = until == time_point::max() || &time_ == &steady_time();
    return timer_suffices ? wait_for_timer(until) : wait_for_alarm(until);
}

asio::awaitable<void> wait_place::wait_for_timer(time_point until)
{
    auto initiate = [this, until](auto handler) { begin(std::move(handler), until); };
    auto token = asio::redirect_error(asio::use_awaitable, ignored_);
    return asio::async_initiate<decltype(token), void(asio_error_code)>(std::move(initiate), token);
}

asio::awaitable<void> wait_place::wait_for_alarm(time_point until)
{
    auto const executor = co_await asio::this_coro::executor;
    alarm_scope const bell{*this, executor};
    bell->start(until);
    co_await wait_for_timer(time_point::max());
    bell->stop();
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
