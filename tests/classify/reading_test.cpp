// Who speaks in a text: properties of what is read, and of what only looks like it.
#include <mend/classifier.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include "support/catalogue.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace mend;
using namespace std::chrono_literals;

namespace {

using support::catalogue;
using support::entry;

std::string replaced(std::string_view in, std::string_view what, std::string_view by)
{
    std::string result{in};
    for (auto at = result.find(what); at != std::string::npos; at = result.find(what, at + by.size()))
        result.replace(at, what.size(), by);
    return result;
}

classification read(std::string const& text, int code = 0)
{
    return telegram::rules().classify({.code = code, .message = text});
}

bool same(classification const& a, classification const& b)
{
    return a.what == b.what && a.retry_after == b.retry_after && a.number == b.number && a.where == b.where &&
           a.delivered == b.delivered && a.instead == b.instead;
}

/// What senders and strangers can put into a text that Telegram quotes.
std::vector<std::string> contents()
{
    std::vector<std::string> result{
        "FLOOD_WAIT_37",
        "FLOOD_WAIT_X",
        "FloodWaitError",
        "Too Many Requests: retry after 5",
        "retry after 5",
        "A wait of 60 seconds is required",
        "proxy",
        "SOCKS5 proxy connection",
        "Connection reset by peer",
        "connection refused: timed out",
        "certificate verify failed",
        "Too many open files",
        "group chat was upgraded to a supergroup chat",
        "Forbidden: bot was blocked by the user",
        "Bad Request: chat not found",
        "bad request: chat not found",
        "forbidden: bot was blocked by the user",
        "ApiException: \"PEER_FLOOD\"",
        "telegram.error.Forbidden: (\"PEER_FLOOD\")",
        "(error_code: \"404\", description: \"Not Found\")",
        "api: 403 \"PEER_FLOOD\"",
        "HttpError: (502, 'Bad Gateway')",
        "409 (Conflict)",
        "[ERROR] 429: PEER_FLOOD",
        "status=502",
        "Telegram API - 401 Unauthorized",
        "Error message: 401 Unauthorized",
        "error=timeout",
        "err=\"EOF\"",
        "{:error, :timeout}",
        "Poor internet connection detected",
        "OSError(104, 'Connection reset by peer')",
        "('SSL routines', '', 'certificate verify failed')",
        "after connection broken by 'ReadTimeoutError()': /bot1/getMe",
        "Unauthorized: invalid token specified",
        "Unauthorized (401)",
        "Logged out",
        "[420 FLOOD_WAIT_X]",
        "error code 420",
        "(caused by messages.sendMessage)",
        "caused by messages.sendMessage (value: 37)",
        "retry_after=149.0s",
        "https://t.me/PEER_FLOOD?x=FLOOD_WAIT_3",
        "happ://USER_DEACTIVATED_BAN",
        "t.me/AUTH_KEY_UNREGISTERED",
        "@PEER_FLOOD",
        "PEER_FLOOD.jpg",
        "<html>",
        "it's 'PEER_FLOOD'",
        "\"PEER_FLOOD\"",
        "('FLOOD_WAIT', 37)",
        "name: \"PEER_FLOOD\"",
        "failed to send message #1 with the error message \"PEER_FLOOD\"",
        ": PEER_FLOOD",
        "\nPEER_FLOOD",
    };
    for (auto const& each : catalogue)
        result.push_back(
            replaced(replaced(replaced(replaced(each.pattern, "{seconds}", "37"), "{minutes}", "37"), "{number}", "37"),
                     "{unix_time}", "37"));
    return result;
}

constexpr std::string_view slots[] = {"{seconds}", "{minutes}", "{number}", "{unix_time}"};

std::string_view slot_in(std::string_view pattern)
{
    for (auto const slot : slots) {
        if (pattern.find(slot) != std::string_view::npos)
            return slot;
    }
    return {};
}

/// "FloodWait" of FLOOD_WAIT_{seconds}.
std::string class_of(std::string_view pattern)
{
    std::string result;
    bool begins = true;
    for (char const c : replaced(pattern, slot_in(pattern).empty() ? "?" : slot_in(pattern), "")) {
        if (c == '_') {
            begins = true;
            continue;
        }
        result += begins || c < 'A' || c > 'Z' ? c : static_cast<char>(c + 32);
        begins = false;
    }
    return result;
}

}  // namespace

