#include "evidence.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace explain;
using namespace std::chrono_literals;

namespace {

/// "flood_wait: FLOOD_WAIT_#", "ordinary" or "unrecognised".
std::string seen(std::string_view line)
{
    auto const found = look_at(line);
    switch (found.kind) {
    case line_kind::ordinary:
        return "ordinary";
    case line_kind::unrecognised:
        return "unrecognised";
    case line_kind::error:
        break;
    }
    return std::string{to_string(found.says.what)} + ": " + found.text;
}

}  // namespace

TEST_CASE("ordinary lines are no errors")
{
    for (auto const* line : {
             "",
             "2026-01-01 12:00:00 INFO connected to proxy 127.0.0.1:1080",
             "connected to proxy",
             "connection established",
             "Connection pool: 5 connections, no error",
             "connection closed, error=0",
             "connection closed, err: nil",
             "connection closed without error",
             "proxy list loaded, \"errors\": 0",
             "INFO retrying after a connection error",
             "DEBUG proxy: last error was 5 minutes ago",
             "[512] worker started",
             "GET /status 404",
             "running DB_MIGRATE_5",
             "INFO DB_MIGRATE_5 done",
             "MY_CONNECTION_POOL=5 MAX_RETRIES=3",
             "processed 400 MESSAGES_SENT",
             "took 420 ms",
             "idle, retry in 5 seconds",
             "<html><body>hello</body></html>",
             "{\"ok\":true,\"result\":{}}",
             "NOT_FLOOD_WAIT_3",
             "FLOOD_WAIT_3_TIMES",
             "40329 messages",
         }) {
        INFO(line);
        CHECK(seen(line) == "ordinary");
    }
}

TEST_CASE("a name of the catalogue is an error wherever it stands")
{
    CHECK(seen("12:00:01 send failed: FLOOD_WAIT_37") == "flood_wait: FLOOD_WAIT_#");
    CHECK(seen("INFO got FLOOD_WAIT_37, sleeping") == "flood_wait: FLOOD_WAIT_#");
    CHECK(seen("peer=5,error=PEER_FLOOD;") == "account_limited: PEER_FLOOD");
    CHECK(seen("Telegram says: [420 SLOWMODE_WAIT_X] - A wait of 15 seconds is required") == "slow_mode: SLOWMODE_WAIT_#");
    CHECK(seen("rpc error code 420: FLOOD_WAIT (37)") == "flood_wait: FLOOD_WAIT_#");
    CHECK(look_at("xx FLOOD_WAIT_37").says.retry_after == 37s);
    CHECK(seen("[-503 Timeout]") == "temporary: Timeout");
}

TEST_CASE("a sentence of the Bot API or of a client is an error")
{
    CHECK(seen("10:00 Too Many Requests: retry after 37 (sendMessage)") ==
          "flood_wait: Too Many Requests: retry after # (sendMessage)");
    CHECK(seen("telethon.errors.FloodWaitError: A wait of 37 seconds is required (caused by X)") ==
          "flood_wait: A wait of # seconds is required (caused by X)");
    CHECK(seen("10:00 Forbidden: bot was blocked by the user") == "target_unavailable: bot was blocked by the user");
}

TEST_CASE("a reply as JSON is found inside of a line")
{
    CHECK(seen(R"(10:00 <- {"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9"} in 5 ms)") ==
          "flood_wait: Too Many Requests: retry after #");
    CHECK(seen(R"({ "description": "Unauthorized", "parameters": {"a": "}"}, "error_code": 401, "ok" : false })") ==
          "account_dead: Unauthorized");
    CHECK(seen(R"({"level":"info","reply":{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked"}})") ==
          "target_unavailable: Forbidden: bot was kicked");
    CHECK(seen(R"({"body":"{\"ok\":false,\"error_code\":409,\"description\":\"Conflict\"}"})") == "permanent: Conflict");
    CHECK(seen(R"(<- {"@type":"error","code":401,"message":"Unauthorized"})") == "session_lost: Unauthorized");
    CHECK(seen(R"({"ok":false,"error_code":502})") == "temporary: code 502");
}

TEST_CASE("a name that the catalogue does not know counts where an RPC error is written")
{
    for (auto const* line : {"[400 NEVER_SEEN_BEFORE] - x", "failed: 400: NEVER_SEEN_BEFORE", "(400: NEVER_SEEN_BEFORE)",
                             "rpc error code 400: NEVER_SEEN_BEFORE", "[400] NEVER_SEEN_BEFORE"}) {
        INFO(line);
        CHECK(seen(line) == "permanent: NEVER_SEEN_BEFORE");
        CHECK(look_at(line).unknown_name == "NEVER_SEEN_BEFORE");
    }
    CHECK(look_at("[420 BRAND_NEW_WAIT_9]").says.retry_after == 9s);
    CHECK(look_at("ERROR LOG_MAIN: FLOOD_WAIT_9").unknown_name.empty());
}

TEST_CASE("other rules need an error word beside them")
{
    CHECK(seen("12:00 ERROR the proxy is gone") == "proxy: ERROR the proxy is gone");
    CHECK(seen("ConnectionResetError: [Errno 104] Connection reset by peer") ==
          "connection: ConnectionResetError: [Errno #] Connection reset by peer");
    CHECK(seen("2026-01-01T10:00:00Z connection timed out") == "connection: connection timed out");
    CHECK(seen("warn: proxy 127.0.0.1:1080 answered 407") == "proxy: warn: proxy #.#.#.#:# answered #");
    CHECK(seen("Error code: 502.") == "temporary: Error code: #.");
    CHECK(seen("12:00 ERROR disk is full") == "unrecognised");
    CHECK(seen("Traceback (most recent call last):") == "unrecognised");
}

TEST_CASE("no line breaks the search")
{
    std::string const megabyte(1U << 16U, 'A');
    std::string braces(1U << 16U, '{');
    for (std::size_t at = 0; at + 8 < braces.size(); at += 16)
        braces.replace(at, 5, "\"ok\":");
    for (auto const& line :
         {megabyte, std::string(1U << 16U, '{'), braces, std::string(1U << 16U, '"'), std::string(1U << 16U, '\0'),
          std::string(1U << 16U, '9'), std::string(1U << 16U, '\xff'), std::string{"{\"ok\":"} + std::string(1U << 15U, '[')}) {
        auto const found = look_at(line);
        CHECK(found.text.size() < 200);
    }
}
