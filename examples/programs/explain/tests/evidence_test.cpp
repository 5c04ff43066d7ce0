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

TEST_CASE("ordinary lines are not errors")
{
    for (auto const* line : {
             "",
             "2026-01-01 12:00:00 INFO connected to proxy 127.0.0.1:1080",
             "connected to proxy",
             "connection established",
             "listening for socks5 on 127.0.0.1:1080, tunnel open",
             "SSL handshake has read 4290 bytes",
             "errno=0",
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
             "Compositor: timed out fence 37",
             "[queue] job 7 timed out when syncing the calendar",
             "read timeout: 30 s, connect timeout: 5 s",
             "ReadTimeout=30",
             "gateway timeout: 60s",
             "GET /index 404 Not Found",
             R"(level=info msg="connection to the proxy is up")",
             "the server will be service unavailable at night",
             // accesses, which the server itself has answered
             R"(INFO:     127.0.0.1:5000 - "GET /x HTTP/1.1" 502 Bad Gateway)",
             R"(127.0.0.1 - - [05/Apr/2023 10:11:12] "POST /bot123456:x HTTP/1.1" 400 Bad Request)",
             R"(10.0.0.1 - - "GET /x HTTP/1.1" 500 Internal Server Error)",
             R"(INFO:httpx:HTTP Request: POST https://api.telegram.org/bot.../sendMessage "HTTP/1.1 200 OK")",
             R"(INFO:httpx:HTTP Request: POST https://example.com/v1/chat "HTTP/1.1 429 Too Many Requests")",
             R"(DEBUG:urllib3.connectionpool:https://api.telegram.org:443 "POST /bot123456:x/sendMessage HTTP/1.1" 200 109)",
             // numbers of processes, chats and messages
             "2023-04-05 10:11:12.345  INFO 502 --- [main] c.e.Bot : processed 429 messages in 500 ms",
             "[2023-04-05 10:11:12 +0000] [502] [INFO] Listening at: http://0.0.0.0:8000 (502)",
             "Nov 28 12:00:00 host bot[429]: started",
             "INFO sent message 429 to chat 400 in 502 ms",
             "level=info status=502 msg=\"checked\"",
             "12:00:00.429 [main] INFO c.e.B - 400 BAD_WORDS loaded",
             "{\"level\":\"info\",\"status\":429,\"msg\":\"upstream answered\"}",
             "RequestTimeout=30",
             "Disconnect",
             "bad request rate: 0.1 %",
             "access forbidden: /admin",
             "INFO:telethon.network.mtprotosender:Connecting to 149.154.167.51:443/TcpFull...",
             "INFO:telethon.client.updates:Timeout waiting for updates expired",
             "INFO:telethon.client.users:Phone migrated to 4",
             "404 (Not Found) pages: 3",
             "too many requests in the queue? no",
         }) {
        INFO(line);
        CHECK(seen(line) == "ordinary");
    }
}

TEST_CASE("a line that only speaks of errors is ordinary")
{
    for (auto const* line : {
             "FAQ 7: What does PEER_FLOOD mean, and how long does it last?",
             ">>> alice (@shop): did you see the error 429 page yesterday?",
             "import errors: FloodWaitError, PeerFloodError, UserPrivacyRestrictedError (34 names)",
             "LOG:  statement: SELECT * FROM outbox WHERE status = 'retrying' AND error_code = 429 LIMIT 18",
             "\xE2\x9C\x93 retries on 429 Too Many Requests (3 ms)",
             "- Improved handling of 502 Bad Gateway answers.",
             "    :raises FloodWaitError: when the account has to wait",
             ">>> bob: \xD1\x83 FLOOD_WAIT \xD0\xB2",
             "on_message: user=5 text=error 404: coffee not found",
             "Error 303 -- also relocated (essentially identical to 302).",
             "    Raise EOFError if connection closed and no data available.",
             "    Note: the connection will be open even after an exception is raised.",
             "    if validation fails, the connection will also fail",
             "    an IncompleteReadError exception will be raised",
             "    | response = getresponse()     | ConnectionError",
             "    Used internally, since the server disconnected error",
         }) {
        INFO(line);
        CHECK(seen(line) == "ordinary");
    }
    CHECK(seen("WARNING \xD1\x83 FLOOD_WAIT \xD0\xB2") == "rate_limit: FLOOD_WAIT");
    CHECK(seen("\xD1\x83 FLOOD_WAIT_37 \xD0\xB2") == "flood_wait: FLOOD_WAIT_#");
    CHECK(seen("FloodWaitError, retrying later") == "flood_wait: FLOOD_WAIT_#");
    CHECK(seen("error 404: not found") != "ordinary");
    CHECK(seen("  | ConnectionError: Connection aborted") != "ordinary");
    CHECK(seen("ERROR the server disconnected") != "ordinary");
}

