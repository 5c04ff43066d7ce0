#include <mend/event.hpp>

#include "support/scenario.hpp"

#include <set>

namespace {

using namespace support;
using mend::event_kind;

std::vector<event_kind> kinds(event_log const& log)
{
    std::vector<event_kind> all;
    for (auto const& each : log.all)
        all.push_back(each.kind);
    return all;
}

}  // namespace

TEST_CASE("every kind of event and every result has a name of its own")
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < mend::event_kind_count; ++index)
        names.insert(to_string(static_cast<event_kind>(index)));
    CHECK(names.size() == mend::event_kind_count);
    CHECK(names.count("?") == 0);
    CHECK(to_string(static_cast<event_kind>(mend::event_kind_count)) == "?");
    CHECK(to_string(event_kind::attempt_failed) == "attempt_failed");
    CHECK(to_string(mend::action_result::timed_out) == "timed_out");
    CHECK(to_string(static_cast<mend::action_result>(200)) == "?");
}

TEST_CASE("events tell an operation's story in order")
{
    scenario s;
    s.spawn(0ms, {.method = "m", .context = "label"}, {unavailable(), ok()});
    s.run();
    auto const& all = s.events->all;
    REQUIRE(all.size() >= 3);
    CHECK(all.front().kind == event_kind::attempt_failed);
    CHECK(all.front().attempt == 1);
    CHECK(all.front().what == mend::category::temporary);
    CHECK(all.front().act == mend::action::retry);
    CHECK(all.front().code == 500);
    CHECK(all.front().message == "INTERNAL");
    CHECK(all.front().delay == 1s);
    CHECK(all.back().kind == event_kind::recovered);
    CHECK(all.back().delay == 1s);
    CHECK(s.events->count(event_kind::retrying) == 1);
    for (auto const& each : all) {
        CHECK(each.account == "sender");
        CHECK(each.phone == "+1000");
        CHECK(each.method == "m");
        CHECK(each.context == "label");
        CHECK(each.operation == all.front().operation);
        CHECK(each.operation != 0);
    }
}

TEST_CASE("every operation that failed ends with one event of its end")
{
    scenario s;
    s.on_reconnect({ok(1s)});
    s.spawn({unavailable(), ok()});
    s.spawn(1min, {}, {refused()});
    auto& stopped = s.spawn(2min, {}, {unavailable(), ok()});
    s.at(2min + 500ms, [&] { stopped.cancel(); });
    s.spawn(3min, {}, {broken(), flood(2), ok()});
    s.run();
    std::set<std::uint64_t> failed;
    std::multiset<std::uint64_t> ended;
    for (auto const& each : s.events->all) {
        if (each.kind == event_kind::attempt_failed)
            failed.insert(each.operation);
        if (each.kind == event_kind::recovered || each.kind == event_kind::gave_up || each.kind == event_kind::cancelled)
            ended.insert(each.operation);
    }
    CHECK(failed.size() == 4);
    CHECK(ended.size() == 4);
    for (auto each : failed)
        CHECK(ended.count(each) == 1);
}

TEST_CASE("events tell of a callback's start and end, and how long it took")
{
    scenario s;
    s.on_reconnect({ok(3s)});
    s.spawn({broken(), ok()});
    s.run();
    auto const started = s.events->of(event_kind::action_started);
    REQUIRE(!started.empty());
    auto const ended = s.events->of(event_kind::action_ended);
    REQUIRE(!ended.empty());
    CHECK(ended.back().act == mend::action::reconnect);
    CHECK(ended.back().result == mend::action_result::succeeded);
    CHECK(ended.back().at == 5s);  // settle 2 s
    CHECK(started.back().act == mend::action::reconnect);
    CHECK(ended.back().delay == ended.back().at - started.back().at);
    auto const order = kinds(*s.events);
    CHECK(order.front() == event_kind::attempt_failed);
}

TEST_CASE("a missing callback is reported as such")
{
    scenario s;
    s.spawn({broken(), ok()});
    s.run();
    bool reported = false;
    for (auto const& each : s.events->of(event_kind::action_ended))
        reported = reported || (each.act == mend::action::reconnect && each.result == mend::action_result::missing);
    CHECK(reported);
}
