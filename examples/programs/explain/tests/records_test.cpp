// Which lines of a log belong together, and what of them says what the error is.
#include "log_summary.hpp"
#include "records.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace explain;
using namespace std::string_literals;

namespace {

/// Each entry as "first line's number+lines: the likeliest part".
std::vector<std::string> entries_of(std::string const& content)
{
    support::scratch_directory const dir;
    record_reader entries(dir.write("log", content));
    std::vector<std::string> result;
    while (auto const next = entries.next())
        result.push_back(std::to_string(next->parts.front().line) + "+" + std::to_string(next->lines) + ": " +
                         std::string{next->parts.front().text});
    return result;
}

nlohmann::ordered_json summary_of(std::string const& content)
{
    support::scratch_directory const dir;
    return summarise(dir.write("log", content)).to_json("log", 10);
}

/// "flood_wait 1, permanent 2", and everything that was not recognised.
std::string counted(std::string const& content)
{
    auto const json = summary_of(content);
    std::string result;
    for (auto const& each : json["categories"])
        result += each["category"].get<std::string>() + ' ' + std::to_string(each["lines"].get<int>()) + ' ';
    if (json["unrecognised"]["lines"] != 0)
        result += "unrecognised " + std::to_string(json["unrecognised"]["lines"].get<int>()) + ' ';
    return result.empty() ? result : result.substr(0, result.size() - 1);
}

}  // namespace

TEST_CASE("lines that have nothing to do with each other are entries of their own")
{
    CHECK(entries_of("").empty());
    CHECK(entries_of("a\nb\n\n  c\n") == std::vector{"1+1: a"s, "2+1: b"s, "3+1: "s, "4+1:   c"s});
}

