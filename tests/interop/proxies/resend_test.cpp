// Without any proxy, and the kept-alive connection that dies: libcurl sends a POST twice unless it is stopped.
#include "client.hpp"
#include "proxies.hpp"
#include "target_server.hpp"

#include "support/catch.hpp"

#include <string>

using namespace proxies;

TEST_CASE("without a proxy: no server, no name, no way, and TLS that fails or hangs, are of the connection", "[direct]")
{
    refusing_port nobody;
    for (auto const& target : {nobody.address(), unknown_name, unreachable_address + ":9"})
        for (auto const* scheme : {"http://", "https://"}) {
            auto const ended = client().post(scheme + target + "/");
            INFO(scheme << target << ": " << ended.text);
            CHECK(ended.result != CURLE_OK);
            CHECK(ended.meaning() == "connection, not_sent");
        }
    for (auto const what : {does::speak_plain, does::reset, does::close, does::hang}) {
        target_server server(what);
        client direct;
        auto const ended = what == does::hang
                               ? direct.post_until_timeout(server.tls_url(), [&] { return server.handshakes() > 0; })
                               : direct.post(server.tls_url());
        INFO(ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "connection, not_sent");
    }
}

TEST_CASE("without a proxy: a server that breaks off under the request leaves its delivery unknown", "[direct]")
{
    target_server server;
    for (auto const* path : {"/reset", "/close"}) {
        auto const ended = client().post(server.url(path));
        INFO(path << ": " << ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.meaning() == "connection, unknown");
    }
    CHECK(server.requests() == 2);
}

TEST_CASE("without the guard a request goes out twice when a kept-alive connection dies", "[resend]")
{
    target_server server;
    microsocks socks;
    tinyproxy http;
    for (auto const& proxy : {std::string(), socks.url(), http.url()})
        for (auto const* path : {"/close", "/reset"}) {
            client sender(proxy);
            REQUIRE(sender.post_unguarded(server.url("/answer")).status == 200);
            auto const before = server.requests();
            auto const ended = sender.post_unguarded(server.url(path));
            INFO(proxy << path << ": " << ended.text);
            CHECK(ended.result != CURLE_OK);
            CHECK(server.requests() == before + 2);
            CHECK(ended.meaning() == "connection, unknown");
        }
}

TEST_CASE("with the guard a request goes out once when a kept-alive connection dies, delivery unknown", "[resend]")
{
    target_server server;
    microsocks socks;
    tinyproxy http;
    for (auto const& proxy : {std::string(), socks.url(), http.url()})
        for (auto const* path : {"/close", "/reset"}) {
            client sender(proxy);
            REQUIRE(sender.post(server.url("/answer")).status == 200);
            auto const before = server.requests();
            auto const ended = sender.post(server.url(path));
            INFO(proxy << path << ": " << ended.text);
            CHECK(ended.result != CURLE_OK);
            CHECK(server.requests() == before + 1);
            CHECK(sender.refused());
            CHECK(ended.by_guard == "connection, unknown");
            CHECK(sender.post(server.url("/answer")).status == 200);
        }
}

TEST_CASE("a request that a kept-alive connection swallowed is unknown, also when the second connect fails", "[resend]")
{
    microsocks socks;
    tinyproxy http;
    for (auto const& proxy : {std::string(), socks.url(), http.url()})
        for (bool const guarded : {true, false}) {
            target_server server;
            client sender(proxy);
            auto const post = [&](char const* path) {
                return guarded ? sender.post(server.url(path)) : sender.post_unguarded(server.url(path));
            };
            REQUIRE(post("/answer").status == 200);
            auto const ended = post("/die");
            INFO(proxy << (guarded ? " guarded: " : ": ") << ended.text);
            CHECK(ended.result != CURLE_OK);
            CHECK(server.requests() == 2);
            CHECK(ended.meaning().ends_with(", unknown"));
            CHECK(post("/answer").meaning().ends_with(", not_sent"));
        }
}

TEST_CASE("a guard that has gone leaves the handle as it was", "[resend]")
{
    target_server server;
    client sender;
    for (int i = 0; i < 3; ++i)
        CHECK(sender.post(server.url("/answer")).status == 200);
    CHECK(sender.post_unguarded(server.url("/answer")).status == 200);
    CHECK(server.connections() == 1);
    CHECK(sender.post_unguarded(server.tls_url()).result != CURLE_OK);
}
