// microsocks, and what libcurl and mend make of it.
#include "client.hpp"
#include "proxies.hpp"
#include "target_server.hpp"

#include "support/catch.hpp"

#include <string>

using namespace proxies;

TEST_CASE("a request goes through a SOCKS proxy", "[socks]")
{
    microsocks proxy;
    target_server server;
    auto const ended = client(proxy.url()).post(server.url("/answer"));
    INFO(ended.text);
    CHECK(ended.result == CURLE_OK);
    CHECK(ended.status == 200);
    CHECK(ended.body == R"({"text":"hello"})");
    CHECK(server.requests() == 1);
}

TEST_CASE("a SOCKS proxy that is down is the proxy's fault, and nothing was sent", "[socks]")
{
    refusing_port nobody;
    for (auto const* scheme : {"socks5h://", "socks5://", "socks4a://"}) {
        auto const ended = client(scheme + nobody.address()).post("http://127.0.0.1:1/");
        INFO(scheme << ": " << ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
}

TEST_CASE("a SOCKS proxy whose name does not resolve is the proxy's fault", "[socks]")
{
    for (auto const* scheme : {"socks5h://", "socks5://", "socks4a://", "socks4://"}) {
        auto const ended = client(scheme + unknown_name + ":1080").post("http://127.0.0.1:1/");
        INFO(scheme << ended.text);
        CHECK(ended.result != CURLE_OK);  // 7.88 says CURLE_COULDNT_RESOLVE_HOST, as of a target
        CHECK(ended.meaning() == "proxy, not_sent");
    }
}

TEST_CASE("a SOCKS proxy that takes the connection and is silent is the proxy's fault", "[socks]")
{
    microsocks proxy;
    target_server server;
    proxy.process().freeze();
    for (auto const& url : {server.url("/answer"), server.tls_url()}) {
        auto const ended = client(proxy.url()).post(url, 200ms);
        INFO(ended.text);
        CHECK(ended.result == CURLE_OPERATION_TIMEDOUT);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("SOCKS reply 5: a target that refuses is a matter of the connection", "[socks]")
{
    microsocks proxy;
    refusing_port nobody;
    for (auto const* scheme : {"http://", "https://"}) {
        auto const ended = client(proxy.url()).post(scheme + nobody.address() + "/");
        INFO(ended.text);
        CHECK(ended.proxy_error == CURLPX_REPLY_CONNECTION_REFUSED);
        CHECK(ended.meaning() == "connection, not_sent");
    }
}

TEST_CASE("SOCKS reply 3: an unreachable target is a connection failure", "[socks]")
{
    microsocks proxy;
    auto const ended = client(proxy.url()).post("http://" + unreachable_address + ":9/");
    INFO(ended.text);
    CHECK(ended.proxy_error == CURLPX_REPLY_NETWORK_UNREACHABLE);
    CHECK(ended.meaning() == "connection, not_sent");
}

TEST_CASE("SOCKS reply 1: a name that microsocks does not know cannot be told from its own fault", "[socks]")
{
    microsocks proxy;
    auto const ended = client(proxy.url()).post("http://" + unknown_name + "/");
    INFO(ended.text);
    CHECK(ended.proxy_error == CURLPX_REPLY_GENERAL_SERVER_FAILURE);
    CHECK(ended.meaning() == "proxy, not_sent");
}

TEST_CASE("a target's name that libcurl itself cannot resolve, for SOCKS, is a matter of the connection", "[socks]")
{
    microsocks proxy;
    for (auto const* scheme : {"socks5", "socks4"}) {
        auto const ended = client(proxy.url(scheme)).post("http://" + unknown_name + "/");
        INFO(scheme << ": " << ended.text);
        CHECK(ended.proxy_error == CURLPX_RESOLVE_HOST);
        CHECK(ended.meaning() == "connection, not_sent");
    }
}

TEST_CASE("SOCKS logins: none and a wrong one are the proxy's fault, the right one goes through", "[socks]")
{
    microsocks proxy({"-u", "anna", "-P", "secret"});
    target_server server;
    auto const none = client(proxy.url()).post(server.url("/answer"));
    INFO(none.text);
    CHECK(none.proxy_error == CURLPX_NO_AUTH);
    CHECK(none.meaning() == "proxy, not_sent");

    auto const wrong = client(proxy.url("socks5h", "anna:wrong@")).post(server.url("/answer"));
    INFO(wrong.text);
    CHECK(wrong.proxy_error == CURLPX_USER_REJECTED);
    CHECK(wrong.meaning() == "proxy, not_sent");
    CHECK(server.connections() == 0);

    auto const right = client(proxy.url("socks5h", "anna:secret@")).post(server.url("/answer"));
    INFO(right.text);
    CHECK(right.status == 200);
}

TEST_CASE("a proxy that speaks something else than was expected is the proxy's fault", "[socks][connect]")
{
    microsocks socks;
    tinyproxy http;
    target_server server;
    for (auto const& proxy : {socks.url("http"), socks.url("socks4a"), "socks5h://" + http.url().substr(7)}) {
        auto const ended = client(proxy).post(server.url("/answer"), 500ms);  // or both wait for the other
        INFO(proxy << ": " << ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("behind a SOCKS proxy, a reset or end of file is of the connection, delivery unknown", "[socks]")
{
    microsocks proxy;
    target_server server;
    client through(proxy.url());
    for (auto const* path : {"/reset", "/close"}) {
        auto const ended = through.post(server.url(path));
        INFO(path << ": " << ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "connection, unknown");
    }
    CHECK(server.requests() == 2);
}

TEST_CASE("behind a SOCKS proxy, a target that never answers is of the connection, delivery unknown", "[socks]")
{
    microsocks proxy;
    target_server server;
    auto const got_there = [&] { return server.requests() > 0; };
    auto const ended = client(proxy.url()).post_until_timeout(server.url("/hang"), got_there);
    INFO(ended.text);
    CHECK(ended.result == CURLE_OPERATION_TIMEDOUT);
    CHECK(ended.meaning() == "connection, unknown");
}

TEST_CASE("a SOCKS proxy that dies under a request leaves its delivery unknown", "[socks]")
{
    microsocks proxy;
    target_server server;
    ending ended;
    {
        meanwhile const killing([&] { return server.requests() > 0; }, [&] { proxy.process().kill(); });
        ended = client(proxy.url()).post(server.url("/hang"));
    }
    INFO(ended.text);
    CHECK(ended.result != CURLE_OK);
    CHECK(ended.meaning() == "connection, unknown");
}

TEST_CASE("TLS that fails behind a SOCKS proxy is a matter of the connection, and nothing was sent", "[socks][tls]")
{
    microsocks proxy;
    for (auto const what : {does::speak_plain, does::reset, does::close}) {
        target_server server(what);
        auto const ended = client(proxy.url()).post(server.tls_url());
        INFO(ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "connection, not_sent");
        CHECK(server.handshakes() == 1);
    }
}

TEST_CASE("TLS that hangs behind a SOCKS proxy is told from a hanging proxy by a guard that watches", "[socks][tls]")
{
    microsocks proxy;
    target_server server(does::hang);
    auto const got_there = [&] { return server.handshakes() > 0; };
    auto const ended = client(proxy.url()).post_until_timeout(server.tls_url(), got_there);
    INFO(ended.text);
    CHECK(ended.result == CURLE_OPERATION_TIMEDOUT);
    CHECK(ended.by_handle == "proxy, not_sent");
    CHECK(ended.by_guard == "connection, not_sent");
}