TEST_CASE("a name of the catalogue is an error in any place")
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
          "flood_wait: FLOOD_WAIT_#");  // the class is the name
    CHECK(seen("A wait of 37 seconds is required (caused by X)") == "flood_wait: A wait of # seconds is required (caused by X)");
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
    CHECK(seen("read ECONNRESET: connection lost") == "connection: read ECONNRESET: connection lost");
    CHECK(seen("12:00 ERROR disk is full") == "unrecognised");
    CHECK(seen("Traceback (most recent call last):") == "unrecognised");
}

TEST_CASE("what can be nothing but an error needs no error word")
{
    CHECK(seen("Bad Request: group chat is migrated to a supergroup chat") ==
          "migrated: group chat is migrated to a supergroup chat");
    CHECK(seen("12:00 Bad Request: wrong thing asked for") == "permanent: Bad Request: wrong thing asked for");
    CHECK(seen("Forbidden: the chat says no") == "target_unavailable: Forbidden: the chat says no");
    CHECK(look_at("Bad Request: BRAND_NEW_REASON").unknown_name == "BRAND_NEW_REASON");
    CHECK(seen("504 Gateway Time-out") == "temporary: Gateway Time-out");
    CHECK(seen("status does not fit: 504 (Gateway Timeout)") == "temporary: status does not fit: # (Gateway Timeout)");
    CHECK(seen("StatusCode: 504, ReasonPhrase: 'x', Version: 1.1") ==
          "temporary: StatusCode: #, ReasonPhrase: 'x', Version: #.#");
    CHECK(seen("<html><head><title>413 Request Entity Too Large</title>") ==
          "permanent: <html><head><title># Request Entity Too Large</title>");
    CHECK(seen(R"(Post "https://example.com/x": dial tcp 10.0.0.1:443: i/o timeout)") ==
          R"(connection: Post "https://example.com/x": dial tcp #.#.#.#:#: i/o timeout)");
    CHECK(seen("curl: (6) x") == "connection: curl: (#) x");
    CHECK(seen("httpx.ReadTimeout") == "connection: httpx.ReadTimeout");
    CHECK(seen("telegram: retry after 35 (429)") == "flood_wait: telegram: retry after # (#)");
    CHECK(seen("WARNING Bad Request: /index.html") == "unrecognised");
}

TEST_CASE("an error word counts for the message that the log's own format quotes")
{
    CHECK(seen(R"(level=error msg="send failed: Bad Request: Unsupported start tag "p" at byte 5" prefix=x)") ==
          R"(permanent: send failed: Bad Request: Unsupported start tag "p)");
    CHECK(seen(R"({"level":"error","msg":"lost the connection","n":1})") == "connection: lost the connection");
    CHECK(seen(R"({"detail": "Failed: Bad webhook: no address"})") == "permanent: Bad webhook: no address");
    CHECK(seen(R"(12:00 ERROR - TeleBot: "Error code: 400. Description: Bad Request: BRAND_NEW_REASON")") ==
          "permanent: Error code: #. Description: Bad Request: BRAND_NEW_REASON");
    CHECK(seen(R"(12:00 ERROR - TeleBot: "ReadTimeout occurred, args=['read timed out']")") ==
          R"(connection: ReadTimeout occurred, args=['read timed out'])");
    CHECK(seen(R"(  'Error: 403: Forbidden: bot was kicked from the group chat\n' +)") ==
          R"(target_unavailable: bot was kicked from the group chat\n)");
    CHECK(seen(R"(level=error msg="the disk is full")") == "unrecognised");
}

TEST_CASE("the number of a process or thread beside a level is not a code")
{
    for (auto const* line : {"2023-04-05 10:11:12.345 ERROR 426 --- [main] o.s.boot.SpringApplication : Application run failed",
                             "[2023-04-05 10:11:12 +0000] [426] [ERROR] Exception in worker process",
                             "Nov 28 12:00:00 host bot[426]: ERROR crashed", "12:00:00 ERROR [429] worker crashed",
                             "ERROR 502 worker crashed", "ERROR:426:worker crashed", "[426] ERROR: crashed"}) {
        INFO(line);
        CHECK(seen(line) == "unrecognised");
    }
    CHECK(seen("12:00:00 ERROR 426 --- [main] c.e.Bot : api.telegram.org:443 failed to respond").starts_with("connection: "));
    CHECK(seen("[ERROR] 429: Too Many Requests: retry after 5").starts_with("flood_wait: "));
    CHECK(seen("ERROR: 502 from the server").starts_with("temporary: "));
    CHECK(seen("ERROR 502 Bad Gateway").starts_with("temporary: "));
}

TEST_CASE("the status that a client writes beside the address of a bot's method is Telegram's")
{
    auto const httpx = [](std::string_view status) {
        return seen("INFO:httpx:HTTP Request: POST https://api.telegram.org/bot.../sendMessage \"HTTP/1.1 " +
                    std::string{status} + '"');
    };
    CHECK(httpx("429 Too Many Requests") == "rate_limit: Too Many Requests");
    CHECK(httpx("403 Forbidden") == "target_unavailable: Forbidden");
    CHECK(httpx("400 Bad Request") == "permanent: Bad Request");
    CHECK(httpx("409 Conflict") == "permanent: Conflict");
    CHECK(httpx("401 Unauthorized") == "account_dead: Unauthorized");
    CHECK(httpx("404 Not Found") == "session_lost: Not Found");
    CHECK(httpx("502 Bad Gateway") == "temporary: HTTP status #");
    for (auto const* line :
         {R"(DEBUG:urllib3.connectionpool:https://api.telegram.org:443 "POST /bot123456:x/sendMessage HTTP/1.1" 403 109)",
          R"(HTTP Request: POST http://localhost:8081/bot123456:x/sendMessage "HTTP/1.1 403 Forbidden")",
          "Client error: `POST https://api.telegram.org/bot123456:x/sendMessage` resulted in a `403 Forbidden` response:",
          "HTTPError: 403 Client Error: Forbidden for url: https://api.telegram.org/bot123456:x/sendMessage",
          "file_get_contents(https://api.telegram.org/bot123456:x/sendMessage): Failed to open stream: HTTP request failed! "
          "HTTP/1.1 403 Forbidden in /a.php on line 12"}) {
        INFO(line);
        CHECK(seen(line) == "target_unavailable: Forbidden");
    }
}

TEST_CASE("a status within what is sent, or of a file that is fetched, says nothing of the bot")
{
    CHECK(seen(R"(DEBUG Sending to https://api.telegram.org/bot123456:AAA/sendMessage: {"chat_id":5,)"
               R"("text":"example.com answered HTTP/1.1 401 Unauthorized"})") == "ordinary");
    CHECK(seen(R"(DEBUG https://api.telegram.org/bot123456:AAA/sendMessage 'example.com answered HTTP/1.1 401 Unauthorized')") ==
          "ordinary");
    CHECK(seen(R"(INFO GET https://api.telegram.org/file/bot123456:AAA/photos/f.jpg "HTTP/1.1 404 Not Found")").find("session") ==
          std::string::npos);
}

TEST_CASE("what a client reports as INFO is an error where its own logger says so")
{
    CHECK(seen("INFO:telethon.client.users:Sleeping for 13s (0:00:13) on SendMessageRequest flood wait")
              .starts_with("flood_wait: "));
    CHECK(seen("INFO:telethon.network.mtprotosender:Attempt 1 at connecting failed: TimeoutError").starts_with("connection: "));
    CHECK(seen("INFO:telethon.network.connection.connection:Server closed the connection: 0 bytes read")
              .starts_with("connection: "));
    CHECK(seen("INFO:telethon.network.mtprotosender:Failed reconnection attempt 2 with ConnectionRefusedError")
              .starts_with("connection: "));
    CHECK(seen("[session] Waiting for 15 seconds before continuing (required by \"messages.SendMessage\")")
              .starts_with("flood_wait: "));
    CHECK(seen("INFO retrying after a connection error") == "ordinary");
}

TEST_CASE("a line that says a status alone, or a class, is an error")
{
    CHECK(seen("12:00:00 HTTP 502") == "temporary: HTTP #");
    CHECK(seen("HTTP 502 answers: 3") == "ordinary");
    CHECK(seen("409 (Conflict)").starts_with("permanent: "));
    CHECK(seen("400 BAD_REQUEST").starts_with("permanent: "));
    CHECK(seen("RequestTimeout") == "connection: RequestTimeout");
    CHECK(seen("Bad Request: user not found").starts_with("target_unavailable: "));
    CHECK(seen("429 Too Many Requests for url: https://x") == "rate_limit: Too Many Requests for url: https://x");
    CHECK(seen("bad request: message text is empty").starts_with("permanent: "));
    CHECK(seen("Unauthorized: invalid token specified").starts_with("account_dead: "));
}

TEST_CASE("what a log's own fields and prose name as the error is read as one, at any level")
{
    CHECK(seen(R"(INFO client.go:309 Restarting connection {"error": "group: task readLoop: failed to read length: EOF"})") ==
          "connection: group: task readLoop: failed to read length: EOF");
    CHECK(seen(R"(DEBUG Connection dead {"conn_id": 0, "error": "dial tcp 127.0.0.1:443: connectex: actively refused it."})")
              .starts_with("connection: "));
    CHECK(seen(R"(time=12:00 level=info msg="again" err="read: connection reset by peer")").starts_with("connection: "));
    CHECK(seen(R"(WARN Error sending close to websocket: failed to read frame header: EOF {"engine":"gows"})")
              .starts_with("connection: "));
    CHECK(seen(R"(WARNING - Update "None" caused error "Timed out")").starts_with("connection: "));
    CHECK(seen(R"(Update "None" caused error: "Conflict: terminated by other getUpdates request")").starts_with("permanent: "));
    CHECK(seen(R"(A Telegram's error: Unknown error: "Bad Request: query is too old and query ID is invalid")")
              .starts_with("permanent: "));
    CHECK(seen(R"(DEBUG Got error {"err_code": 420, "err_msg": "FLOOD_WAIT_22"})").starts_with("flood_wait: "));
    CHECK(seen(R"({:error, "Too Many Requests: retry after 5"})").starts_with("flood_wait: "));
    CHECK(seen("SendRoutine: use of closed network connection").starts_with("connection: "));
    CHECK(seen(R"(INFO done {"error": "", "sent": 400})") == "ordinary");
    CHECK(seen(R"(INFO done {"error": null, "sent": 429})") == "ordinary");
    CHECK(seen(R"(level=info msg=done err="" connection=5)") == "ordinary");
    CHECK(seen(R"({"level":"info","last_error":"connection reset by peer","msg":"recovered"})") == "ordinary");
}

TEST_CASE("a name between words of another script is an error beside that language's word for one")
{
    CHECK(seen("\xD0\x9E\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA\xD0\xB0 PEER_FLOOD \xD0\xBF\xD1\x80\xD0\xB8")
              .starts_with("account_limited: "));
    CHECK(seen("\xE9\x94\x99\xE8\xAF\xAF PEER_FLOOD \xE8\xAF\xB7").starts_with("account_limited: "));
    CHECK(seen("\xD0\xB8 PEER_FLOOD \xD0\xB2 \xD0\xBB\xD0\xBE\xD0\xB3\xD0\xB5") == "ordinary");
}

TEST_CASE("a copied line of a structured log is read by the text that it holds, where the line tells nothing")
{
    auto const line =
        std::string{R"(time=12:00 level=error msg="SendMessage failed: Too Many Requests: retry after 22" prefix=gateway)"};
    CHECK(deciding_text(line) == "SendMessage failed: Too Many Requests: retry after 22");
    for (std::string const other : {R"(level=info msg="started")", R"(msg="started: user not known", err="ECONNRESET" code=5)",
                                    "rpc error code 420: FLOOD_WAIT (5)"}) {
        INFO(other);
        CHECK(deciding_text(other) == other);
    }
}

TEST_CASE("a refusal needs an error word beside it, and that of another's server says nothing of Telegram")
{
    CHECK(seen("failed to send: 403 Forbidden").starts_with("target_unavailable: "));
    CHECK(seen("ERROR: status code does not indicate success: 403 (Forbidden).").starts_with("target_unavailable: "));
    CHECK(seen("403 Forbidden is what strangers get") == "ordinary");
    CHECK(seen("ERROR the feed https://example.com/rss: 403 Forbidden") == "ordinary");
    CHECK(seen("check: user is an administrator of the chat") == "ordinary");
    CHECK(seen("the server returned status 502").starts_with("temporary: "));
    CHECK(seen("status 502 in 3 of 5 answers") == "ordinary");
    CHECK(seen("DEBUG Confirmed GetFullUserRequest through error A wait of 27 seconds is required").starts_with("flood_wait: "));
    CHECK(seen("INFO wait of 30 seconds is required by policy") == "ordinary");
    CHECK(seen("INFO the stream truncated at 5 MB") == "ordinary");
    CHECK(seen("INFO method is available for supergroup and channel chats only to admins") == "ordinary");
}

TEST_CASE("the place in the source that PHP names behind a message does not hide it")
{
    CHECK(
        seen(
            "PHP Fatal error: Uncaught Exception: Too Many Requests: retry after 5 in /srv/bot/vendor/Api.php:58 Stack trace: #0")
            .starts_with("flood_wait: "));
}

TEST_CASE("a warning without a failed request is not an error")
{
    CHECK(seen("WARNING [urllib3.connectionpool] Connection pool is full, discarding connection: api.telegram.org") ==
          "ordinary");
    CHECK(seen("InsecureRequestWarning: Unverified HTTPS request is being made to host 'api.telegram.org'. Adding certificate "
               "verification is strongly advised") == "ordinary");
}

TEST_CASE("a client's log that tries again, or its logger behind a time, needs no error word")
{
    CHECK(seen(R"([10] Retrying "updates.GetState" due to: Connection lost)").starts_with("connection: "));
    CHECK(seen("[ INFO/2024-09-24 11:52:12,692] pyrogram.session.auth: Retrying due to ConnectionError:")
              .starts_with("connection: "));
    CHECK(seen("net/http.rb:880:in `initialize': execution expired (Faraday::ConnectionFailed)").starts_with("connection: "));
    CHECK(seen("RouterOS Download from api.telegram.org FAILED: Fetch failed with status 400").starts_with("permanent: "));
    CHECK(seen(std::string(79, '-') + " INFO retrying") == "ordinary");
}

TEST_CASE("what client libraries report of a failed request is an error at any log level")
{
    for (
        auto const* line :
        {R"(DEBUG:urllib3.connectionpool:Retrying (Retry(total=2, connect=None)) after connection broken by 'NewConnectionError("<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 101] Network is unreachable")': /bot1/getMe)",
         "INFO Retrying (Retry(total=1, read=None)) after connection broken by 'ReadTimeoutError(\"HTTPSConnectionPool(host='x', "
         "port=443): Read timed out. (read timeout=5.0)\",)': /bot1/getUpdates",
         "DEBUG:httpcore.connection:connect_tcp.failed exception=ConnectTimeout(TimeoutError())",
         "DEBUG:httpcore.http11:receive_response_headers.failed exception=ReadError(BrokenResourceError())",
         "TRACE [httpcore.http11] receive_response_headers.failed exception=RemoteProtocolError('Server disconnected')"}) {
        INFO(line);
        CHECK(seen(line).starts_with("connection: "));
    }
    for (auto const* line :
         {"DEBUG:urllib3.connectionpool:Starting new HTTPS connection (1): api.telegram.org:443",
          "DEBUG:urllib3.connectionpool:Resetting dropped connection: api.telegram.org",
          "DEBUG:httpcore.connection:connect_tcp.started host='api.telegram.org' port=443 timeout=5.0",
          "DEBUG:httpcore.connection:connect_tcp.complete return_value=<AnyIOStream object at 0x7f>",
          "DEBUG:httpcore.http11:receive_response_body.failed exception=GeneratorExit()",
          "DEBUG:telethon.network.mtprotosender:Connection attempt 1...",
          "DEBUG:telegram.Bot:Calling Bot API endpoint `sendMessage` with parameters `{'text': 'after connection broken by x'}`",
          "INFO message of 5: the session ended after connection broken by 'ConnectionResetError'"}) {
        INFO(line);
        CHECK(seen(line) == "ordinary");
    }
}

TEST_CASE("what a program says of the network needs no error word where nothing stands before it")
{
    CHECK(seen("2026-01-01 12:00:00 Poor internet connection detected") == "connection: Poor internet connection detected");
    CHECK(seen("No internet connection") == "connection: No internet connection");
    CHECK(seen("ERROR Could not reach Telegram servers").starts_with("connection: "));
    CHECK(seen("INFO user 5 said: there is no internet here") == "ordinary");
    CHECK(seen("INFO checking the internet connection") == "ordinary");
    CHECK(seen("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))")
              .starts_with("connection: "));
}

TEST_CASE("the code that a program says Telegram has answered is an error")
{
    CHECK(seen("Telegram API - 404 Not Found").starts_with("session_lost: "));
    CHECK(seen("Telegram API returned 400 Bad Request").starts_with("permanent: "));
    CHECK(seen("INFO Telegram API - 404 messages sent") == "ordinary");
}

TEST_CASE("a lone word as the value of an error key is an error at any log level")
{
    CHECK(seen(R"(sendMessage -> error: "timeout")").starts_with("connection: "));
    CHECK(seen(R"(level=info msg="again" err="timeout")").starts_with("connection: "));
    CHECK(seen(R"(level=info msg="a query" reason="timeout")") == "ordinary");
    CHECK(seen("INFO errors=0 timeout=5") == "ordinary");
    CHECK(seen(R"(ERROR {"text":"error=timeout"})") == "unrecognised");
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
