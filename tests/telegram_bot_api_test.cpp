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

TEST_CASE("a chat that has moved tells where to")
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

TEST_CASE("404 and 409 are permanent")
{
    CHECK(read(bot_api_failure(404, 404, "Not Found")).what == category::permanent);
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
    CHECK(read(bot_api_failure(403, 403, "Forbidden: something new")).what == category::permanent);
    CHECK(read(bot_api_failure(413, 0, "<html>Request Entity Too Large</html>")).what == category::permanent);
}

TEST_CASE("a gateway's page is temporary, and nobody knows what became of the message")
{
    for (int const status : {200, 404, 500, 502, 503, 504}) {
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

TEST_CASE("a chat that has moved has moved, even where the reply does not say where to")
{
    auto const says = read(bot_api_failure(400, 400, "Bad Request: group chat was upgraded to a supergroup chat"));
    CHECK(says.what == category::migrated);
    CHECK(!says.number);
}

TEST_CASE("without a status there is no code, and a text that is no page counts as what its status says")
{
    CHECK(bot_api_failure(0, 0, "no reply").code == 0);
    CHECK(read(bot_api_failure(0, 0, "no reply")).what == category::unknown);
    CHECK(bot_api_failure(404, 0, "page not found").code == 404);
    CHECK(read(bot_api_failure(404, 0, "page not found")).what == category::permanent);
}