TEST_CASE("a reply that is printed over several lines is one entry")
{
    auto const reply =
        "12:00 reply: {\n    \"ok\": false,\n    \"error_code\": 429,\n    \"description\": \"Too Many Requests: retry after "
        "37\",\n    \"parameters\": {\n        \"retry_after\": 37\n    }\n}\n"s;
    CHECK(entries_of(reply + "next\n").size() == 2);
    CHECK(counted(reply) == "flood_wait 1");
    CHECK(summary_of(reply)["categories"][0]["longest_wait_ms"] == 37'000);
    CHECK(summary_of("x\n" + reply)["categories"][0]["first_line"] == 2);
    CHECK(summary_of(reply + reply)["lines"] == 16);
    CHECK(counted("{\n  \"@type\": \"error\",\n  \"code\": 400,\n  \"message\": \"CHAT_WRITE_FORBIDDEN\"\n}\n") ==
          "target_unavailable 1");
}

TEST_CASE("replies may have either quotation mark, or keys without one")
{
    for (auto const* line :
         {"{'ok': False, 'error_code': 429, 'description': 'Too Many Requests: retry after 34', 'parameters': {'retry_after': "
          "34}}",
          "got {\"ok\":false,\"error_code\":429,\"description\":\"x\",\"parameters\":{\"retry_after\":\"34\"}} in 5 ms",
          "{ ok: false, error_code: 429, description: 'Too Many Requests: retry after 34', parameters: { retry_after: 33.5 } }",
          "{\n  ok: false,\n  error_code: 429,\n  description: \"it's too much\",\n  parameters: { retry_after: 34 },\n  on: { "
          "method: "
          "'sendMessage', payload: [Object] }\n}",
          "ERROR {u'ok': False, u'error_code': 429, u'description': u'x', u'parameters': {u'retry_after': 34}}"}) {
        INFO(line);
        auto const json = summary_of(line);
        CHECK(counted(line) == "flood_wait 1");
        CHECK(json["categories"][0]["longest_wait_ms"] == 34'000);
    }
    CHECK(counted("{'@type': 'error', 'code': 400, 'message': 'CHAT_WRITE_FORBIDDEN', '@extra': {'request_id': 'a1'}}") ==
          "target_unavailable 1");
}

TEST_CASE("what only begins like an object is read line by line")
{
    CHECK(entries_of("server {\nlisten 80;\n}\n").size() == 3);
    CHECK(entries_of("12:00 begin {\n12:01 FLOOD_WAIT_5\n").size() == 2);
    CHECK(counted("12:00 begin {\n12:01 FLOOD_WAIT_5\n12:02 PEER_FLOOD\n") == "flood_wait 1 account_limited 1");
    std::string endless = "{\n";
    for (int line = 0; line < 2'000; ++line)
        endless += "  \"FLOOD_WAIT_1\": 1,\n";
    CHECK(entries_of(endless).size() == 2'001);
}

TEST_CASE("of a traceback the last line counts")
{
    auto const traceback =
        "12:00 ERROR while sending\nTraceback (most recent call last):\n  File \"send.py\", line 420, in main\n    raise "
        "FLOOD_WAIT_5  # PEER_FLOOD\nValueError: first\n\nDuring handling of the above exception, another exception "
        "occurred:\n\nTraceback (most recent call last):\n  File \"bot.py\", line 401, in run\n    await send()\n"
        "telethon.errors.rpcerrorlist.FloodWaitError: A wait of 37 seconds is required (caused by SendMessageRequest)\n"
        "12:01 INFO goes on\n"s;
    auto const json = summary_of(traceback);
    CHECK(counted(traceback) == "flood_wait 1 unrecognised 1");
    CHECK(json["lines"] == 13);
    CHECK(json["categories"][0]["longest_wait_ms"] == 37'000);
    CHECK(json["categories"][0]["first_line"] == 12);
    // It is an error with any words.
    CHECK(counted("Traceback (most recent call last):\n  File \"a.py\", line 1\nOops: the connection\n") == "connection 1");
    CHECK(counted("Traceback (most recent call last):\n  File \"a.py\", line 1\nOops\n") == "unrecognised 1");
    CHECK(counted("Traceback (most recent call last):\n  File \"a.py\", line 1\n") == "unrecognised 1");
}

TEST_CASE("a traceback whose first line is missing is one entry, too")
{
    auto const cut = "  File \"bot.py\", line 3, in send\n    await send()\nOops: the proxy\nnext\n"s;
    CHECK(entries_of(cut) == std::vector{"3+3: Oops: the proxy"s, "4+1: next"s});
    CHECK(counted(cut) == "proxy 1");
}

TEST_CASE("the further lines of a message belong to it")
{
    CHECK(
        counted(
            "aiogram.exceptions.TelegramRetryAfter: Flood control exceeded. Retry in 37 seconds.\nOriginal description: Too Many "
            "Requests: retry after 37\n(background on this error at: https://core.telegram.org/bots/faq)\n") == "flood_wait 1");
}

TEST_CASE("the answer that a client prints behind its message belongs to it")
{
    auto const message = "ERROR - TeleBot: \"A request to the Telegram API was unsuccessful. The server returned HTTP "s;
    CHECK(counted(
              message +
              "401 Unauthorized. Response body:   \n[{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}]\" \n") ==
          "account_dead 1");
    CHECK(counted(message + "403 Forbidden. Response body:\n[b'{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot "
                            "was kicked\"}']\n") == "target_unavailable 1");
    CHECK(counted(message +
                  "401 Unauthorized. Response body:\n[b'<html><head><title>401 Authorization Required</title></head>']\n") ==
          "proxy 1");
    CHECK(counted(message + "401 Unauthorized. Response body:\nPEER_FLOOD\n") == "account_limited 1 unrecognised 1");
    CHECK(entries_of("Response body:\n[a]\nb\n") == std::vector{"1+2: Response body: [a]"s, "3+1: b"s});
}

TEST_CASE("an exception with its stack is one entry: the cause counts, else the exception")
{
    CHECK(counted("org.example.TelegramApiException: Unable to execute sendMessage method\n\tat "
                  "org.example.Bot.send(Bot.java:429)\n\tat "
                  "org.example.ConnectionError.run(Bot.java:9)\nCaused by: java.net.SocketException: Connection reset\n\tat "
                  "java.base/x(Y.java:1)\n\t... 12 more\n") == "connection 1");
    CHECK(
        counted(
            "TelegramApiRequestException: Error executing SendMessage query: [403] Forbidden: bot was blocked by the user\n\tat "
            "a.b.C(D.java:1)\nCaused by: org.example.Wrapped\n") == "target_unavailable 1");
    CHECK(
        counted(
            "FloodWaitError: A wait of 416 seconds is required (caused by messages.SendMessage)\n    at RPCMessageToError "
            "(index.js:21:20)\n    at async loop (MTProtoSender.js:382:17) {\n  code: 420,\n  errorMessage: 'FLOOD',\n  seconds: "
            "416\n}\n") == "flood_wait 1");
    CHECK(counted("Error: it failed\n    at async loop (a.js:1:1) {\n  code: 400,\n  errorMessage: 'PEER_FLOOD'\n}\nnext\n") ==
          "account_limited 1");
}

TEST_CASE("errors that differ in quotes, brackets, numbers or ids are one row")
{
    auto const json = summary_of("ERROR the proxy 'a.example.net' [7] failed, request 0x7f3c\n"
                                 "ERROR the proxy \"b.example.net\" (8) failed, request 0x8a41\n"
                                 "ERROR the proxy `c` {-1001} failed, request 0x1\n"
                                 "ERROR the proxy 'messages.SendMessage' [7] failed, request 0x7f3c\n");
    REQUIRE(json["categories"].size() == 1);
    REQUIRE(json["categories"][0]["texts"].size() == 2);
    CHECK(json["categories"][0]["texts"][0]["at_least"] == 3);
    CHECK(json["categories"][0]["texts"][0]["kind"] == "text");
}

TEST_CASE("a row of a name says the method that the error names")
{
    auto const json =
        summary_of("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required (caused by \"messages.SendMessage\")\nFLOOD_WAIT_5\n"
                   "FLOOD_WAIT_6 (caused by messages.SendMessage)\n");
    auto const& texts = json["categories"][0]["texts"];
    REQUIRE(texts.size() == 2);
    CHECK(texts[0]["text"] == "FLOOD_WAIT_# of messages.SendMessage");
    CHECK(texts[0]["kind"] == "name");
    CHECK(texts[0]["at_least"] == 2);
    CHECK(texts[1]["text"] == "FLOOD_WAIT_#");
}

TEST_CASE("what is held back is bounded, and nothing of it is lost")
{
    std::string traceback = "Traceback (most recent call last):\n";
    for (int line = 0; line < 3'000; ++line)
        traceback += "  File \"deep.py\", line 1, in call\n";
    auto const json = summary_of(traceback + "RecursionError: too deep\n");
    CHECK(json["lines"] == 3'002);
    auto const wide = "{\n" + std::string(50'000, ' ') + "\n" + std::string(70'000, ' ') + "\n" + std::string(70'000, ' ') +
                      "\n}\nFLOOD_WAIT_1\n";
    CHECK(summary_of(wide)["lines"] == 6);
    CHECK(summary_of(wide)["cut"]["lines"] == 2);
    CHECK(counted(wide) == "flood_wait 1");
}
