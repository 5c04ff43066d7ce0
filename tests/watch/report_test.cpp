// The summary for people.
#include "support/scenario.hpp"

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

TEST_CASE("a report distinguishes what was refused and cancelled from what was given up")
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
    auto const text = report.text();
    CHECK(text.find("callback                                         done     failed           time\n"
                    "  relogin                                           1          0          1.5 s\n") != std::string::npos);
}

TEST_CASE("a report passes over what it has no column for")
{
    mend::report report;
    report.on_event(at(mend::event_kind::released, 1s, 0));
    CHECK(report.text() == "period      1970-01-01 00:00:01 to 1970-01-01 00:00:01 UTC, 0.0 s\n"
                           "failures    0; 0 retries, 0 operations recovered\n");
}

TEST_CASE("a report is a table of the period, operations, categories, accounts, methods, stop reasons and messages")
{
    mend::report report;
    report.count_operations([] { return mend::report::totals{1000, 942}; });
    std::uint64_t operation = 0;
    auto const fails = [&](char const* account, char const* method, mend::category what, int code, char const* message) {
        auto failed = at(mend::event_kind::attempt_failed, 10s, ++operation);
        failed.account_id = account;
        failed.method = method;
        failed.what = what;
        failed.code = code;
        failed.message = message;
        report.on_event(failed);
        failed.at += 75s;
        failed.kind = mend::event_kind::retrying;
        report.on_event(failed);
    };
    fails("shop-1", "sendMessage", mend::category::flood_wait, 429, "Too Many Requests: retry after 37");
    fails("shop-1", "sendMessage", mend::category::flood_wait, 429, "Too Many Requests: retry after 8");
    fails("shop-2", "sendPhoto", mend::category::temporary, 502, "<html><title>502 Bad Gateway</title></html>");
    auto end = at(mend::event_kind::recovered, 86s, 1);
    end.account_id = "shop-1";
    end.method = "sendMessage";
    report.on_event(end);
    end = at(mend::event_kind::gave_up, 86s, 3);
    end.account_id = "shop-2";
    end.method = "sendPhoto";
    end.why = mend::stop_reason::delivery_unknown;
    report.on_event(end);
    CHECK(report.text() == "period      1970-01-01 00:00:10 to 1970-01-01 00:01:26 UTC, 1 min 16 s\n"
                           "operations  1000 ended, 942 succeeded (94.2 %)\n"
                           "failures    3; 3 retries, 1 operation recovered\n"
                           "\n"
                           "category                                     failures      time lost\n"
                           "  flood_wait                                        2     2 min 30 s\n"
                           "  temporary                                         1     1 min 15 s\n"
                           "\n"
                           "account                                      failures  recovered  stopped      time lost\n"
                           "  shop-1                                            2          1        0     2 min 30 s\n"
                           "  shop-2                                            1          0        1     1 min 15 s\n"
                           "\n"
                           "method                                       failures  recovered  stopped      time lost\n"
                           "  sendMessage                                       2          1        0     2 min 30 s\n"
                           "  sendPhoto                                         1          0        1     1 min 15 s\n"
                           "\n"
                           "why operations stopped                          count\n"
                           "  delivery_unknown                                  1\n"
                           "\n"
                           "most frequent messages                           code   failures\n"
                           "  Too Many Requests: retry after #                429          2\n"
                           "  # Bad Gateway                                   502          1\n");
}

TEST_CASE("a report that is subscribed knows the operations and successes of its managers, also when they are gone")
{
    auto const told = std::make_shared<mend::report>();
    {
        support::scenario in;
        in.manager.subscribe(told);
        in.spawn({support::ok()});
        in.spawn({support::unavailable(), support::ok()});
        in.spawn({support::refused()});
        in.run();
        CHECK(told->operations().operations == 3);
        CHECK(told->operations().succeeded == 2);
        CHECK(told->text().find("operations  3 ended, 2 succeeded (66.6 %)") != std::string::npos);
        CHECK(told->accounts().at("sender").failures == 2);
        CHECK(told->accounts().at("sender").recovered == 1);
        CHECK(told->accounts().at("sender").stopped == 1);
    }
    CHECK(told->operations().operations == 3);
    support::scenario other;
    other.manager.subscribe(told);
    other.spawn({support::ok()});
    other.run();
    CHECK(told->operations().operations == 4);
    CHECK(told->operations().succeeded == 3);
}

TEST_CASE("a report of operations that all succeeded prints how many there were")
{
    auto const told = std::make_shared<mend::report>();
    support::scenario in;
    in.manager.subscribe(told);
    CHECK(told->text().empty());
    in.spawn({support::ok()});
    in.run();
    CHECK(told->text() == "operations  1 ended, 1 succeeded (100.0 %)\nfailures    0; 0 retries, 0 operations recovered\n");
}

TEST_CASE("a report counts messages that differ in their numbers alone as one, and the codes apart")
{
    mend::report report;
    auto failed = at(mend::event_kind::attempt_failed, 1s, 1);
    for (auto const& [code, text] : {std::pair{429, "retry after 5"}, {429, "retry after 37"}, {420, "retry after 5"}}) {
        failed.code = code;
        failed.message = text;
        report.on_event(failed);
    }
    auto const messages = report.messages();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].text == "retry after #");
    CHECK(messages[0].code == 429);
    CHECK(messages[0].failures == 2);
    CHECK(messages[1].code == 420);
}

TEST_CASE("a report stays small, for any names that a server invents")
{
    mend::report report;
    auto failed = at(mend::event_kind::attempt_failed, 1s, 1);
    std::string name;
    for (std::size_t index = 0; index != 3000; ++index) {
        name = std::string(index / 26, 'z') + static_cast<char>('a' + index % 26);
        failed.account_id = failed.method = failed.message = name;
        report.on_event(failed);
    }
    CHECK(report.accounts().size() == mend::report::most_accounts + 1);
    CHECK(report.accounts().at("others").failures == 2000);
    CHECK(report.methods().size() == mend::report::most_methods + 1);
    CHECK(report.messages().size() == mend::report::most_messages + 1);
    CHECK(report.messages().front().text == "others");
    CHECK(report.messages().back().text.size() < 130);
    CHECK(report.text().find("and 991 others\n") != std::string::npos);
}
