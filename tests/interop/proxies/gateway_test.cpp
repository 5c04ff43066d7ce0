// haproxy as the gateway in front of a Bot API server: what it answers in the server's place.
#include "client.hpp"
#include "proxies.hpp"
#include "target_server.hpp"

#include "support/catch.hpp"

#include <string>

using namespace proxies;

namespace {

std::string backend(std::string const& lines)
{
    return " default_backend servers\nbackend servers\n" + lines;
}

}  // namespace

TEST_CASE("a request goes through a gateway", "[gateway]")
{
    target_server server;
    haproxy gateway(backend(" server one " + server.address()));
    auto const ended = client().post(gateway.url("/answer"));
    CHECK(ended.status == 200);
    CHECK(ended.body == R"({"text":"hello"})");
}

TEST_CASE("503: a gateway without a server, or with one that is down, is temporary", "[gateway]")
{
    refusing_port nobody;
    for (auto const& lines : {std::string(), " server one " + nobody.address()}) {
        haproxy gateway(backend(lines));
        auto const ended = client().post(gateway.url("/answer"));
        INFO(ended.text << ended.body);
        CHECK(ended.status == 503);
        CHECK(ended.body.starts_with("<html>"));
        CHECK(ended.by_response == "temporary, unknown");
    }
}

TEST_CASE("504: a gateway whose server hangs is temporary, and the server may have taken the request", "[gateway]")
{
    target_server server;
    haproxy gateway(backend(" timeout server 200ms\n server one " + server.address()));
    auto const ended = client().post(gateway.url("/hang"));
    INFO(ended.text << ended.body);
    CHECK(ended.status == 504);
    CHECK(ended.by_response == "temporary, unknown");
}

TEST_CASE("502: a gateway whose server breaks off is temporary, and the server has taken the request", "[gateway]")
{
    target_server server;
    haproxy gateway(backend(" server one " + server.address()));
    for (auto const* path : {"/close", "/reset"}) {
        auto const before = server.requests();
        auto const ended = client().post(gateway.url(path));
        INFO(path << ": " << ended.text << ended.body);
        CHECK(ended.status == 502);
        CHECK(ended.by_response == "temporary, unknown");
        CHECK(server.requests() == before + 1);
    }
}

TEST_CASE("429: a gateway's own limit is a rate limit without a told time", "[gateway]")
{
    haproxy gateway(" http-request return status 429");
    auto const ended = client().post(gateway.url("/answer"));
    INFO(ended.text << ended.body);
    CHECK(ended.status == 429);
    CHECK(ended.by_response == "rate_limit, not_sent");
}

TEST_CASE("a gateway's page does not count as an answer, with any status", "[gateway]")
{
    constexpr int statuses[] = {200, 500, 502, 530};
    std::string rules;
    for (auto const status : statuses) {
        auto const number = std::to_string(status);
        rules += " http-request return status " + number +
                 " content-type text/html string \"<html><title>Sorry</title></html>\" if { path /" + number + " }\n";
    }
    haproxy gateway(rules);
    for (auto const status : statuses) {
        auto const ended = client().post(gateway.url("/" + std::to_string(status)));
        INFO(status << ": " << ended.text << ended.body);
        CHECK(ended.status == status);
        CHECK(ended.by_response == "temporary, unknown");
    }
}

TEST_CASE("a gateway's page behind a SOCKS proxy and behind CONNECT means the same", "[gateway]")
{
    haproxy gateway(backend({}));
    microsocks socks;
    tinyproxy http;
    for (auto const& proxy : {socks.url(), http.url()}) {
        auto const ended = client(proxy).post(gateway.url("/answer"));
        INFO(proxy << ": " << ended.text << ended.body);
        CHECK(ended.status == 503);
        CHECK(ended.by_response == "temporary, unknown");
    }
}
