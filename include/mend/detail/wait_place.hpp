// Where one coroutine waits until a moment, or until it is notified, whichever comes first.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/time_source.hpp>

#include <memory>
#include <mutex>
#include <optional>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// The waiting handler lies inside an Asio timer, never in a container of ours: an io_context that is destroyed takes it
/// along. Cancelling the waiting coroutine ends the wait; the caller asks its cancellation state.
class wait_place {
public:
    /// `lock` guards the decision to wait as well as the notification, so that none is lost between the two.
    wait_place(time_source& time, std::mutex& lock) noexcept : time_{time}, lock_{lock} {}
    wait_place(wait_place const&) = delete;
    wait_place& operator=(wait_place const&) = delete;

    /// With the lock held: notifications from now on end the next wait.
    void prepare() noexcept { notified_ = false; }

    /// With the lock held: ends the wait, or the next one.
    void notify() noexcept;

    /// Without the lock. Throws nothing; returns when notified, when the moment has come, or when cancelled.
    [[nodiscard]] MEND_API asio::awaitable<void> wait(time_point until);

private:
    class alarm;
    class alarm_scope;

    [[nodiscard]] asio::awaitable<void> wait_for_timer(time_point until);
    [[nodiscard]] asio::awaitable<void> wait_for_alarm(time_point until);
    template <class Handler>
    void begin(Handler, time_point);

    time_source& time_;
    std::mutex& lock_;
    std::optional<asio::steady_timer> timer_;  // made for the executor of the first coroutine that waits
    asio_error_code ignored_;
    bool notified_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
