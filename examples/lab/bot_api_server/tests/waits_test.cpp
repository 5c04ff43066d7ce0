// Waits that are told a second time.
#include "bot_api.hpp"
#include "waits.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>

using namespace bot_api_server;
using namespace std::chrono_literals;

TEST_CASE("a wait told again is told in whole seconds, never too short", "[waits]")
{
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::method, 0, 7, start, 3s);
    auto const again = told.tell_again(0, 8, start + 500ms);
    REQUIRE(again);
    CHECK(again->scope == wait_scope::method);
    CHECK(again->retry_after == 3s);
    CHECK(again->until == start + 3500ms);
}

TEST_CASE("a wait told again ends when it was to end", "[waits]")
{
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::chat, 0, 7, start, 1s);
    CHECK(told.tell_again(0, 7, start + 999ms));
    CHECK_FALSE(told.tell_again(0, 7, start + 1000ms));
    CHECK_FALSE(told.tell_again(0, 8, start));
}

TEST_CASE("two that each wait for as long as they were told do not keep one another out", "[waits]")
{
    waits told;
    moment const start{1'000'000ms};
    told.begin(wait_scope::method, 0, 7, start, 1s);
    auto const second = told.tell_again(0, 8, start + 10ms);
    REQUIRE(second);
    CHECK_FALSE(told.tell_again(0, 7, start + 1s));
    CHECK_FALSE(told.tell_again(0, 8, second->until));
}

TEST_CASE("a server that is started again knows when a wait was to end", "[waits]")
{
    using std::chrono::system_clock;
    support::scratch_directory const files;
    auto const unix_ms = [](system_clock::duration from_now) {
        auto const at = (system_clock::now() + from_now).time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
    };
    auto const line = [&](int sequence, system_clock::duration until, bool during_wait) {
        return nlohmann::json{{"sequence", sequence},
                              {"time", unix_ms(-1min)},
                              {"token", "1"},
                              {"method", "sendMessage"},
                              {"chat_id", 7},
                              {"delivered", false},
                              {"status", 429},
                              {"retry_after", 1},
                              {"scope", "method"},
                              {"until", unix_ms(until)},
                              {"during_wait", during_wait}}
                   .dump() +
               '\n';
    };
    std::ofstream{files / "log.jsonl"} << line(1, -30s, false) << line(2, 1h, true);
    bot_api api{{{"1:secret"}, files / "log.jsonl", {}}};
    parameters const arguments{{"chat_id", "7"}, {"text", "hello"}};
    CHECK(api.handle("1:secret", "sendMessage", &arguments).status == 200);
}
