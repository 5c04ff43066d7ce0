// Outages: for a span of time every request meets the same fault.
#include "bot_api.hpp"
#include "faults.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <string>

using namespace bot_api_server;
using namespace std::chrono_literals;

namespace {

fault_plan plan_of(char const* text)
{
    return fault_plan::parse(nlohmann::json::parse(text));
}

std::string complaint(char const* text)
{
    try {
        (void)plan_of(text);
    } catch (bad_plan const& wrong) {
        return wrong.what();
    }
    return "none";
}

int status_of_a_send(bot_api& api)
{
    parameters const arguments{{"chat_id", "7"}, {"text", "hello"}};
    return api.handle("1:secret", "sendMessage", &arguments).status;
}

} // namespace

TEST_CASE("an outage begins at its moment and is over at its end", "[outages]")
{
    auto const plan = plan_of(R"({"outages": [{"from_ms": 8000, "for_ms": 3000, "fault": "bad_gateway"},
                                              {"from_ms": 11000, "for_ms": 1000, "fault": "reset_after"}]})");
    CHECK(plan.at(1, 0ms).kind == fault::none);
    CHECK(plan.at(2, 7999ms).kind == fault::none);
    CHECK(plan.at(3, 8000ms).kind == fault::bad_gateway);
    CHECK(plan.at(4, 10999ms).kind == fault::bad_gateway);
    CHECK(plan.at(5, 11000ms).kind == fault::reset_after);
    CHECK(plan.at(6, 12000ms).kind == fault::none);
    CHECK(plan.kinds() == std::vector{fault::bad_gateway, fault::reset_after});
}

TEST_CASE("a scripted request wins over an outage, an outage over the rates", "[outages]")
{
    auto const plan = plan_of(R"({"rates": {"reset_before": 1}, "outages": [{"from_ms": 0, "for_ms": 10, "fault": "bad_gateway"}],
                                  "requests": [{"request": 2, "fault": "silence_after"}]})");
    CHECK(plan.at(1, 0ms).kind == fault::bad_gateway);
    CHECK(plan.at(2, 5ms).kind == fault::silence_after);
    CHECK(plan.at(3, 10ms).kind == fault::reset_before);
}

TEST_CASE("a wait told in an outage has a length", "[outages]")
{
    auto const plan =
        plan_of(R"({"flood_wait_seconds": [4, 4], "outages": [{"from_ms": 0, "for_ms": 10, "fault": "flood_wait"}]})");
    CHECK(plan.at(1, 0ms).retry_after == 4s);
}

TEST_CASE("a bad outage is told by its member", "[outages]")
{
    CHECK(complaint(R"({"outages": 5})") == "outages: not a list");
    CHECK(complaint(R"({"outages": [{"from_ms": 1, "fault": "bad_gateway"}]})") ==
          R"(outages: invalid entry {"fault":"bad_gateway","from_ms":1}; allowed: an object with from_ms, for_ms and fault)");
    CHECK(complaint(R"({"outages": [{"from_ms": -1, "for_ms": 1, "fault": "bad_gateway"}]})")
              .starts_with("from_ms: invalid value -1; allowed: "));
    CHECK(complaint(R"({"outages": [{"from_ms": 1, "for_ms": 0, "fault": "bad_gateway"}]})")
              .starts_with("for_ms: invalid value 0; allowed: "));
    CHECK(complaint(R"({"outages": [{"from_ms": 1, "for_ms": 1, "fault": "rain"}]})") == "fault: unknown fault \"rain\"");
    CHECK(complaint(R"({"outages": [{"from_ms": 1, "for_ms": 1, "fault": "none"}]})") == "outages: invalid fault \"none\"");
    CHECK(complaint(R"({"outages": [{"from_ms": 1, "for_ms": 1, "fault": "blocked"}]})") == "outages: invalid fault \"blocked\"");
    CHECK(complaint(R"({"outages": [{"from_ms": 0, "for_ms": 5, "fault": "bad_gateway"},
                                    {"from_ms": 4, "for_ms": 5, "fault": "reset_after"}]})") == "outages: overlap at from_ms 4");
}

TEST_CASE("an outage counts from the first request, not from the server's start", "[outages]")
{
    support::scratch_directory const files;
    bot_api api{{{"1:secret"},
                 files / "log.jsonl",
                 plan_of(R"({"outages": [{"from_ms": 0, "for_ms": 3600000, "fault": "bad_gateway"}]})")}};
    CHECK(api.handle("1:secret", "getMe", nullptr).status == 200);
    CHECK(status_of_a_send(api) == 502);
}

TEST_CASE("a server that is started again is in the same outage", "[outages]")
{
    using namespace std::chrono;
    support::scratch_directory const files;
    auto const ten_seconds_ago = duration_cast<milliseconds>(system_clock::now().time_since_epoch() - 10s).count();
    std::ofstream{files / "log.jsonl"} << nlohmann::json{{"sequence", 1},     {"time", ten_seconds_ago},
                                                         {"token", "1"},      {"method", "sendMessage"},
                                                         {"delivered", true}, {"status", 200},
                                                         {"draw", 1}}
                                              .dump()
                                       << '\n';
    bot_api api{{{"1:secret"},
                 files / "log.jsonl",
                 plan_of(R"({"outages": [{"from_ms": 9000, "for_ms": 3600000, "fault": "bad_gateway"}]})")}};
    CHECK(status_of_a_send(api) == 502);
}
