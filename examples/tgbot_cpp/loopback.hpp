// A server on a loopback port for the example: it plays the Bot API, and counts the requests that arrive.
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

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

namespace tgbot_cpp {

/// Replies as configured. A request whose text contains "die" gets no reply, and its kept-alive connection is closed; one
/// that contains "hang" gets no reply, and its connection stays open.
class loopback {
public:
    loopback() : acceptor_{context_, {mend::asio::ip::address_v4::loopback(), 0}}, thread_{[this] { serve(); }} {}
    loopback(loopback const&) = delete;
    ~loopback()
    {
        stopping_ = true;
        mend::detail::asio_error_code ignored;
        mend::asio::ip::tcp::socket last{context_};
        last.connect(acceptor_.local_endpoint(), ignored);
        last.close(ignored);
        thread_.join();
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    int requests() const noexcept { return requests_; }

private:
    using socket = mend::asio::ip::tcp::socket;

    void serve()
    {
        while (!stopping_) {
            mend::detail::asio_error_code error;
            socket peer{context_};
            acceptor_.accept(peer, error);
            while (!error && !stopping_ && answer(peer)) {
            }
        }
    }

    /// Returns whether the connection stays open.
    bool answer(socket& peer)
    {
        auto const request = read(peer);
        if (request.empty())
            return false;
        ++requests_;
        if (request.find("die") != std::string::npos)
            return false;
        if (request.find("hang") != std::string::npos) {
            read(peer);  // until the client closes it
            return false;
        }
        std::string const refusal =
            R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 37","parameters":{"retry_after":36.5}})";
        std::string const success =
            R"({"ok":true,"result":{"message_id":7,"date":1700000000,"chat":{"id":42,"type":"private"},"text":"x"}})";
        auto const flooded = request.find("flood") != std::string::npos;
        auto const& body = flooded ? refusal : success;
        auto const reply = std::string{flooded ? "HTTP/1.1 429 Too Many Requests" : "HTTP/1.1 200 OK"} +
                           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                           body;
        mend::detail::asio_error_code error;
        mend::asio::write(peer, mend::asio::buffer(reply), error);
        return !error;
    }

    /// One request: its head, and a body of the length in the head. Empty if the client has closed the connection.
    static std::string read(socket& peer)
    {
        std::string text;
        std::size_t wanted = std::string::npos;
        while (text.size() < wanted) {
            char some[4096];
            mend::detail::asio_error_code error;
            auto const size = peer.read_some(mend::asio::buffer(some), error);
            if (error)
                return {};
            text.append(some, size);
            auto const head = text.find("\r\n\r\n");
            auto const length = text.find("Content-Length: ");
            if (head != std::string::npos)
                wanted = head + 4 + (length < head ? std::stoul(text.substr(length + 16)) : 0);
        }
        return text;
    }

    mend::asio::io_context context_;
    mend::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> requests_{0};
    std::thread thread_;
};

}  // namespace tgbot_cpp
