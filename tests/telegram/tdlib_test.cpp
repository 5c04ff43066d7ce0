#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include "support/catch.hpp"

using namespace mend;
using namespace std::chrono_literals;
using telegram::tdlib_failure;

namespace {

classification read(int code, char const* text)
{
    return telegram::rules().classify(tdlib_failure(code, text));
}

}  // namespace

TEST_CASE("TDLib's texts about proxies are proxy, though their code is 400")
{
    for (auto const* text :
         {"Failed to connect to 127.0.0.1:1080", "Wrong username or password", "Unsupported authentication mode",
          "Receive error code 1 from server", "Receive error code 9 from server", "Response hash mismatch",
          "Connection timeout expired", "Connection closed", "Connection refused", "Connection reset by peer",
          "Unsupported socks protocol version 72", "Expected packet size is too big: 99",
          "First part of response to hello is invalid", "Failed to resolve host: no such name", "Timeout expired"}) {
        INFO(text);
        auto const says = read(400, text);
        CHECK(says.what == category::proxy);
        CHECK(says.delivered == delivery::not_sent);
    }
}

TEST_CASE("what is wrong with the proxy's settings is permanent")
{
    for (auto const* text : {"Wrong proxy secret", "Wrong port number", "Unknown proxy identifier", "Proxy must be non-empty"}) {
        INFO(text);
        CHECK(read(400, text).what == category::permanent);
    }
    CHECK(read(400, "Network is unreachable").what == category::connection);
}

TEST_CASE("TDLib's own states: the client is gone, or is closing")
{
    CHECK(read(401, "Unauthorized").what == category::session_lost);
    CHECK(read(500, "Request aborted").what == category::permanent);
    CHECK(read(500, "Request aborted").delivered == delivery::unknown);
}

TEST_CASE("TDLib's 429 is a flood wait that is first taken for the chat's own")
{
    auto const says = read(429, "Too Many Requests: retry after 37");
    CHECK(says.what == category::flood_wait);
    CHECK(says.retry_after == 37s);
    CHECK(says.where == scope::peer);
    CHECK(classifier::basic().classify(tdlib_failure(429, "Too Many Requests: retry after 37")).retry_after == 37s);
}

TEST_CASE("names come first, under any code that TDLib gives them")
{
    CHECK(read(403, "PEER_ID_INVALID").what == category::stale);
    CHECK(read(403, "INPUT_USER_DEACTIVATED").what == category::target_unavailable);
    CHECK(read(400, "USER_IS_BLOCKED").what == category::target_unavailable);
    CHECK(read(420, "FLOOD_WAIT_37").retry_after == 37s);
    CHECK(read(406, "AUTH_KEY_DUPLICATED").what == category::session_lost);
    CHECK(read(400, "PEER_FLOOD").what == category::account_limited);
}

TEST_CASE("TDLib's other texts are classified by their code")
{
    CHECK(read(400, "Text must be encoded in UTF-8").what == category::permanent);
    CHECK(read(400, "Initialization parameters are needed: call setTdlibParameters first").what == category::permanent);
    CHECK(read(404, "Not Found").what == category::permanent);
    CHECK(read(500, "Internal Server Error").what == category::temporary);
    CHECK(read(400, "Have no write access to the chat").what == category::target_unavailable);
}

TEST_CASE("a chat that became a supergroup has moved, also if TDLib reports it in words")
{
    CHECK(read(400, "Bad Request: group chat was upgraded to a supergroup chat").what == category::migrated);
    CHECK(read(400, "Group migrated to supergroup").what == category::migrated);
}

TEST_CASE("a 401 that names its reason is that reason's")
{
    CHECK(!tdlib_failure(401, "SESSION_REVOKED").known);
    CHECK(read(401, "SESSION_REVOKED").what == category::session_lost);
    CHECK(read(401, "USER_DEACTIVATED_BAN").what == category::account_dead);
}

TEST_CASE("TDLib's 429 with a delay of its own may be a 500 that it gave up on: the message may have been sent")
{
    for (auto const* text : {"Too Many Requests: retry after 32", "Too Many Requests: retry after 64"}) {
        INFO(text);
        auto const says = read(429, text);
        CHECK(says.what == category::flood_wait);
        CHECK(says.delivered == delivery::unknown);
    }
    CHECK(read(429, "Too Many Requests: retry after 16").delivered == delivery::not_sent);  // too soon to give up
    CHECK(read(429, "Too Many Requests: retry after 128").delivered == delivery::not_sent);
}
