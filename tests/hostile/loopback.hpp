// Raw sockets on the loopback: what no well-behaved HTTP client or server would send.
#pragma once

#include "interop/tdlib/process.hpp"

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hostile {

/// Ends every wait for the other side, far above what it takes.
inline constexpr int patience_ms = 60'000;

class tcp_socket {
public:
    explicit tcp_socket(int number) : number_{number}
    {
        if (number_ < 0)
            throw std::system_error{errno, std::generic_category(), "socket"};
    }
    tcp_socket(tcp_socket&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    tcp_socket& operator=(tcp_socket&&) = delete;
    ~tcp_socket()
    {
        if (number_ >= 0)
            ::close(number_);
    }

    static tcp_socket to(int port)
    {
        tcp_socket made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        auto const address = loopback(port);
        if (::connect(made.number_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
            throw std::system_error{errno, std::generic_category(), "connect"};
        return made;
    }

    [[nodiscard]] int number() const noexcept { return number_; }

    /// False when the other side has had enough.
    bool send(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            if (!ready(POLLOUT))
                throw std::runtime_error{"the other side reads nothing"};
            auto const sent = ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// What has come; empty at the end. Throws when nothing does.
    [[nodiscard]] std::string receive() const
    {
        if (!ready(POLLIN))
            throw std::runtime_error{"the other side says nothing"};
        std::string bytes(65536, '\0');
        auto const received = ::recv(number_, bytes.data(), bytes.size(), 0);
        bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
        return bytes;
    }

    static sockaddr_in loopback(int port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

private:
    [[nodiscard]] bool ready(short events) const
    {
        pollfd watched{number_, events, 0};
        return ::poll(&watched, 1, patience_ms) > 0;
    }

    int number_;
};

/// Answers each request, one connection after the other, with what `answer` makes of its path and body.
class raw_server {
public:
    using handler = std::function<std::string(std::string const& path, std::string const& body)>;

    explicit raw_server(handler answer) : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, answer_{std::move(answer)}
    {
        auto address = tcp_socket::loopback(0);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_.number(), generic, size) != 0 || ::listen(listener_.number(), 64) != 0 ||
            ::getsockname(listener_.number(), generic, &size) != 0)
            throw std::system_error{errno, std::generic_category(), "listen"};
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread{[this](std::stop_token const& stop) { serve(stop); }};
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    void serve(std::stop_token const& stop)
    {
        while (!stop.stop_requested()) {
            pollfd watched{listener_.number(), POLLIN, 0};
            if (::poll(&watched, 1, 20) <= 0)
                continue;
            try {
                tcp_socket const client{::accept(listener_.number(), nullptr, nullptr)};
                serve_one(client);
            } catch (std::exception const&) { // the client went away
            }
        }
    }

    void serve_one(tcp_socket const& client) const
    {
        std::string request;
        std::size_t head = std::string::npos;
        while (head == std::string::npos) {
            auto const more = client.receive();
            if (more.empty())
                return;
            request += more;
            head = request.find("\r\n\r\n");
        }
        std::size_t length = 0;
        if (auto const at = request.find("Content-Length: "); at < head)
            length = std::stoul(request.substr(at + 16));
        while (request.size() < head + 4 + length) {
            auto const more = client.receive();
            if (more.empty())
                return;
            request += more;
        }
        auto const begin = request.find(' ') + 1;
        client.send(answer_(request.substr(begin, request.find(' ', begin) - begin), request.substr(head + 4)));
    }

    tcp_socket listener_;
    handler answer_;
    int port_ = 0;
    std::jthread thread_; // last: it ends before what it uses
};

/// A whole HTTP answer with that body.
inline std::string http_answer(int status, std::string const& body)
{
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

} // namespace hostile
