// The summary for people.
#include "support/catch.hpp"

#include <mend/report.hpp>

using namespace std::chrono_literals;

namespace {

mend::event at(mend::event_kind kind, std::chrono::seconds moment, std::uint64_t operation)
{
    mend::event happened;
    happened.kind = kind;
    happened.at = std::chrono::system_clock::time_point{} + moment;
    happened.operation = operation;
    return happened;
}

}  // namespace

TEST_CASE("a report sums the time that operations lost to each category")
{
    mend::report report;
    auto failed = at(mend::event_kind::attempt_failed, 10s, 1);
    failed.what = mend::category::flood_wait;
    report.on_event(failed);
    report.on_event(at(mend::event_kind::retrying, 47s, 1));
    report.on_event(at(mend::event_kind::recovered, 48s, 1));
    failed.operation = 2;
    report.on_event(failed);
    auto gave_up = at(mend::event_kind::gave_up, 13s, 2);
    gave_up.why = mend::stop_reason::retries_exhausted;
    report.on_event(gave_up);

    auto const losses = report.losses();
    REQUIRE(losses.count(mend::category::flood_wait) == 1);
    CHECK(losses.at(mend::category::flood_wait).failures == 2);
    CHECK(losses.at(mend::category::flood_wait).waited == 40s);
    CHECK(report.retries() == 1);
    CHECK(report.recovered() == 1);
    CHECK(report.stops().at(mend::stop_reason::retries_exhausted) == 1);
    CHECK(report.text().find("flood_wait") != std::string::npos);
}

TEST_CASE("a report counts the runs of callbacks and a wall clock that jumps back costs nothing")
{
    mend::report report;
    auto ended = at(mend::event_kind::action_ended, 1s, 0);
    ended.act = mend::action::rotate_proxy;
    ended.result = mend::action_result::succeeded;
    ended.delay = 3s;
    report.on_event(ended);
    ended.result = mend::action_result::timed_out;
    report.on_event(ended);
    CHECK(report.actions().at(mend::action::rotate_proxy).succeeded == 1);
    CHECK(report.actions().at(mend::action::rotate_proxy).failed == 1);
    CHECK(report.actions().at(mend::action::rotate_proxy).taken == 6s);

    report.on_event(at(mend::event_kind::attempt_failed, 100s, 1));
    report.on_event(at(mend::event_kind::retrying, 50s, 1));
    CHECK(report.losses().at(mend::category::unknown).waited == 0s);
}

TEST_CASE("a report of a quiet night is empty")
{
    CHECK(mend::report{}.text().empty());
}

TEST_CASE("a report shows the error names that no rule names")
{
    mend::report report;
    auto failed = at(mend::event_kind::attempt_failed, 0s, 1);
    failed.unknown_name = "BRAND_NEW_NAME";
    report.on_event(failed);
    REQUIRE(report.unknown_names().size() == 1);
    CHECK(report.unknown_names().front().name == "BRAND_NEW_NAME");
    CHECK(report.text().find("BRAND_NEW_NAME") != std::string::npos);
}

TEST_CASE("a report tells what was refused and cancelled apart from what was given up")
{
    mend::report report;
    auto refused = at(mend::event_kind::refused, 5s, 1);  // never failed: it has cost no time
    refused.why = mend::stop_reason::quarantined;
    report.on_event(refused);
    auto failed = at(mend::event_kind::attempt_failed, 10s, 2);
    failed.what = mend::category::connection;
    report.on_event(failed);
    report.on_event(at(mend::event_kind::cancelled, 14s, 2));
    CHECK(report.stops().at(mend::stop_reason::quarantined) == 1);
    CHECK(report.stops().at(mend::stop_reason::cancelled) == 1);
    REQUIRE(report.losses().size() == 1);
    CHECK(report.losses().at(mend::category::connection).waited == 4s);
}

TEST_CASE("a report prints the callbacks' runs, with their time")
{
    mend::report report;
    auto ended = at(mend::event_kind::action_ended, 1s, 0);
    ended.act = mend::action::relogin;
    ended.result = mend::action_result::succeeded;
    ended.delay = 1500ms;
    report.on_event(ended);
    CHECK(report.text() == "callbacks                done   failed        time\n"
                           "  relogin                   1        0       1.5 s\n"
                           "0 retries, 0 operations recovered\n");
}

TEST_CASE("a report passes over what it has no column for")
{
    mend::report report;
    report.on_event(at(mend::event_kind::released, 1s, 0));
    CHECK(report.text().empty());
}
