// One client's connection: httplib's stream, which can also be reset or fall silent.
#pragma once

#include "stop_event.hpp"

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace bot_api_server {

/// Owns the socket. Unlike httplib's own stream it can be dropped in the middle of a request, and none of its waits outlasts
/// the server. Not thread-safe.
class connection final : public httplib::Stream {
public:
    connection(socket_t socket, stop_event const& stop) noexcept : socket_{socket}, stop_{&stop} {}
    /// Sends a RST after reset(), otherwise what was written and a FIN.
    ~connection();  // NOLINT(modernize-use-override)
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// Returns false if no further request will come: the client has left, was idle too long, or the server stops.
    [[nodiscard]] bool await_request();
    /// Nothing is written from here on.
    void reset() noexcept;
    /// Keeps the connection open in silence until the client hangs up, the time is over or the server stops. Nothing is
    /// written from here on.
    void fall_silent(std::chrono::milliseconds longest) noexcept;
    [[nodiscard]] bool is_dropped() const noexcept { return dropped_; }

    // httplib's interface. Its versions declare different members, so none of these can be marked `override`.
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
    /// Waits for the socket; returns false if the time is over or the server stops first.
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
