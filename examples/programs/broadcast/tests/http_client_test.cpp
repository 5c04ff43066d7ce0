// The HTTP client against a server that breaks its connections: nothing is repeated, and the result always says
// whether the request may have been seen.
#include "bot_api.hpp"
#include "http_client.hpp"
#include "no_descriptors.hpp"
#include "scripted_server.hpp"

#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"

#include <cerrno>
#include <chrono>
#include <vector>

using namespace broadcast;
using namespace std::chrono_literals;

namespace {

/// Runs one coroutine to its end and returns its value.
template <class Value>
Value run(asio::io_context& io, asio::awaitable<Value> work)
{
    std::optional<Value> result;
    std::exception_ptr thrown;
    io.restart();
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, Value value) {
        thrown = error;
        result = std::move(value);
        io.stop();
    });
    io.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*result);
}

http_request to(std::string url)
{
    http_request request;
    request.url = secret(std::move(url));
    request.body = R"({"text":"hello"})";
    request.timeout = 5s;
    return request;
}

}  // namespace

TEST_CASE("an answer comes back with status and body, and the connection is kept", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    for (int i = 0; i < 3; ++i) {
        auto const result = run(io, client.post(to(server.url("/ok"))));
        CHECK(result.code == CURLE_OK);
        CHECK(result.status == 200);
        CHECK(result.body == R"({"text":"hello"})");
        CHECK(result.left);
    }
    CHECK(server.requests() == 3);
    CHECK(server.connections() == 1);
}

TEST_CASE("a request that a kept-alive connection swallowed is not sent again by libcurl", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    CHECK(run(io, client.post(to(server.url("/ok")))).status == 200);
    for (auto const* path : {"/reset", "/close"}) {
        auto const before = server.requests();
        auto const result = run(io, client.post(to(server.url(path))));
        CHECK(result.code != CURLE_OK);
        CHECK(result.status == 0);
        CHECK(result.left);
        CHECK(server.requests() == before + 1);
        CHECK(run(io, client.post(to(server.url("/ok")))).status == 200);
    }
}

TEST_CASE("a swallowed request counts as sent, even if the port no longer listens", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    CHECK(run(io, client.post(to(server.url("/ok")))).status == 200);
    auto const result = run(io, client.post(to(server.url("/die"))));
    CHECK(result.code == CURLE_GOT_NOTHING);
    CHECK(result.left);
    CHECK(to_failure(result, secret{}).delivered == mend::delivery::unknown);
    auto const refused = run(io, client.post(to(server.url("/ok"))));
    CHECK_FALSE(refused.left);
    CHECK(to_failure(refused, secret{}).delivered == mend::delivery::not_sent);
}

TEST_CASE("many requests run at once in one thread", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    int answered = 0;
    for (int i = 0; i < 200; ++i)
        asio::co_spawn(io, client.post(to(server.url("/ok"))), [&](std::exception_ptr, http_result const& result) {
            if (result.status == 200 && ++answered == 200)
                io.stop();
        });
    io.run_for(20s);
    CHECK(answered == 200);
}

TEST_CASE("cancelling a silent request ends it at once and says that it had left", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    asio::cancellation_signal cancel;
    http_result result;
    auto const start = std::chrono::steady_clock::now();
    asio::co_spawn(io, client.post(to(server.url("/hang"))),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, http_result got) {
                       result = std::move(got);
                       io.stop();
                   }));
    asio::steady_timer later(io, 200ms);
    later.async_wait([&](auto) { cancel.emit(asio::cancellation_type::terminal); });
    io.run_for(10s);
    CHECK(result.cancelled);
    CHECK(result.left);
    CHECK(std::chrono::steady_clock::now() - start < 1s);
    CHECK(client.running() == 0);
    CHECK(run(io, client.post(to(server.url("/ok")))).status == 200);
}

TEST_CASE("close aborts what runs, and the next request opens a new connection", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    asio::steady_timer later(io, 100ms);
    later.async_wait([&](auto) { client.close(); });
    auto const result = run(io, client.post(to(server.url("/hang"))));
    CHECK(result.code != CURLE_OK);
    CHECK_FALSE(result.cancelled);
    CHECK(run(io, client.post(to(server.url("/ok")))).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("idle waits for what runs, but not for ever", "[http]")
{
    asio::io_context io;
    scripted_server server(io);
    http_client client(io.get_executor());
    bool ended = false;
    asio::co_spawn(io, client.post(to(server.url("/hang"))), [&](std::exception_ptr, http_result const&) { ended = true; });
    auto const wait = [&]() -> asio::awaitable<bool> {
        co_await client.idle(200ms);
        co_return ended;
    };
    CHECK_FALSE(run(io, wait()));
    client.close();
    CHECK(run(io, wait()));
}

TEST_CASE("a refused connection and a dead proxy leave nothing sent", "[http]")
{
    asio::io_context io;
    auto const nobody = unused_port(io);
    http_client client(io.get_executor());
    auto refused = run(io, client.post(to("http://127.0.0.1:" + std::to_string(nobody) + "/")));
    CHECK(refused.code == CURLE_COULDNT_CONNECT);
    CHECK_FALSE(refused.left);

    scripted_server server(io);
    client.use_proxy(proxy{"socks5://127.0.0.1:" + std::to_string(nobody), {}, {}});
    refused = run(io, client.post(to(server.url("/ok"))));
    CHECK(refused.code != CURLE_OK);
    CHECK(refused.through_proxy);
    CHECK_FALSE(refused.left);
    CHECK(server.connections() == 0);
}

TEST_CASE("what cannot be opened for want of descriptors is told by errno, a name that cannot be resolved for it, too", "[http]")
{
    asio::io_context io;
    http_client client(io.get_executor());
    for (auto const* url : {"http://127.0.0.1:1/", "http://a-name-to-resolve.invalid/"}) {
        no_descriptors const none;
        auto const result = run(io, client.post(to(url)));
        INFO(url << ": " << result.error);
        CHECK(result.os_error == EMFILE);
        auto const means = mend::telegram::rules().classify(to_failure(result, secret("1:x")));
        CHECK(means.what == mend::category::temporary);
        CHECK(means.delivered == mend::delivery::not_sent);
    }
}

TEST_CASE("the URL's secret does not reach the error", "[http]")
{
    asio::io_context io;
    http_client client(io.get_executor());
    auto const result = run(io, client.post(to("nonsense://123:TOKEN/")));
    CHECK(result.code != CURLE_OK);
    CHECK(result.error.find("TOKEN") == std::string::npos);
}
