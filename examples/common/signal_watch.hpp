// Stops a program that runs on Asio in good order when a signal asks for it.
#pragma once

#include "common/io.hpp"

#include <functional>
#include <string>

namespace common {

/// Waits for the first of stop_signals() and then calls `stop("stopped by SIGTERM")` on the executor. From then on a signal
/// has its default effect, so that a second one ends the program at once. Not thread-safe.
class signal_watch {
public:
    signal_watch(asio::any_io_executor const&, std::function<void(std::string const& why)> stop);
    signal_watch(signal_watch const&) = delete;
    signal_watch& operator=(signal_watch const&) = delete;

    /// Stops waiting; from here on a signal has its default effect.
    void end();

private:
    asio::signal_set signals_;
    std::function<void(std::string const& why)> stop_;
};

}  // namespace common
