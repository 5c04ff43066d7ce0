#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include "support/catalogue.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace mend;
using namespace std::chrono_literals;

namespace {

using support::catalogue;
using support::entry;

std::string filled(std::string_view pattern, std::string_view number)
{
    auto const begin = pattern.find('{');
    if (begin == std::string_view::npos)
        return std::string{pattern};
    auto const end = pattern.find('}');
    return std::string{pattern.substr(0, begin)}.append(number).append(pattern.substr(end + 1));
}

bool has_number(entry const& each)
{
    return each.pattern.find('{') != std::string_view::npos;
}

void check(entry const& expected, failure const& what)
{
    INFO(what.code << ' ' << what.message);
    auto const says = telegram::rules().classify(what);
    CHECK(to_string(says.what) == to_string(expected.what));
    CHECK(to_string(says.where) == to_string(expected.where));
    CHECK(says.instead == expected.instead);
    if (expected.delivered)
        CHECK(to_string(says.delivered) == to_string(*expected.delivered));
    if (expected.wait != 0)
        CHECK(says.retry_after == std::chrono::seconds{expected.wait});
    else if (expected.pattern.find("{seconds}") != std::string_view::npos)
        CHECK(says.retry_after == 37s);
    else if (expected.pattern.find("{minutes}") != std::string_view::npos)
        CHECK(says.retry_after == 37min);
    else
        CHECK(!says.retry_after);
    if (expected.pattern.find("{unix_time}") != std::string_view::npos)
        CHECK(says.retry_at == std::chrono::system_clock::time_point{37s});
    else
        CHECK(!says.retry_at);
    if (expected.pattern.find("{number}") != std::string_view::npos)
        CHECK(says.number == 37);
}

}  // namespace

TEST_CASE("every name of the catalogue means the same under every code and in every client's text")
{
    for (auto const& each : catalogue) {
        auto const name = filled(each.pattern, "37");
        for (int const code : {0, 303, 400, 401, 403, 406, 420, 429, 500, -503})
            check(each, {.code = code, .message = name});
        check(each, {.message = "400: " + name});
        check(each, {.message = "RPCError 420: " + name + " (caused by SendMessageRequest)"});
        check(each, {.message = "rpc error code 500: " + name});
        check(each, {.message = "Telegram says: [400 " + name + "] - Some sentence (caused by \"messages.SendMessage\")"});
        if (has_number(each)) {
            check(each, {.message = "Telegram says: [420 " + filled(each.pattern, "X") + "] - It takes something (value: 37)"});
            auto without = std::string{each.pattern};
            without.erase(without.find('{') - 1, without.find('}') - without.find('{') + 2);
            check(each, {.message = "rpc error code 420: " + without + " (37)"});
        }
    }
}

TEST_CASE("every name of the catalogue is known, and as a whole only")
{
    for (auto const& each : catalogue) {
        auto const name = filled(each.pattern, "37");
        INFO(name);
        CHECK(telegram::is_known_name(name));
        CHECK(!telegram::is_known_name("NOT_" + name));
        CHECK(!telegram::is_known_name(name + "_EITHER"));
    }
    CHECK(!telegram::is_known_name(""));
    CHECK(!telegram::is_known_name("FLOOD_WAIT_X"));
    CHECK(!telegram::is_known_name(std::string(1'000'000, 'A')));
}

TEST_CASE("a name that the catalogue does not know is found in the failure")
{
    CHECK(telegram::rules().unknown_name({.code = 400, .message = "NEVER_SEEN_BEFORE"}) == "NEVER_SEEN_BEFORE");
    CHECK(telegram::rules().unknown_name({.message = "[400 NEVER_SEEN_BEFORE] - text"}) == "NEVER_SEEN_BEFORE");
    CHECK(telegram::rules().unknown_name({.code = 420, .message = "FLOOD_WAIT_37"}).empty());
    CHECK(telegram::rules().unknown_name({.code = 400, .message = "Bad Request: text is empty"}).empty());
    CHECK(telegram::rules().unknown_name({}).empty());
}

TEST_CASE("every name of the catalogue means the same when TDLib brings it")
{
    for (auto const& each : catalogue) {
        auto const name = filled(each.pattern, "37");
        check(each, telegram::tdlib_failure(420, name));
        check(each, telegram::tdlib_failure(400, name));
    }
}

TEST_CASE("a NUL byte does not match as a number")
{
    CHECK(!telegram::is_known_name(std::string_view{"SLOWMODE_WAIT_\0", 15}));
    CHECK(telegram::rules().classify({.message = std::string{"INTERDC_\0_CALL_ERROR", 20}}).what == category::unknown);
    auto const rules = classifier{}.when_name("a name of {number} words", category::custom_0);
    CHECK(rules.classify({.message = "a name of 5 words"}).what == category::custom_0);
    CHECK(rules.classify({.message = std::string{"a name of \0 words", 17}}).what == category::unknown);
}

TEST_CASE("a new name of a known family means what the family means, and no other does")
{
    auto const read = [](char const* name) { return telegram::rules().classify({.code = 400, .message = name}).what; };
    CHECK(read("CHAT_SEND_HOLOGRAMS_FORBIDDEN") == category::target_unavailable);
    CHECK(read("CHAT_SEND_HOLOGRAMS_TWICE") == category::permanent);
    CHECK(read("FROZEN_HOLOGRAM_INVALID") == category::account_dead);
    CHECK(read("FILE_REFERENCE_12_TORN") == category::stale);
}

TEST_CASE("a word that is longer than any name is not a new name of Telegram's")
{
    std::string const word = "A_" + std::string(1'000'000, 'B');
    CHECK(mend::telegram::rules().unknown_name({.code = 400, .message = word}).empty());
    CHECK(mend::telegram::rules().unknown_name({.code = 400, .message = "A_NEW_NAME"}) == "A_NEW_NAME");
}
