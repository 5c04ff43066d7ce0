#include "common/signal_watch.hpp"

#include "common/process.hpp"

#include <cstring>
#include <utility>

namespace common {

signal_watch::signal_watch(asio::any_io_executor const& executor, std::function<void(std::string const& why)> stop)
    : signals_(executor), stop_(std::move(stop))
{
    for (int const number : stop_signals())
        signals_.add(number);
    signals_.async_wait([this](io_error_code error, int number) {
        if (error)
            return;
        signals_.clear();
        stop_(std::string("stopped by SIG") + ::sigabbrev_np(number));
    });
}

void signal_watch::end()
{
    signals_.cancel();
    signals_.clear();
}

}  // namespace common
