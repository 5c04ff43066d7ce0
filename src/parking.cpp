#include <mend/detail/parking.hpp>

#include <mend/detail/manager_core.hpp>

#include <exception>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// Kicks the parking place when another clock than the steady one has reached a moment: its sleep runs beside the
/// coroutine that waits, so that a kick need not reach into it.
class parking::alarm : public std::enable_shared_from_this<alarm> {
public:
    alarm(parking& place, asio::any_io_executor const& executor)
        : place_{&place}, lock_{place.lock_}, manager_{place.manager_.shared_from_this()}, strand_{executor}
    {
    }

    void start(time_point until)
    {
        // A signal is used on its strand alone.
        asio::dispatch(strand_, [self = shared_from_this(), until] {
            if (self->stopped_)
                return;
            asio::co_spawn(self->strand_, self->manager_->time().sleep_until(until),
                           asio::bind_cancellation_slot(self->cancel_.slot(), [self](std::exception_ptr) { self->ring(); }));
        });
    }

    /// With the lock held: the place is left.
    void disconnect() noexcept { place_ = nullptr; }

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
        std::lock_guard const lock{lock_};
        if (place_ != nullptr)
            place_->kick();
    }

    parking* place_;  // guarded by the lock; null once it is left
    std::mutex& lock_;
    std::shared_ptr<manager_core> manager_;
    asio::strand<asio::any_io_executor> strand_;
    asio::cancellation_signal cancel_;
    bool stopped_ = false;
};

void parking::kick() noexcept
{
    kicked_ = true;
    if (timer_)
        timer_->cancel();
}

template <class Handler>
void parking::begin(Handler handler, time_point until)
{
    std::lock_guard const lock{lock_};
    if (!timer_)
        timer_.emplace(asio::get_associated_executor(handler));
    timer_->expires_at(kicked_ ? time_point::min() : until);
    timer_->async_wait(std::move(handler));
}

/// No coroutine of its own: ten thousand may wait at once, and a frame costs more than all else that waiting takes.
asio::awaitable<void> parking::wait(time_point until)
{
    return until == time_point::max() || manager_.runs_on_steady_time() ? wait_for_timer(until) : wait_for_alarm(until);
}

asio::awaitable<void> parking::wait_for_timer(time_point until)
{
    auto initiate = [this, until](auto handler) { begin(std::move(handler), until); };
    auto token = asio::redirect_error(asio::use_awaitable, ignored_);
    return asio::async_initiate<decltype(token), void(asio_error_code)>(std::move(initiate), token);
}

asio::awaitable<void> parking::wait_for_alarm(time_point until)
{
    struct leaving {  // however the wait ends, a destroyed io_context included
        std::mutex& lock;
        std::shared_ptr<alarm> bell;
        ~leaving()
        {
            std::lock_guard const hold{lock};
            bell->disconnect();
        }
    };

    auto const executor = co_await asio::this_coro::executor;
    leaving const guard{lock_, std::make_shared<alarm>(*this, executor)};
    guard.bell->start(until);
    co_await wait_for_timer(time_point::max());
    guard.bell->stop();
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