TEST_CASE("what the Bot API quotes of a sender never changes the rule_result")
{
    // {}: where the server puts what the sender has chosen.
    struct {
        int code;
        std::string_view description;
    } const places[] = {
        {400, "Bad Request: can't parse entities: Unsupported start tag \"{}\" at byte offset 0"},
        {400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag {}"},
        {400, "Bad Request: can't parse entities: Unmatched end tag at byte offset 1, expected \"</{}>\", found \"</b>\""},
        {400, "Bad Request: inline keyboard button URL '{}' is invalid: Unsupported URL protocol"},
        {400, "Bad Request: inline keyboard button URL '{}' is invalid: Wrong HTTP URL"},
        {400, "Bad Request: wrong type of the web page content: {}"},
        {400, "Bad Request: invalid file name {}"},
        {400, "Bad Request: user {} has no rights"},
        {400, "Bad Request: wrong parameter \"{}\" in the request"},
        {400, "Bad Request: bad webhook: {}"},
        {400, "Bad Request: no user has {} as username"},
        {409, "Conflict: terminated by {}"},
        {404, "Not Found: method {} not found"},
    };
    for (auto const& place : places) {
        auto const expected = telegram::rules().classify(
            telegram::bot_api_failure(place.code, place.code, replaced(place.description, "{}", "harmless")));
        REQUIRE(expected.what == category::permanent);
        for (auto const& content : contents()) {
            auto const description = replaced(place.description, "{}", content);
            INFO(description);
            auto const given = telegram::bot_api_failure(place.code, place.code, description);
            CHECK(same(telegram::rules().classify(given), expected));
            CHECK(detail::named_method(given.message).empty());
            if (place.code != 404) {  // "Not Found: " needs Telegram's code
                // The same through clients that keep the text alone.
                auto const code = std::to_string(place.code);
                for (auto const& text :
                     {description, "ETELEGRAM: " + code + ' ' + description,
                      "Call to 'sendMessage' failed! (" + code + ": " + description + ')',
                      "telegram: " + description + " (" + code + ')', "Error code: " + code + ". Description: " + description}) {
                    INFO(text);
                    CHECK(read(text).what == category::permanent);
                    CHECK(read(text).retry_after == std::nullopt);
                }
            }
            if (constexpr std::string_view prefix = "Bad Request: "; description.starts_with(prefix)) {
                auto const text = "telegram.error.BadRequest: " + description.substr(prefix.size());
                INFO(text);
                CHECK(read(text).what == category::permanent);
                CHECK(read(text).retry_after == std::nullopt);
                CHECK(detail::named_method(text).empty());
            }
        }
    }
}

TEST_CASE("what an RPC error or TDLib quotes never changes the rule_result")
{
    for (std::string_view const place :
         {"No user has \"{}\" as username", "Can't parse entities: unsupported start tag \"{}\"", "Wrong URL 'tg://x?{}'",
          "the title `{}` is too long", "Nobody is using the username “{}”", "user name: \"{}\""}) {
        auto const expected = read(replaced(place, "{}", "harmless"), 400);
        REQUIRE(expected.what == category::permanent);
        for (auto const& content : contents()) {
            if (content.find_first_of("\"'\n ") != std::string::npos)
                continue;  // Telegram's names and tags hold none of these
            auto const text = replaced(place, "{}", content);
            INFO(text);
            CHECK(same(read(text, 400), expected));
            CHECK(same(telegram::rules().classify(telegram::tdlib_failure(400, text)), expected));
            CHECK(same(read(text), read(replaced(place, "{}", "harmless"))));
        }
    }
}

TEST_CASE("every name of the catalogue means the same in every client's form")
{
    for (auto const& each : catalogue) {
        auto const slot = slot_in(each.pattern);
        auto const name = replaced(each.pattern, slot.empty() ? "?" : slot, "37");
        bool const is_word = each.pattern.find('_') == std::string_view::npos;
        auto const expected = read(name, 400);
        std::vector<std::string> forms{name,
                                       "400: " + name,
                                       "[400] " + name,
                                       "[400 " + name + ']',
                                       "ETELEGRAM: 400 " + name,
                                       "TelegramError: 400: " + name,
                                       "Error code: 400: " + name,
                                       "[code:400] " + name};
        if (name.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
            for (auto const& form :
                 {"Bad Request: " + name, "ETELEGRAM: 400 Bad Request: " + name,
                  "Call to 'sendMessage' failed! (400: Bad Request: " + name + ')', "telegram: Bad Request: " + name + " (400)"})
                forms.push_back(form);
        if (!is_word) {
            for (std::string_view const form :
                 {"RPCError 400: {} (caused by SendMessageRequest)", "rpc error code 400: {}", "rpc error 400: {} caused by x.y",
                  "Telegram says: [400 {}] - Some sentence (caused by \"messages.SendMessage\")", "[Error : 400 : {}]",
                  "RpcError { code: 400, name: \"{}\", value: None, caused_by: None }", "('{}', None)", "RPCError('{}')",
                  "{code: 400, errorMessage: '{}'}", R"({"error_code":400,"error_message":"{}"})", "\"{}\"", "error={}",
                  R"({"code":400,"message":"{}"})", "RpcException({}, 400)", "a send failed: {}"})
                forms.push_back(replaced(form, "{}", name));
        }
        for (auto const& form : forms) {
            INFO(form);
            CHECK(same(read(form), expected));
        }
    }
}

TEST_CASE("a number that a client has taken out of the name is found where the client puts it, and nowhere else")
{
    for (auto const& each : catalogue) {
        auto const slot = slot_in(each.pattern);
        if (slot.empty())
            continue;
        auto const hole = each.pattern.find(slot);
        if (hole == 0 || each.pattern[hole - 1] != '_')
            continue;
        auto const expected = read(replaced(each.pattern, slot, "37"));
        auto const with_x = replaced(each.pattern, slot, "X");
        auto const bare = std::string{each.pattern.substr(0, hole - 1)} + std::string{each.pattern.substr(hole + slot.size())};
        std::string const sentence = slot == "{seconds}"   ? "A wait of 37 seconds is required"
                                     : slot == "{minutes}" ? "wait 37 minutes"
                                                           : "";
        std::vector<std::string> forms{"rpc error code 420: " + bare + " (37)", "('" + bare + "', 37)",
                                       "rpc error 420: " + bare + " caused by messages.sendMessage (value: 37)",
                                       "RpcError { code: 420, name: \"" + bare + "\", value: Some(37), caused_by: None }"};
        if (!sentence.empty())
            forms.push_back("Telegram says: [420 " + with_x + "] - " + sentence + " (caused by \"messages.SendMessage\")");
        if (slot == "{number}") {
            forms.push_back("[303 " + with_x + "] The file is on DC 37");
            forms.push_back("[303 " + with_x + "] - it is stored in DC37");
            forms.push_back("[403 " + with_x + "] costs 37 stars");
        }
        for (auto const& form : forms) {
            INFO(form);
            auto const says = read(form);
            CHECK(says.what == expected.what);
            CHECK(says.retry_after == expected.retry_after);
            CHECK(says.number == expected.number);
            CHECK(says.retry_at == expected.retry_at);
            CHECK(says.where == expected.where);
        }
        for (std::string_view const behind :
             {"", " account 15550100", " Pyrogram 2.3.58", " at line 37", " (caused by \"x.Y37\")", " on 10.0.0.5:443"}) {
            auto const text = "[420 " + with_x + ']' + std::string{behind};
            INFO(text);
            auto const says = read(text);
            CHECK(says.what == expected.what);
            CHECK(says.where == expected.where);
            CHECK(!says.retry_at);
            CHECK(!says.number);
            if (each.wait == 0)
                CHECK(!says.retry_after);
        }
    }
}

TEST_CASE("class names of clients are names")
{
    for (auto const& each : catalogue) {
        if (each.pattern.find('_') == std::string_view::npos || each.pattern.front() < 'A')
            continue;
        auto const name = class_of(each.pattern);
        auto const slot = slot_in(each.pattern);
        // FLOOD_WAIT and FLOOD_WAIT_{seconds} have one class.
        bool has_numbered = false;
        for (auto const& other : catalogue)
            has_numbered |= slot.empty() && !slot_in(other.pattern).empty() && class_of(other.pattern) == name;
        if (has_numbered)
            continue;
        for (std::string_view const form : {"{}", "{}Error", "telethon.errors.rpcerrorlist.{}Error: some sentence",
                                            "pyrogram.errors.exceptions.bad_request_400.{}: Telegram says: something",
                                            "{}Exception()", "[{}Error('something')]", "caught {}"}) {
            auto const text = replaced(form, "{}", name);
            INFO(text);
            CHECK(read(text).what == each.what);
            CHECK(read(text).where == each.where);
        }
    }
}

TEST_CASE("a class whose words are set apart is a name, if its last word is Error")
{
    CHECK(read("Getting Peer Flood Error from telegram").what == category::account_limited);
    CHECK(read("User Deactivated Ban Error").what == category::account_dead);
    CHECK(read("Flood Wait Error: wait 37 seconds").retry_after == 37s);
    for (auto const* text : {"Peer Flood", "Flood Error", "peer flood error", "Peer  Flood Error", "Peer-Flood Error",
                             "Peer Flood Errors", "he wrote \"Peer Flood Error\"", "a Peer flood Error"}) {
        INFO(text);
        CHECK(read(text).what == category::unknown);
    }
}

TEST_CASE("a word in front of an equals sign is a field's key")
{
    for (auto const* text : {"Starting with proxy=None", "connecttimeout=5", "(api_id=1, socks5=x)"}) {
        INFO(text);
        CHECK(read(text).what == category::unknown);
    }
    CHECK(read("connecttimeout: proxy=None").what == category::connection);
}

TEST_CASE("the longest of several waits counts, each with its unit")
{
    CHECK(read("FLOOD_WAIT_5, FLOOD_WAIT_600").retry_after == 600s);
    CHECK(read("FLOOD_WAIT_600, FLOOD_WAIT_5").retry_after == 600s);
    CHECK(read("[FloodWaitError('A wait of 600 seconds is required'), FloodWaitError('A wait of 5 seconds is required')]")
              .retry_after == 600s);
    CHECK(read("A wait of 5 seconds is required; retry after 2 minutes").retry_after == 120s);
    CHECK(read("FLOOD_WAIT_5: retry after 7").retry_after == 7s);
    CHECK(read("Too Many Requests: retry after 5 (retry_after=6.2)").retry_after == 7s);
}

TEST_CASE("the network's words count as whole words, and only in the client's own text")
{
    for (auto const* text : {"the proxy is gone", "SOCKS server failed", "no tunnel"}) {
        INFO(text);
        CHECK(read(text).what != category::unknown);
        CHECK(read(text).what != category::permanent);
        CHECK(read(text, 400).what == category::permanent);
        CHECK(read(text, 420).what == category::rate_limit);
    }
    for (auto const* text : {"the proxies.txt", "InitConnection", "HTTPSConnectionPool", "my_proxy",
                             "urllib3.connection.HTTPSConnection", "see https://example.com/proxy", "a \"proxy\"", "proxied",
                             "disconnection", "(caused by InitConnectionRequest(x))", "@proxy", "proxy.example.com"}) {
        INFO(text);
        CHECK(read(text).what == category::unknown);
    }
}

TEST_CASE("a user's own message sees the whole text, and a user's own name what may be read")
{
    auto const rules = classifier{}.when_message("quota", category::custom_0).when_name("OUR_NAME", category::custom_1);
    CHECK(rules.classify({.message = "Bad Request: \"my quota\""}).what == category::custom_0);
    CHECK(rules.classify({.message = "Bad Request: OUR_NAME"}).what == category::custom_1);
    CHECK(rules.classify({.message = "Bad Request: the tag \"OUR_NAME\" is bad"}).what == category::unknown);
    CHECK(rules.classify({.message = "OurNameError: gone"}).what == category::custom_1);
}

TEST_CASE("a code is read where clients write it")
{
    auto const rules = classifier{}.when_code(429, category::custom_0);
    for (auto const* text : {"ETELEGRAM: 429 x", "TelegramError: 429: x", "telegram: x (429)", "[429] x", "[429]", "error=429",
                             "Error code: 429", "[Error : 429 : x]", "[code:429]", "statusCode=429", "Too Many Requests",
                             "telegram: Too Many Requests", "[ERROR] 429: x", "ERROR: 429 x", "ERROR 429 Too Many Requests",
                             "ERROR 429 SOME_NAME", "Error[429]", "ERROR 429", "(error_code: \"429\")"}) {
        INFO(text);
        CHECK(rules.classify({.message = text}).what == category::custom_0);
    }
    for (auto const* text :
         {"FLOOD_WAIT (429)", "HTTP code 429", "HTTPError: 429", "#429", "port 429", "https://x/?code=429", "(429) x",
          "ERROR 429 --- [main] x", "[429] [ERROR] x", "429 ERROR: x", "bot[429]: x", "ERROR [429] x", "ERROR:429:x",
          "WARN 429 x", "[error] 429#429: x", "KeyError: 429", "HttpClientErrorException: 429 x"}) {
        INFO(text);
        CHECK(rules.classify({.message = text}).what == category::unknown);
    }
}

TEST_CASE("the Bot API's one word counts beside a code in the text, also after rules in code")
{
    auto const own = classifier{}.when([](failure const&) { return std::optional<classification>{}; }).then(telegram::rules());
    for (auto const& rules : {telegram::rules(), own}) {
        CHECK(rules.classify({.message = "ETELEGRAM: 401 Unauthorized"}).what == category::account_dead);
        CHECK(rules.classify({.message = "telegram: Not Found (404)"}).what == category::session_lost);
        CHECK(rules.classify({.message = "Unauthorized"}).what == category::unknown);
        CHECK(rules.classify({.code = 404, .message = "Not Found"}).what == category::permanent);
    }
}

TEST_CASE("a name that is recognised in some form is not unknown")
{
    auto const unknown = [](std::string text) {
        failure const given{.message = std::move(text)};
        return std::string{telegram::rules().unknown_name(given)};
    };
    CHECK(unknown("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required").empty());
    CHECK(unknown("rpc error code 303: USER_MIGRATE (2)").empty());
    CHECK(unknown("Bad Request: the tag \"NEVER_SEEN_BEFORE\" is bad").empty());
    CHECK(unknown("https://t.me/NEVER_SEEN_BEFORE").empty());
    CHECK(unknown("[400 NEVER_SEEN_BEFORE]") == "NEVER_SEEN_BEFORE");
}

TEST_CASE("the systems' words are found behind any other words, and never within one")
{
    for (std::string_view const words : {"econnreset", "dial tcp", "no such host", "eof occurred in violation of protocol"}) {
        for (std::string const& before :
             {std::string{}, std::string{"x "}, std::string{"conn "}, std::string{"dial "}, std::string{"no such "},
              std::string{"econnrese:"}, std::string{"("}, std::string{"\xC3\xA9 "}, std::string{"dial\t"},
              std::string(200, 'e') + ' ', std::string{"no no such such "}, std::string(9, ' ')}) {
            INFO(before << words);
            CHECK(read(before + std::string{words}).what == category::connection);
            CHECK(read(before + std::string{words} + " eof").what == category::connection);
        }
        for (std::string const& before : {std::string{"x"}, std::string{"7"}, std::string{"_"}, std::string{"no such x"},
                                          std::string{"dial "} + "d", std::string(200, 'e')}) {
            INFO(before << words);
            CHECK(read(before + std::string{words}).what == category::unknown);
        }
    }
}
