// A proxy in the test's own process, which tunnels or refuses as it is told.
#pragma once

#include "proxies.hpp"
#include "scripted_server.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace broadcast {

/// Must not outlive the io_context that runs it.
class fake_proxy {
    using tcp = asio::ip::tcp;

public:
    enum class protocol { socks5, http };

    /// `answer` is a SOCKS5 reply, 0 to tunnel, or an HTTP status, 200 to tunnel. -1: takes the connection, and closes it.
    fake_proxy(asio::io_context& io, protocol speaks, int answer)
        : state_(std::make_shared<state>(asio::ip::tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}), speaks, answer))
    {
        asio::co_spawn(io, accept(state_), asio::detached);
    }
    ~fake_proxy() { state_->acceptor.close(); }
    fake_proxy(fake_proxy const&) = delete;
    fake_proxy& operator=(fake_proxy const&) = delete;

    [[nodiscard]] proxy address() const
    {
        auto const* scheme = state_->speaks == protocol::socks5 ? "socks5://127.0.0.1:" : "http://127.0.0.1:";
        return {scheme + std::to_string(state_->acceptor.local_endpoint().port()), {}, {}};
    }
    /// Both from any thread: what it answers from now on, and the end of every tunnel that stands.
    void answer(int always) const noexcept { state_->answer = always; }
    void hang_up() const
    {
        asio::post(state_->acceptor.get_executor(), [state = state_] {
            for (auto const& each : state->clients) {
                common::io_error_code ignored;
                if (auto const client = each.lock())
                    client->shutdown(tcp::socket::shutdown_both, ignored);
            }
        });
    }

private:
    struct state {
        state(tcp::acceptor listening, protocol spoken, int always)
            : acceptor(std::move(listening)), speaks(spoken), answer(always)
        {
        }
        tcp::acceptor acceptor;
        protocol speaks;
        std::atomic<int> answer;
        std::vector<std::weak_ptr<tcp::socket>> clients{};
    };
    using shared_state = std::shared_ptr<state>;
    using shared_socket = std::shared_ptr<tcp::socket>;

    static asio::awaitable<void> accept(shared_state self)
    {
        for (;;) {
            auto socket = std::make_shared<tcp::socket>(co_await self->acceptor.async_accept(asio::use_awaitable));
            self->clients.push_back(socket);
            asio::co_spawn(self->acceptor.get_executor(), serve(self, socket), asio::detached);
        }
    }

    static asio::awaitable<void> serve(shared_state self, shared_socket client)
    {
        int const answer = self->answer;
        if (answer < 0)
            co_return;
        std::string head;
        unsigned port = 0;
        if (self->speaks == protocol::socks5) {
            co_await read(*client, head, 3);
            co_await write(*client, std::string("\x05\x00", 2));
            co_await read(*client, head, 10);  // version, command, 0, IPv4, address, port
            port = static_cast<unsigned char>(head[8]) * 256U + static_cast<unsigned char>(head[9]);
            std::string reply("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10);
            reply[1] = static_cast<char>(answer);
            co_await write(*client, reply);
            if (answer != 0)
                co_return;
        } else {
            while (!head.ends_with("\r\n\r\n"))
                co_await read_more(*client, head);
            port = static_cast<unsigned>(std::strtoul(head.c_str() + head.find(':') + 1, nullptr, 10));
            co_await write(*client, "HTTP/1.1 " + std::to_string(answer) + " Said\r\n" +
                                        (answer == 200 ? "\r\n" : "Content-Length: 0\r\nConnection: close\r\n\r\n"));
            if (answer != 200)
                co_return;
        }
        auto const target = std::make_shared<tcp::socket>(client->get_executor());
        tcp::endpoint const address(asio::ip::address_v4::loopback(), static_cast<unsigned short>(port));
        co_await target->async_connect(address, asio::use_awaitable);
        asio::co_spawn(client->get_executor(), copy(client, target), asio::detached);
        co_await copy(target, client);
    }

    static asio::awaitable<void> read(tcp::socket& from, std::string& into, std::size_t bytes)
    {
        into.clear();
        while (into.size() < bytes)
            co_await read_more(from, into);
    }
    static asio::awaitable<void> read_more(tcp::socket& from, std::string& into)
    {
        std::array<char, 1024> some;
        auto const read = co_await from.async_read_some(asio::buffer(some), asio::use_awaitable);
        into.append(some.data(), read);
    }
    static asio::awaitable<void> write(tcp::socket& to, std::string text)
    {
        co_await asio::async_write(to, asio::buffer(text), asio::use_awaitable);
    }
    static asio::awaitable<void> copy(shared_socket from, shared_socket to)
    {
        std::array<char, 4096> some;
        common::io_error_code ended;
        while (!ended) {
            auto const read =
                co_await from->async_read_some(asio::buffer(some), asio::redirect_error(asio::use_awaitable, ended));
            if (!ended)
                co_await asio::async_write(*to, asio::buffer(some, read), asio::redirect_error(asio::use_awaitable, ended));
        }
        to->close(ended);
        from->close(ended);
    }

    shared_state state_;
};

}  // namespace broadcast
