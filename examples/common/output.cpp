#include "common/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <poll.h>
#include <unistd.h>

namespace common {
namespace {

/// Waits up to that time until the descriptor accepts bytes; -1: without limit.
bool is_ready(int descriptor, int milliseconds) noexcept
{
    pollfd watched{descriptor, POLLOUT, 0};
    return ::poll(&watched, 1, milliseconds) > 0;
}

}  // namespace

bool print(int descriptor, std::string_view text) noexcept
{
    while (!text.empty()) {
        auto const written = ::write(descriptor, text.data(), text.size());
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))  // another process has made it non-blocking
            is_ready(descriptor, -1);
        else if (written == 0 || errno != EINTR)
            return false;
    }
    return true;
}

bool print_if_ready(int descriptor, std::string_view text) noexcept
{
    if (is_ready(descriptor, 0))
        return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    errno = EAGAIN;
    return false;
}

void patient_output::add(std::string_view text)
{
    constexpr std::size_t taken_without_waiting = 4096;  // by a pipe that is ready
    waiting_ += text;
    while (!waiting_.empty() && is_ready(descriptor_, 0)) {
        auto const written = ::write(descriptor_, waiting_.data(), std::min(waiting_.size(), taken_without_waiting));
        if (written <= 0)
            break;
        waiting_.erase(0, static_cast<std::size_t>(written));
    }
}

bool patient_output::finish() noexcept
{
    bool const written = print(descriptor_, waiting_);
    waiting_.clear();
    return written;
}

}  // namespace common
