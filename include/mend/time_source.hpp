// Where mend takes the time from: the steady clock, or another that tests pass.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>

#include <chrono>

namespace mend {
inline namespace MEND_BACKEND {

/// The clock that every wait, deadline and timestamp of a manager uses.
/// Thread safety: all members are called from any thread that sends.
class MEND_API time_source {
public:
    virtual ~time_source() = default;

    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;

    /// For retry_at and history alone: it may jump without harm.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;

    /// Completes when the moment has come. Cancellation (terminal) ends it early with operation_aborted.
    virtual asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point) = 0;
};

/// The system's clocks and Asio's timers: what a manager uses when none is given. Lives as long as the program.
[[nodiscard]] MEND_API time_source& steady_time() noexcept;

}  // namespace MEND_BACKEND
}  // namespace mend
