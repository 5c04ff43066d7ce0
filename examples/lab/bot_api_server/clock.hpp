// The server's one clock: unix milliseconds that never run backwards.
#pragma once

#include <chrono>

namespace bot_api_server {

using moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// Reads the wall clock once and continues with the steady clock, so that all times in a log can be compared even if the
/// machine's clock is set meanwhile. Thread-safe.
class steady_wall_clock {
public:
    [[nodiscard]] moment now() const
    {
        auto const passed = std::chrono::steady_clock::now() - steady_start_;
        return std::chrono::floor<std::chrono::milliseconds>(wall_start_ + passed);
    }

private:
    std::chrono::system_clock::time_point wall_start_ = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
};

} // namespace bot_api_server
