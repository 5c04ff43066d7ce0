// One attempt under a time limit: in a coroutine chain of its own, on a strand over the caller's executor.
#pragma once

#include <mend/asio.hpp>
#include <mend/attempt.hpp>
#include <mend/detail/operation.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/time_source.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// The end of an attempt: a value or an exception.
template <class T>
struct attempt_end {
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
    std::exception_ptr thrown;
    bool cut_off = false;  // its time was over before it ended

    /// Clears it before the next attempt. Does not assign: not every T is assignable.
    void reset() noexcept
    {
        value.reset();
        thrown = nullptr;
        cut_off = false;
    }
};

/// Runs the operation and stores its end; does not throw.
template <class T>
asio::awaitable<void> run_attempt(operation_view<T> operation, attempt* which, attempt_end<T>& end)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await operation(which);
            end.value.emplace();
        } else {
            end.value.emplace(co_await operation(which));
        }
    } catch (...) {
        end.thrown = std::current_exception();
    }
}

/// Runs the operation and a sleeper side by side. The first to end cancels the other, and when both have ended the waiting
/// coroutine resumes. Uses two signals of its own: the caller's cancellation state is passed on, never changed.
template <class T, class Handler>
class timed_attempt : public std::enable_shared_from_this<timed_attempt<T, Handler>> {
public:
    timed_attempt(asio::any_io_executor const& executor, time_source& time, Handler handler)
        : strand_{executor}, time_{time}, handler_{std::move(handler)}
    {
    }

    void start(operation_view<T> operation, attempt* which, attempt_end<T>& end, time_point until)
    {
        // The slot belongs to the waiting coroutine, which this object keeps alive: it must not keep this object.
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            // What the caller's chain lets through is terminal for the attempt, whose own chain accepts only that.
            slot.assign([weak = this->weak_from_this()](asio::cancellation_type) {
                if (auto const self = weak.lock())
                    asio::dispatch(self->strand_, [self] { self->stop_operation_.emit(asio::cancellation_type::terminal); });
            });
        }
        asio::dispatch(strand_, [self = this->shared_from_this(), operation, which, &end, until] {
            asio::co_spawn(self->strand_, run_attempt(operation, which, end),
                           asio::bind_cancellation_slot(self->stop_operation_.slot(), [self](std::exception_ptr) {
                               self->operation_ended_ = true;
                               self->stop_sleeper_.emit(asio::cancellation_type::terminal);
                               self->one_ended();
                           }));
            asio::co_spawn(self->strand_, self->time_.sleep_until(until),
                           asio::bind_cancellation_slot(self->stop_sleeper_.slot(), [self, &end](std::exception_ptr) {
                               if (!self->operation_ended_) {
                                   end.cut_off = true;
                                   self->stop_operation_.emit(asio::cancellation_type::terminal);
                               }
                               self->one_ended();
                           }));
        });
    }

private:
    void one_ended()
    {
        if (--running_ != 0)
            return;
        auto const executor = asio::get_associated_executor(handler_, strand_.get_inner_executor());
        asio::post(executor, [handler = std::move(handler_)]() mutable {
            if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                slot.clear();
            std::move(handler)(asio_error_code{});
        });
    }

    asio::strand<asio::any_io_executor> strand_;
    time_source& time_;
    Handler handler_;
    asio::cancellation_signal stop_operation_;
    asio::cancellation_signal stop_sleeper_;
    int running_ = 2;
    bool operation_ended_ = false;
};

/// Runs one attempt, and cuts it off at `until`. Cancelling the waiting coroutine cancels the attempt, and waits for its end.
template <class T>
asio::awaitable<void> run_attempt_within(time_point until, time_source& time, operation_view<T> operation, attempt* which,
                                         attempt_end<T>& end)
{
    asio::any_io_executor const executor = co_await asio::this_coro::executor;
    asio_error_code ignored;
    auto initiate = [&](auto handler) {
        auto const run = std::make_shared<timed_attempt<T, decltype(handler)>>(executor, time, std::move(handler));
        run->start(operation, which, end, until);
    };
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await asio::async_initiate<decltype(token), void(asio_error_code)>(initiate, token);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
