#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"

#include <string>

using namespace mend;
using namespace std::chrono_literals;
using telegram::bot_api_failure;

namespace {

classification read(failure const& what)
{
    return telegram::rules().classify(what);
}

}  // namespace

TEST_CASE("a 429 with its parameter is a wait that is first taken for the chat's own")
{
    for (auto const& what :
         {bot_api_failure(429, 429, "Too Many Requests: retry after 37", 37),
          bot_api_failure(429, 429, "Too Many Requests: retry after 37"), bot_api_failure(0, 429, "Too Many Requests", 37)}) {
        for (auto const& rules : {telegram::rules(), classifier::basic()}) {
            auto const says = rules.classify(what);
            CHECK(says.what == category::flood_wait);
            CHECK(says.retry_after == 37s);
            CHECK(says.where == scope::peer);
            CHECK(says.delivered == delivery::not_sent);
        }
    }
}

TEST_CASE("the wait may be given as it came: an integer, a fraction, a string, or the Retry-After header's moment")
{
    for (auto const* as_it_came : {"37", "36.5", "\"37\"", "37.0"}) {
        INFO(as_it_came);
        auto const says = read(bot_api_failure(429, 429, "Too Many Requests: retry after 37", as_it_came));
        CHECK(says.what == category::flood_wait);
        CHECK(says.retry_after == 37s);
        CHECK(says.where == scope::peer);
    }
    CHECK(bot_api_failure(429, 429, "Too Many Requests", std::string{"2.5"}).retry_after == 3s);
    CHECK(bot_api_failure(429, 429, "Too Many Requests", "Thu, 01 Jan 1970 00:00:00 GMT").retry_after == 1s);
    CHECK(bot_api_failure(429, 429, "Too Many Requests", "99999999999999999999").retry_after == std::chrono::milliseconds::max());
}

TEST_CASE("a gateway's Retry-After is the wait of all that goes through it")
{
    auto const says = read(bot_api_failure(429, 0, "<html><title>429 Too Many Requests</title></html>", "20"));
    CHECK(says.what == category::flood_wait);
    CHECK(says.retry_after == 20s);
    CHECK(says.where == scope::account);
    CHECK(says.delivered == delivery::not_sent);
}

TEST_CASE("a wait that cannot be read is as none: the text's counts, else it is a rate limit")
{
    for (auto const* unreadable : {"", "soon", "null"}) {
        INFO(unreadable);
        CHECK(read(bot_api_failure(429, 429, "Too Many Requests: retry after 37", unreadable)).retry_after == 37s);
        CHECK(read(bot_api_failure(429, 429, "Too Many Requests", unreadable)).what == category::rate_limit);
    }
}

TEST_CASE("a reply may carry a new chat and a wait as it came")
{
    auto const what = bot_api_failure(400, 400, "Bad Request: group chat was upgraded to a supergroup chat", "", -1001234567890);
    CHECK(read(what).what == category::migrated);
    CHECK(read(what).number == -1001234567890);
}

TEST_CASE("a 429 that names no time is a rate limit")
{
    CHECK(read(bot_api_failure(429, 429, "Too Many Requests")).what == category::rate_limit);
    CHECK(read(bot_api_failure(429, 0, "")).what == category::rate_limit);
}

TEST_CASE("a wait of zero or less is a second")
{
    CHECK(read(bot_api_failure(429, 429, "Too Many Requests: retry after 0", 0)).retry_after == 1s);
    CHECK(read(bot_api_failure(429, 429, "Too Many Requests", -5)).retry_after == 1s);
}

TEST_CASE("a chat that has moved carries its new id")
{
    auto const says =
        read(bot_api_failure(400, 400, "Bad Request: group chat was upgraded to a supergroup chat", {}, -1001234567890));
    CHECK(says.what == category::migrated);
    CHECK(says.number == -1001234567890);
    CHECK(says.delivered == delivery::not_sent);
}

TEST_CASE("401 with Telegram's own JSON is the token's end, without it the proxy's refusal")
{
    CHECK(read(bot_api_failure(401, 401, "Unauthorized")).what == category::account_dead);
    CHECK(read(bot_api_failure(401, 0, "<html>authenticate</html>")).what == category::proxy);
    CHECK(read(bot_api_failure(407, 0, "")).what == category::proxy);
    auto const own = classifier{}.when_code(401, category::session_lost).then(telegram::rules());
    CHECK(own.classify(bot_api_failure(401, 401, "Unauthorized")).what == category::session_lost);
}

TEST_CASE("a conflict and a method that does not exist are permanent")
{
    CHECK(read(bot_api_failure(404, 404, "Not Found: method not found")).what == category::permanent);
    CHECK(read(bot_api_failure(409, 409, "Conflict: terminated by other getUpdates request")).what == category::permanent);
}

