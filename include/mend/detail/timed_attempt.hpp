// One attempt under a time limit: in a coroutine chain of its own, on a strand over the caller's executor.
#pragma once

#include <mend/asio.hpp>
#include <mend/attempt.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/operation.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/time_source.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// The end of an attempt: a value or an exception; neither before it has ended.
template <class T>
struct attempt_end {
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
    std::exception_ptr thrown;
    std::optional<time_point> began{};  // if the clock was read
    bool cut_off = false;  // its time was over before it ended

    /// Clears it before the next attempt. Does not assign: not every T is assignable.
    void reset() noexcept
    {
        value.reset();
        thrown = nullptr;
        began.reset();
        cut_off = false;
    }
};

/// Cuts off one attempt at a moment. Lives in the frame of the coroutine that waits for the attempt.
class attempt_timer {
public:
    attempt_timer(time_source& time, time_point until) noexcept : time_{time}, until_{until} {}
    attempt_timer(attempt_timer const&) = delete;
    attempt_timer& operator=(attempt_timer const&) = delete;

    /// Runs the attempt, which must call stop() when it has ended, and cancels it (terminal) at the moment. Cancelling the
    /// waiting coroutine cancels the attempt too, and waits for its end; the caller's cancellation state is not changed.
    [[nodiscard]] MEND_API asio::awaitable<void> run(asio::awaitable<void> attempt);

    /// Stops the timer; returns whether the attempt was cut off before. Called by the attempt.
    [[nodiscard]] MEND_API bool stop();

private:
    class chain;
    template <class Handler>
    class chain_of;

    time_source& time_;
    time_point until_;
    chain* chain_ = nullptr;  // while the attempt runs
    asio_error_code ignored_;
};

/// Runs the operation and stores its end; does not throw.
template <class T>
asio::awaitable<void> run_attempt(operation_view<T> operation, attempt* which, attempt_end<T>& end, attempt_timer& timer)
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
    end.cut_off = timer.stop();
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
