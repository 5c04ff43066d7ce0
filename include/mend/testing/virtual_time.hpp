// A clock for tests: it stops while anything is ready to run, and jumps when nothing is.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>
#include <mend/time_source.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace mend {
inline namespace MEND_BACKEND {
namespace testing {

/// Passes hours of waiting in milliseconds. Begins at a fixed time, so that a test sees the same timestamps on every run.
/// Serves one io_context on one thread, and must outlive its sleepers.
class MEND_API virtual_time : public time_source {
public:
    virtual_time();
    ~virtual_time() override;

    virtual_time(virtual_time const&) = delete;
    virtual_time& operator=(virtual_time const&) = delete;

    /// How run() ended.
    struct end {
        bool finished = true;  ///< the context has no work left
        std::size_t asleep_for_ever = 0;  ///< sleepers at time_point::max()

        [[nodiscard]] explicit operator bool() const noexcept { return finished; }

        /// Returns a message for a test that has not finished: what is left, and why this clock cannot advance it.
        [[nodiscard]] std::string message() const;
    };

    /// Runs what is ready; when nothing is, jumps to the next sleeper's time and wakes it. Returns when neither is left, even
    /// if work is outstanding that this clock does not advance: a timer of Asio's own, a socket, another thread, a work
    /// guard, a sleeper at time_point::max(). The result reports it.
    end run(asio::io_context&);

    /// Returns the virtual time since construction.
    [[nodiscard]] std::chrono::steady_clock::duration elapsed() const;

    /// Sleeps on this clock, for scripted operations. Saturates instead of overflowing.
    [[nodiscard]] asio::awaitable<void> sleep_for(std::chrono::steady_clock::duration);

    template <class Representation, class Period>
    [[nodiscard]] asio::awaitable<void> sleep_for(std::chrono::duration<Representation, Period> duration)
    {
        using finest = std::chrono::steady_clock::duration;
        using asked = std::chrono::duration<Representation, Period>;
        if (!(duration > asked::zero()))
            return sleep_for(finest::zero());
        auto const longest = std::chrono::duration_cast<asked>(finest::max());
        return sleep_for(duration >= longest ? finest::max() : std::chrono::duration_cast<finest>(duration));
    }

    [[nodiscard]] std::chrono::steady_clock::time_point now() const override;
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override;

    /// Cancellation (terminal) ends it early with operation_aborted.
    [[nodiscard]] asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point) override;

    /// Moves only the wall clock, as a correction by an operator or NTP does.
    void shift_wall(std::chrono::system_clock::duration);

private:
    using sleepers = std::multimap<std::chrono::steady_clock::time_point, asio::steady_timer*>;
    class sleeper;

    sleepers sleepers_;
    std::chrono::steady_clock::time_point now_;
    std::chrono::system_clock::duration wall_shift_{0};
};

}  // namespace testing
}  // namespace MEND_BACKEND
}  // namespace mend
