#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

namespace bot_api_server {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_idle = 75s;
constexpr auto longest_read = 30s;
constexpr auto longest_write = 30s;

void set_linger_to_reset(socket_t socket) noexcept
{
    linger const at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// The server is bound to loopback, so the address is known; the port is not used.
void loopback_address(std::string& address, int& port)
{
    address = "127.0.0.1";
    port = 0;
}

} // namespace

connection::~connection()
{
    if (reset_) {
        // No shutdown() first: it would send a FIN, an orderly end.
        set_linger_to_reset(socket_);
    } else {
        ::shutdown(socket_, SHUT_RDWR);
    }
    ::close(socket_);
}

bool connection::await_request()
{
    return !dropped_ && (begin_ < end_ || fill(longest_idle));
}

void connection::reset() noexcept
{
    dropped_ = true;
    reset_ = true;
}

void connection::fall_silent(std::chrono::milliseconds longest) noexcept
{
    dropped_ = true;
    (void)await(POLLRDHUP, longest);
}

ssize_t connection::read(char* into, std::size_t size)
{
    if (begin_ == end_ && !fill(longest_read)) {
        return -1;
    }
    auto const count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, count, into);
    begin_ += count;
    return static_cast<ssize_t>(count);
}

bool connection::fill(std::chrono::milliseconds longest)
{
    if (!await(POLLIN, longest)) {
        return false;
    }
    auto const received = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    begin_ = 0;
    end_ = received > 0 ? static_cast<std::size_t>(received) : 0;
    return received > 0;
}

ssize_t connection::write(char const* from, std::size_t size)
{
    if (dropped_) {
        return -1;
    }
    pollfd watched{socket_, POLLOUT, 0};
    // A reply that was decided is sent even while the server stops, so this does not watch the stop event.
    if (::poll(&watched, 1, static_cast<int>(std::chrono::milliseconds{longest_write}.count())) <= 0) {
        return -1;
    }
    return ::send(socket_, from, size, MSG_NOSIGNAL);
}

void connection::get_remote_ip_and_port(std::string& address, int& port) const
{
    loopback_address(address, port);
}

void connection::get_local_ip_and_port(std::string& address, int& port) const
{
    loopback_address(address, port);
}

bool connection::await(short events, std::chrono::milliseconds longest) const noexcept
{
    using clock = std::chrono::steady_clock;
    auto const end = clock::now() + longest;
    for (;;) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
        auto const timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
        std::array<pollfd, 2> watched{{{socket_, events, 0}, {stop_->descriptor(), POLLIN, 0}}};
        auto const ready = ::poll(watched.data(), watched.size(), timeout);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        return ready > 0 && watched[1].revents == 0;
    }
}

} // namespace bot_api_server