TEST_CASE("sentences of the Bot API about a chat that cannot be written to")
{
    for (auto const* text :
         {"Forbidden: bot was blocked by the user", "Forbidden: user is deactivated",
          "Forbidden: bot was kicked from the supergroup chat", "Forbidden: bot was kicked from the group chat",
          "Forbidden: bot is not a member of the channel chat", "Forbidden: bot can't initiate conversation with a user",
          "Forbidden: bot can't send messages to bots", "Bad Request: have no rights to send a message",
          "Bad Request: not enough rights to send text messages to the chat", "Bad Request: TOPIC_CLOSED",
          "Bad Request: CHAT_WRITE_FORBIDDEN"}) {
        INFO(text);
        auto const says = read(bot_api_failure(403, 403, text));
        CHECK(says.what == category::target_unavailable);
        CHECK(says.where == scope::peer);
        CHECK(says.delivered == delivery::not_sent);
    }
}

TEST_CASE("other refusals are permanent")
{
    CHECK(read(bot_api_failure(400, 400, "Bad Request: message text is empty")).what == category::permanent);
    CHECK(read(bot_api_failure(413, 0, "<html>Request Entity Too Large</html>")).what == category::permanent);
}

TEST_CASE("a gateway's page is temporary, and it is unknown what became of the message")
{
    for (int const status : {0, 200, 500, 502, 503, 504}) {
        INFO(status);
        auto const says = read(bot_api_failure(status, 0, "\n <!DOCTYPE html><title>proxy connection</title>"));
        CHECK(says.what == category::temporary);
        CHECK(says.delivered == delivery::unknown);
    }
    CHECK(read(bot_api_failure(502, 0, "")).what == category::temporary);
    CHECK(read(bot_api_failure(500, 500, "Internal Server Error")).what == category::temporary);
    CHECK(read(bot_api_failure(500, 500, "Internal Server Error")).delivered == delivery::unknown);
}

TEST_CASE("a message that was deleted at once was sent")
{
    auto const says =
        read(bot_api_failure(500, 500, "Internal Server Error: sent message was immediately deleted and can't be returned"));
    CHECK(says.what == category::permanent);
    CHECK(says.delivered == delivery::sent);
}

TEST_CASE("a chat that has moved has moved, even if the reply does not carry its new id")
{
    auto const says = read(bot_api_failure(400, 400, "Bad Request: group chat was upgraded to a supergroup chat"));
    CHECK(says.what == category::migrated);
    CHECK(!says.number);
}

TEST_CASE("a gateway's status for a refused route means that nothing was sent")
{
    for (int const status : {302, 303, 400, 403, 404, 405, 408, 418}) {
        for (auto const* body : {"", "nothing here", "<html><title>proxy connection FLOOD_WAIT_3</title></html>"}) {
            INFO(status << ' ' << body);
            auto const says = read(bot_api_failure(status, 0, body));
            CHECK(says.what == category::temporary);
            CHECK(says.where == scope::account);
            CHECK(says.delivered == delivery::not_sent);
        }
    }
    CHECK(read(bot_api_failure(414, 0, "")).what == category::permanent);
}

TEST_CASE("a bot that is refused as a whole has lost its session, and keeps its token")
{
    for (auto const& what : {bot_api_failure(400, 400, "Logged out"), bot_api_failure(404, 404, "Not Found"),
                             bot_api_failure(421, 421, "Misdirected Request: unallowed token specified")}) {
        INFO(what.message);
        CHECK(read(what).what == category::session_lost);
        CHECK(read(what).where == scope::account);
    }
}

TEST_CASE("every 403 with an error_code, and what is not found, is that peer's")
{
    for (auto const& what :
         {bot_api_failure(403, 403, "Forbidden: something new"), bot_api_failure(400, 400, "Bad Request: chat not found"),
          bot_api_failure(400, 400, "Bad Request: user not found"),
          bot_api_failure(400, 400, "Bad Request: message thread not found")}) {
        INFO(what.message);
        CHECK(read(what).what == category::target_unavailable);
        CHECK(read(what).where == scope::peer);
    }
    CHECK(read(bot_api_failure(400, 400, "Bad Request: business connection not found")).what == category::permanent);
}

TEST_CASE("of a request for many, others may have gone out when one has failed")
{
    auto const failed = [](std::string const& with) {
        return read(bot_api_failure(400, 400, "Bad Request: failed to send message #2 with the error message \"" + with + '"'));
    };
    for (auto const* error : {"Too Many Requests: retry after 8", "FILE_REFERENCE_EXPIRED", "PEER_FLOOD", "something new"}) {
        INFO(error);
        CHECK(failed(error).delivered == delivery::unknown);
    }
    CHECK(failed("Too Many Requests: retry after 8").retry_after == 8s);
    CHECK(failed("FILE_REFERENCE_EXPIRED").what == category::stale);
    CHECK(failed("PEER_FLOOD").what == category::account_limited);
    CHECK(failed("something new").what == category::permanent);
}

TEST_CASE("without a status there is no code")
{
    CHECK(bot_api_failure(0, 0, "no reply").code == 0);
    CHECK(read(bot_api_failure(0, 0, "no reply")).what == category::unknown);
    CHECK(bot_api_failure(404, 0, "page not found").code == 404);
}

TEST_CASE("a 401 refuses the token, also if its description is that of another error")
{
    auto const what =
        read(bot_api_failure(401, 401, "Unauthorized: sent message was immediately deleted and can't be returned")).what;
    CHECK(what == category::account_dead);
}
