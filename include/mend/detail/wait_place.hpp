// A place where one coroutine waits until a moment, or until it is notified, whichever comes first.
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

/// The waiting handler is stored in an Asio timer, never in a container of ours, so that an io_context destroys it. Cancelling
/// the waiting coroutine ends the wait; the caller must check its cancellation state.
class wait_place {
public:
    /// `lock` guards the decision to wait as well as the notification, so that no notification is lost in between.
    wait_place(time_source& time, std::mutex& lock) noexcept : time_{time}, lock_{lock} {}
    wait_place(wait_place const&) = delete;
    wait_place& operator=(wait_place const&) = delete;

    /// Notifications from now on end the next wait. The lock must be held.
    void prepare() noexcept { notified_ = false; }

    /// Ends the wait, or the next one. The lock must be held.
    void notify() noexcept;

    /// Returns when notified, when the moment has come, or when cancelled; does not throw. The lock must not be held.
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
    std::optional<asio::steady_timer> timer_;  // uses the executor of the first coroutine that waits
    asio_error_code ignored_;
    bool notified_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
