#include "stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <system_error>

namespace bot_api_server {

stop_event::stop_event() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (descriptor_ < 0) {
        throw std::system_error{errno, std::generic_category(), "eventfd"};
    }
}

stop_event::~stop_event()
{
    ::close(descriptor_);
}

void stop_event::set() const noexcept
{
    // A signal handler must preserve errno; the write can fail only by overflow, when the event is already set.
    auto const saved = errno;
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(descriptor_, &one, sizeof one);
    errno = saved;
}

void stop_event::wait() const noexcept
{
    while (!wait_for(std::chrono::hours{1})) {
    }
}

bool stop_event::wait_for(std::chrono::milliseconds time) const noexcept
{
    pollfd watched{descriptor_, POLLIN, 0};
    auto const timeout = static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, INT_MAX));
    return ::poll(&watched, 1, timeout) > 0;
}

} // namespace bot_api_server
