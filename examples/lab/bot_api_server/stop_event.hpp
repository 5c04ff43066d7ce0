// The event that ends the server: every wait also watches it.
#pragma once

#include <chrono>

namespace bot_api_server {

/// Set once, from any thread or from a signal handler; never unset.
class stop_event {
public:
    stop_event();
    ~stop_event();
    stop_event(stop_event const&) = delete;
    stop_event& operator=(stop_event const&) = delete;

    /// Async-signal-safe.
    void set() const noexcept;
    /// Readable for poll() once the event is set.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    void wait() const noexcept;
    /// Returns true if the event is set before the time is over.
    bool wait_for(std::chrono::milliseconds) const noexcept;

private:
    int descriptor_;
};

} // namespace bot_api_server
