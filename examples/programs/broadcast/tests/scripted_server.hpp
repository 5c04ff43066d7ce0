// A small HTTP server for tests: the path says what it does with a request.
#pragma once

#include "common/io.hpp"

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
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace broadcast {

/// A port of the loopback on which nothing listens.
inline unsigned short unused_port(asio::io_context& io)
{
    asio::ip::tcp::acceptor const probe(io, {asio::ip::address_v4::loopback(), 0});
    return probe.local_endpoint().port();
}

/// /ok: answers with the request's body. /reset: RST. /close: end of file without an answer. /hang: nothing at all.
/// /die: the port no longer listens, then end of file.
/// A handler answers in their place: path and body -> status and body, or one of these paths.
/// Must not outlive the io_context that runs it.
class scripted_server {
public:
    struct reply {
        int status = 200;
        std::string body;
    };
    using handler = std::function<std::variant<reply, std::string>(std::string const& path, std::string const& body)>;

    explicit scripted_server(asio::io_context& io, handler answers = {})
        : state_(std::make_shared<state>(asio::ip::tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}), std::move(answers)))
    {
        asio::co_spawn(io, accept(state_), asio::detached);
    }
    ~scripted_server() { state_->acceptor.close(); }
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    [[nodiscard]] std::string url(std::string const& path) const
    {
        return "http://127.0.0.1:" + std::to_string(state_->port) + path;
    }
    [[nodiscard]] int requests() const { return state_->requests; }
    [[nodiscard]] int connections() const { return state_->connections; }

private:
    struct state {
        state(asio::ip::tcp::acceptor listening, handler answering)
            : acceptor(std::move(listening)), port(acceptor.local_endpoint().port()), answers(std::move(answering))
        {
        }
        asio::ip::tcp::acceptor acceptor;
        unsigned short port;
        handler answers;
        int requests = 0;
        int connections = 0;
    };
    using shared_state = std::shared_ptr<state>;

    static asio::awaitable<void> accept(shared_state self)
    {
        for (;;) {
            auto socket = co_await self->acceptor.async_accept(asio::use_awaitable);
            ++self->connections;
            asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
        }
    }

    static asio::awaitable<void> serve(shared_state self, asio::ip::tcp::socket socket)
    {
        std::string received;
        std::array<char, 4096> some;
        for (;;) {
            auto const head = received.find("\r\n\r\n");
            auto const length_at = received.find("Content-Length: ");
            auto const length = length_at == std::string::npos ? 0 : std::strtoul(received.c_str() + length_at + 16, nullptr, 10);
            if (head == std::string::npos || received.size() < head + 4 + length) {
                auto const read = co_await socket.async_read_some(asio::buffer(some), asio::use_awaitable);
                received.append(some.data(), read);
                continue;
            }
            ++self->requests;
            auto path = received.substr(5, received.find(' ', 5) - 5);
            auto body = received.substr(head + 4, length);
            received.erase(0, head + 4 + length);
            int status = 200;
            if (self->answers) {
                auto answer = self->answers(path, body);
                path = std::holds_alternative<reply>(answer) ? "/ok" : std::get<std::string>(answer);
                if (auto* const said = std::get_if<reply>(&answer)) {
                    status = said->status;
                    body = said->body;
                }
            }
            if (path == "/ok") {
                auto const answer = "HTTP/1.1 " + std::to_string(status) +
                                    " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
                co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
            } else if (path == "/reset") {
                socket.set_option(asio::socket_base::linger(true, 0));
                co_return;
            } else if (path == "/die") {
                self->acceptor.close();
                co_return;
            } else if (path == "/close") {
                co_return;
            }
        }
    }

    shared_state state_;
};

}  // namespace broadcast
