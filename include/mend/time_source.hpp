// The source of time: the system's clocks, or a replacement for tests.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>

#include <chrono>

namespace mend {
inline namespace MEND_BACKEND {

/// The clock of every wait, deadline and timestamp of a manager.
///
/// Thread safety: all members are called from every thread that sends. Lifetime: must outlive every sleep, and a sleep that was
/// cancelled may end shortly after the operation that it was for: run the executors until they are out of work first.
class MEND_API time_source {
public:
    virtual ~time_source() = default;

    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;

    /// Used for retry_at and history only; it may jump without harm.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;

    /// Completes at the given time. Cancellation (terminal) ends it early with operation_aborted.
    virtual asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point) = 0;
};

/// Returns the default of a manager: the system's clocks and Asio's timers. Exists until the program ends.
[[nodiscard]] MEND_API time_source& steady_time() noexcept;

}  // namespace MEND_BACKEND
}  // namespace mend
