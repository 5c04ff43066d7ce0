#include "log_summary.hpp"

#include "contains.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace explain;
using namespace std::string_literals;

namespace {

log_summary summary_of(std::vector<std::string> const& texts)
{
    log_summary result;
    std::uint64_t number = 0;
    for (auto const& text : texts)
        result.add({text, ++number, false});
    return result;
}

}  // namespace

TEST_CASE("a summary counts lines by category, with their waits and texts")
{
    auto const found = summary_of({"connected to proxy", "FLOOD_WAIT_37", "ordinary", "WARNING FLOOD_WAIT_5", "420: FLOOD_WAIT_8",
                                   "PEER_FLOOD", "[400 NEW_NAME]", "ERROR disk is full", "\xff\x00 [400 NEW_NAME]"s});
    auto const json = found.to_json("log", 3);
    CHECK(json["lines"] == 9);
    CHECK(json["errors"] == 6);
    auto const& flood = json["categories"][0];
    CHECK(flood["category"] == "flood_wait");
    CHECK(flood["lines"] == 3);
    CHECK(flood["share"] == 0.5);
    CHECK(flood["first_line"] == 2);
    CHECK(flood["last_line"] == 5);
    CHECK(flood["longest_wait_ms"] == 37'000);
    CHECK(flood["sum_of_waits_ms"] == 50'000);
    CHECK(flood["texts"][0]["text"] == "FLOOD_WAIT_#");
    CHECK(flood["texts"][0]["at_least"] == 3);
    CHECK(json["categories"].size() == 3);
    CHECK(json["unknown_names"][0]["name"] == "NEW_NAME");
    CHECK(json["unrecognised"]["lines"] == 1);

    auto const text = found.to_text("log", 3);
    CHECK(contains(text, "log: 9 lines, 6 of them with an error"));
    CHECK(contains(text, "50s"));
    CHECK(contains(text, "NEW_NAME"));
    CHECK(contains(text, "ERROR disk is full"));
}

TEST_CASE("sums of waits saturate")
{
    auto const found = summary_of({"FLOOD_WAIT_99999999999999999999", "FLOOD_WAIT_99999999999999999999"});
    CHECK(contains(found.to_text("log", 3), "for ever"));
}

TEST_CASE("a log without errors has a short summary")
{
    CHECK(summary_of({}).to_text("log", 3) == "log: 0 lines, 0 of them with an error\n");
    CHECK(summary_of({}).to_json("log", 3)["categories"].empty());
}

TEST_CASE("the memory of a summary is bounded, and its counts say so")
{
    log_summary found;
    std::uint64_t number = 0;
    for (int each = 0; each < 5'000; ++each) {
        std::string name = "[400 NEW_";
        for (int rest = each; rest > 0; rest /= 26)
            name += static_cast<char>('A' + rest % 26);
        auto const text = name + "_X]";
        found.add({text, ++number, false});
    }
    auto const json = found.to_json("log", 1'000'000);
    CHECK(json["errors"] == 5'000);
    CHECK(json["unknown_names"].size() == log_summary::names_kept);
    CHECK(json["categories"][0]["texts"].size() == log_summary::texts_kept);
    CHECK(contains(found.to_text("log", 3), "and others"));
}
