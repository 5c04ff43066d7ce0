// tinyproxy and haproxy as HTTP proxies, with CONNECT and without.
#include "client.hpp"
#include "proxies.hpp"
#include "target_server.hpp"

#include "support/catch.hpp"

#include <string>

using namespace proxies;

TEST_CASE("a request goes through an HTTP proxy, with CONNECT and without", "[connect]")
{
    tinyproxy proxy;
    target_server server;
    for (bool const tunnel : {true, false}) {
        auto const ended = client(proxy.url(), tunnel).post(server.url("/answer"));
        INFO(ended.text);
        CHECK(ended.result == CURLE_OK);
        CHECK(ended.status == 200);
        CHECK(ended.body == R"({"text":"hello"})");
        CHECK(ended.connect_status == (tunnel ? 200 : 0));
    }
    CHECK(server.requests() == 2);
}

TEST_CASE("an HTTP proxy that is down is the proxy's fault, and nothing was sent", "[connect]")
{
    refusing_port nobody;
    for (bool const tunnel : {true, false}) {
        auto const ended = client("http://" + nobody.address(), tunnel).post("http://127.0.0.1:1/");
        INFO(ended.text);
        CHECK(ended.result == CURLE_COULDNT_CONNECT);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
}

TEST_CASE("an HTTP proxy whose name does not resolve is the proxy's fault", "[connect]")
{
    auto const ended = client("http://" + unknown_name + ":8080").post("http://127.0.0.1:1/");
    INFO(ended.text);
    CHECK(ended.result == CURLE_COULDNT_RESOLVE_PROXY);
    CHECK(ended.meaning() == "proxy, not_sent");
}

TEST_CASE("an HTTP proxy that takes the connection and is silent is the proxy's fault", "[connect]")
{
    tinyproxy proxy;
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

TEST_CASE("CONNECT 500: a target that refuses, has no way to it or no name is to tinyproxy its own error", "[connect]")
{
    tinyproxy proxy;
    refusing_port nobody;
    for (auto const& target : {nobody.address(), unreachable_address + ":9", unknown_name})
        for (auto const* scheme : {"http://", "https://"}) {
            auto const ended = client(proxy.url()).post(scheme + target + "/");
            INFO(scheme << target << ": " << ended.text);
            CHECK(ended.result != CURLE_OK);
            CHECK(ended.connect_status == 500);
            CHECK(ended.meaning() == "proxy, not_sent");
        }
}

TEST_CASE("CONNECT 403: a port or a name that tinyproxy forbids is the proxy's fault", "[connect]")
{
    target_server server;
    scratch_directory scratch;
    auto const forbidden = scratch.write("filter", "127\\.0\\.0\\.1\n");
    for (auto const& settings : {std::string("ConnectPort 1\n"), "Filter \"" + forbidden + "\"\n"}) {
        tinyproxy proxy(settings);
        auto const ended = client(proxy.url()).post(server.url("/answer"));
        INFO(settings << ended.text);
        CHECK(ended.connect_status == 403);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("CONNECT 407: no login and a wrong one are the proxy's fault, the right one goes through", "[connect]")
{
    tinyproxy proxy("BasicAuth anna secret\n");
    target_server server;
    for (auto const* login : {"", "anna:wrong@"}) {
        auto const ended = client(proxy.url(login)).post(server.url("/answer"));
        INFO(login << ended.text);
        CHECK(ended.result != CURLE_OK);
        // tinyproxy says 407 to who offers nothing, and 401 to who is wrong
        CHECK(ended.connect_status == (*login == '\0' ? 407 : 401));
        CHECK(ended.meaning() == "proxy, not_sent");
    }
    CHECK(server.connections() == 0);
    CHECK(client(proxy.url("anna:secret@")).post(server.url("/answer")).status == 200);
}

TEST_CASE("any status with which an HTTP proxy refuses CONNECT is the proxy's fault", "[connect]")
{
    constexpr int statuses[] = {403, 405, 407, 429, 500, 502, 503, 504};
    std::string rules;  // the port that is asked for names the status
    for (auto const status : statuses) {
        auto const number = std::to_string(status);
        rules += " http-request return status " + number + " content-type text/html string \"<html>no</html>\"" +
                 " if METH_CONNECT { hdr(host) -m end :" + number + " }\n";
    }
    haproxy proxy(rules);
    for (auto const status : statuses) {
        auto const ended = client(proxy.url()).post("http://127.0.0.1:" + std::to_string(status) + "/");
        INFO(status << ": " << ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.connect_status == status);
        CHECK(ended.meaning() == "proxy, not_sent");
    }
}

TEST_CASE("after CONNECT, a reset or an end of file is a matter of the connection, delivery unknown", "[connect]")
{
    tinyproxy proxy;
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

TEST_CASE("after CONNECT, a target that never answers is a matter of the connection, delivery unknown", "[connect]")
{
    tinyproxy proxy;
    target_server server;
    auto const got_there = [&] { return server.requests() > 0; };
    auto const ended = client(proxy.url()).post_until_timeout(server.url("/hang"), got_there);
    INFO(ended.text);
    CHECK(ended.result == CURLE_OPERATION_TIMEDOUT);
    CHECK(ended.meaning() == "connection, unknown");
}

TEST_CASE("an HTTP proxy that dies under a request leaves its delivery unknown", "[connect]")
{
    tinyproxy proxy;
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

TEST_CASE("TLS that fails or hangs behind CONNECT is of the connection, and nothing was sent", "[connect][tls]")
{
    tinyproxy proxy;
    for (auto const what : {does::speak_plain, does::reset, does::close, does::hang}) {
        target_server server(what);
        client through(proxy.url());
        auto const ended = what == does::hang
                               ? through.post_until_timeout(server.tls_url(), [&] { return server.handshakes() > 0; })
                               : through.post(server.tls_url());
        INFO(ended.text);
        CHECK(ended.result != CURLE_OK);
        CHECK(ended.connect_status == 200);
        CHECK(ended.meaning() == "connection, not_sent");
        CHECK(server.handshakes() >= 1);
    }
}

// Without CONNECT libcurl cannot tell the proxy's answers from the server's: a page stands where Telegram's JSON was
// due. tinyproxy closes the connection under the unread body of a POST, so that libcurl often ends with a reset after
// the page.
TEST_CASE("without CONNECT a proxy's refusal of the login is read off its page", "[connect]")
{
    tinyproxy proxy("BasicAuth anna secret\n");
    target_server server;
    for (auto const* login : {"", "anna:wrong@"}) {
        auto const ended = client(proxy.url(login), false).post(server.url("/answer"));
        INFO(login << ended.body);
        CHECK(ended.status == (*login == '\0' ? 407 : 401));
        CHECK(ended.by_response == "proxy, not_sent");
        CHECK((ended.result == CURLE_OK || ended.meaning() == "connection, unknown"));
    }
    CHECK(server.connections() == 0);
    CHECK(client(proxy.url("anna:secret@"), false).post(server.url("/answer")).status == 200);
}

TEST_CASE("without CONNECT a proxy's page about an unreachable target is temporary, delivery unknown", "[connect]")
{
    tinyproxy proxy;
    refusing_port nobody;
    for (auto const& target : {nobody.address(), unreachable_address + ":9", unknown_name}) {
        auto const ended = client(proxy.url(), false).post("http://" + target + "/");
        INFO(target << ": " << ended.body);
        CHECK(ended.status == 500);
        CHECK(ended.by_response == "temporary, unknown");
        CHECK((ended.result == CURLE_OK || ended.meaning() == "connection, unknown"));
    }
}

TEST_CASE("without CONNECT a target that breaks off is not told from a proxy that does: delivery unknown", "[connect]")
{
    tinyproxy proxy;
    target_server server;
    for (auto const* path : {"/reset", "/close"}) {
        auto const ended = client(proxy.url(), false).post(server.url(path));
        INFO(path << ": " << ended.text << ended.body);
        CHECK((ended.result == CURLE_OK ? ended.by_response : ended.meaning()).ends_with(", unknown"));
    }
}
