// The server behind the proxies: a small HTTP server, in a thread of its own, that breaks off as it is told.
#pragma once

#include <mend/asio.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#else
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#endif

#include <array>
#include <atomic>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace proxies {

namespace asio = mend::asio;
using asio::ip::tcp;

/// What the server does with a request when it has it whole: the path of the URL says it. It does the same, as its
/// constructor is told, with the first bytes of a TLS handshake, for it speaks none.
enum class does {
    answer,       ///< /answer: 200 and the request's body
    speak_plain,  ///< a 400 in plain text: to TLS only
    reset,        ///< /reset: RST
    close,        ///< /close: end of file without an answer
    die,          ///< /die: end of file, and the port no longer listens
    hang,         ///< /hang: nothing at all
};

class target_server {
public:
    explicit target_server(does with_tls = does::speak_plain) : with_tls_(with_tls)
    {
        asio::co_spawn(context_, accept(this), asio::detached);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~target_server()
    {
        context_.stop();
        thread_.join();
    }
    target_server(target_server const&) = delete;
    target_server& operator=(target_server const&) = delete;

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string url(std::string const& path) const { return "http://" + address() + path; }
    [[nodiscard]] std::string tls_url() const { return "https://" + address() + "/"; }

    [[nodiscard]] int requests() const noexcept { return requests_; }      ///< that came whole
    [[nodiscard]] int handshakes() const noexcept { return handshakes_; }  ///< of TLS, that were begun
    [[nodiscard]] int connections() const noexcept { return connections_; }

private:
    static does meaning_of(std::string const& path)
    {
        return path == "/reset"   ? does::reset
               : path == "/close" ? does::close
               : path == "/die"   ? does::die
               : path == "/hang"  ? does::hang
                                  : does::answer;
    }

    static asio::awaitable<void> accept(target_server* self)
    {
        for (;;) {
            auto socket = co_await self->acceptor_.async_accept(asio::use_awaitable);
            ++self->connections_;
            asio::co_spawn(self->context_, serve(self, std::move(socket)), asio::detached);
        }
    }

    static asio::awaitable<void> serve(target_server* self, tcp::socket socket)
    {
        std::string received;
        std::array<char, 4096> some;
        for (;;) {
            auto const read = co_await socket.async_read_some(asio::buffer(some), asio::use_awaitable);
            received.append(some.data(), read);
            auto what = does::hang;
            std::string body;
            constexpr char tls_handshake = 0x16;
            if (received.front() == tls_handshake) {
                ++self->handshakes_;
                what = self->with_tls_;
            } else if (auto const length = whole_request(received); length != 0) {
                ++self->requests_;
                auto const path = received.find(' ') + 1;
                what = meaning_of(received.substr(path, received.find(' ', path) - path));
                auto const head = received.find("\r\n\r\n") + 4;
                body = received.substr(head, length - head);
                received.erase(0, length);
            } else {
                continue;
            }
            if (what == does::answer || what == does::speak_plain) {
                std::string answer = what == does::answer ? "HTTP/1.1 200 OK" : "HTTP/1.1 400 Bad Request";
                answer += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
                co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
            } else if (what == does::reset) {
                socket.set_option(asio::socket_base::linger(true, 0));
                co_return;
            } else if (what == does::die) {
                self->acceptor_.close();
                co_return;
            } else if (what == does::close) {
                co_return;
            }
            if (what == does::speak_plain)
                co_return;
        }
    }

    /// How long the first request is; 0 when it has not come whole.
    static std::size_t whole_request(std::string const& received)
    {
        auto const end = received.find("\r\n\r\n");
        if (end == std::string::npos)
            return 0;
        auto head = received.substr(0, end);
        for (auto& each : head)  // a proxy may have changed the case
            each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
        constexpr std::string_view length_is = "content-length: ";
        auto const length = head.find(length_is);
        auto whole = end + 4;
        if (length != std::string::npos)
            whole += std::strtoul(head.c_str() + length + length_is.size(), nullptr, 10);
        return received.size() >= whole ? whole : 0;
    }

    does with_tls_;
    std::atomic<int> requests_ = 0;
    std::atomic<int> handshakes_ = 0;
    std::atomic<int> connections_ = 0;
    asio::io_context context_{1};
    tcp::acceptor acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    unsigned short port_ = acceptor_.local_endpoint().port();
    std::thread thread_;
};

/// A port of the loopback on which nothing listens while this object exists.
class refusing_port {
public:
    refusing_port() { held_.bind(tcp::endpoint{asio::ip::address_v4::loopback(), 0}); }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(held_.local_endpoint().port()); }

private:
    asio::io_context context_{1};
    tcp::socket held_{context_, tcp::v4()};
};

}  // namespace proxies
