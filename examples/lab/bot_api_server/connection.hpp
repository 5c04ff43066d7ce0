// One client's connection: what httplib reads and writes through, and what can be reset or fall silent.
#pragma once

#include "stop_event.hpp"

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace bot_api_server {

/// Owns the socket. httplib's own stream can only be answered or closed in good order; this one can also be dropped
/// in the middle, and none of its waits outlasts the server. Used by one thread.
class connection final : public httplib::Stream {
public:
    connection(socket_t socket, stop_event const& stop) noexcept : socket_{socket}, stop_{&stop} {}
    /// After reset() the client gets a RST, otherwise what was written is sent and followed by a FIN.
    ~connection();  // NOLINT(modernize-use-override)
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// False if there will be no further request: the client has left, was idle too long, or the server stops.
    [[nodiscard]] bool await_request();
    /// From here on nothing is written any more.
    void reset() noexcept;
    /// Keeps the connection open and says nothing until the client hangs up, the time is over or the server stops; from
    /// here on nothing is written any more.
    void fall_silent(std::chrono::milliseconds longest) noexcept;
    [[nodiscard]] bool is_dropped() const noexcept { return dropped_; }

    // httplib's part. Its versions differ in which of these they know, so nothing in this class can say `override`.
    // NOLINTBEGIN(modernize-use-override)
    [[nodiscard]] bool is_readable() const { return true; }
    [[nodiscard]] bool is_writable() const { return !dropped_; }
    [[nodiscard]] bool wait_readable() const { return true; }
    [[nodiscard]] bool wait_writable() const { return !dropped_; }
    ssize_t read(char* into, std::size_t size);
    ssize_t write(char const* from, std::size_t size);
    void get_remote_ip_and_port(std::string& address, int& port) const;
    void get_local_ip_and_port(std::string& address, int& port) const;
    [[nodiscard]] socket_t socket() const { return socket_; }
    [[nodiscard]] time_t duration() const { return 0; }
    // NOLINTEND(modernize-use-override)

private:
    /// Waits for the socket; false if the time is over or the server stops first.
    [[nodiscard]] bool await(short events, std::chrono::milliseconds longest) const noexcept;
    bool fill(std::chrono::milliseconds longest);

    socket_t socket_;
    stop_event const* stop_;
    std::array<char, 4096> buffer_{}; // httplib reads header lines byte by byte
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool dropped_ = false;
    bool reset_ = false;
};

} // namespace bot_api_server
