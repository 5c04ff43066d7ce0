// A place where one coroutine waits for a moment or for a kick, whichever comes first.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/saturate.hpp>
#include <mend/time_source.hpp>

#include <memory>
#include <mutex>
#include <optional>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

class manager_core;

/// The handler of whoever waits lies inside an Asio timer, never in a container of ours: an io_context that is
/// destroyed takes it along. Cancelling the waiting coroutine ends the wait; the caller asks its cancellation state.
class parking {
public:
    /// `lock` guards the decision to wait as well as the kick, so that no kick is lost between the two.
    parking(manager_core& manager, std::mutex& lock) noexcept : manager_{manager}, lock_{lock} {}
    parking(parking const&) = delete;
    parking& operator=(parking const&) = delete;

    /// With the lock held: kicks from now on end the next wait.
    void prepare() noexcept { kicked_ = false; }

    /// With the lock held: ends the wait, or the next one.
    void kick() noexcept;

    /// Without the lock. Throws nothing; returns when kicked, when the moment has come, or when cancelled.
    [[nodiscard]] MEND_API asio::awaitable<void> wait(time_point until);

private:
    class alarm;

    [[nodiscard]] asio::awaitable<void> wait_for_timer(time_point until);
    [[nodiscard]] asio::awaitable<void> wait_for_alarm(time_point until);
    template <class Handler>
    void begin(Handler, time_point);

    manager_core& manager_;
    std::mutex& lock_;
    std::optional<asio::steady_timer> timer_;  // made for the executor of whoever waits first
    asio_error_code ignored_;
    bool kicked_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
