// Invariant 7: relogin is the exception among callbacks: its operations stop, it has a budget, and the account is quarantined.
#include "support/scenario.hpp"

using namespace support;
using mend::action;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

step failed_login(ms takes = 0ms)
{
    return raises(std::runtime_error{"it cannot be done"}, takes);
}

}  // namespace

TEST_CASE("7.19 a lost session is logged in again, once for all, and the operations go on", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& relogin = in.on_relogin({ok(3s)});
    for (int index = 0; index < 10; ++index)
        in.spawn({lost_session(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.starts() == times{1s});
    CHECK(relogin.starts() == times{3s});
    for (auto const& each : in.operations)
        CHECK(each.starts() == times{0s, 6s}); // no backoff
}

TEST_CASE("7.20 without a relogin callback operations stop, and the account is quarantined for 10 min", "[invariant-7]")
{
    scenario in;
    auto& disconnect = in.on_disconnect();
    auto& met = in.spawn({.method = "send"}, {lost_session()});
    auto& other = in.spawn(1min, {.method = "edit", .peer = 5}, {ok()});
    auto& almost = in.spawn(10min - 1ms, {}, {ok()});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 7; ++index)
        crowd.push_back(&in.spawn(10min + 1ms * index, {.method = "send"}, {ok(1s)}));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(disconnect.count() == 0);
    CHECK(met.why() == stop_reason::not_retryable);
    CHECK(met.attempts.size() == 1);
    for (auto const* each : {&other, &almost}) {
        CHECK(each->why() == stop_reason::quarantined);
        CHECK(each->attempts.empty());
        CHECK(in.retry_at(*each) == 10min);
    }
    CHECK(crowd[0]->starts() == times{10min});
    CHECK(in.attempts_between(10min, 10min + 1s) == 1);
    CHECK(in.attempts_between(10min + 1s, 10min + 2s) == 2);
    CHECK(in.attempts_between(10min + 2s, 10min + 3s) == 4);
}

TEST_CASE("7.21 when relogin fails its operations stop with quarantined, and the account is quarantined for 10 min",
          "[invariant-7]")
{
    struct way {
        char const* name;
        step what;
        ms ends;
    };
    way const ways[] = {
        {"fails", failed_login(3s), 6s}, {"is overdue", ok(forever), 63s}, {"ignores cancellation", ok(1000s).stubborn(), 123s}};
    for (auto const& each : ways) {
        CAPTURE(each.name);
        scenario in;
        auto& relogin = in.on_relogin({each.what});
        auto& first = in.spawn({lost_session(1s)});
        auto& joined = in.spawn({lost_session(2s)});
        auto& waiting = in.spawn(4s, {}, {ok()});
        auto& later = in.spawn(5min, {}, {ok()});
        auto& after = in.spawn(20min, {}, {ok()});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 1);
        for (auto const* stopped : {&first, &joined, &waiting}) {
            CHECK(stopped->why() == stop_reason::quarantined);
            CHECK(stopped->ended == each.ends);
            CHECK(in.retry_at(*stopped) == each.ends + 10min);
        }
        CHECK_THROWS_AS(first.result->value(), mend::recovery_error);
        CHECK(first.attempts.size() == 1);
        CHECK(waiting.attempts.empty());
        CHECK(later.why() == stop_reason::quarantined);
        CHECK(in.retry_at(later) == each.ends + 10min);
        CHECK(after.succeeded());
    }
}

TEST_CASE("7.22 a disconnect that fails fails the relogin as well", "[invariant-7]")
{
    scenario in;
    in.on_disconnect({failed_login()});
    auto& relogin = in.on_relogin();
    auto& operation = in.spawn({lost_session()});
    in.run();

    CHECK(relogin.count() == 0);
    CHECK(operation.why() == stop_reason::quarantined);
    CHECK(in.retry_at(operation) == 10min);
}

TEST_CASE("7.23 relogin runs at most 3 times in 24 h, over the budget operations stop until it refills", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    std::vector<operation_record*> three;
    for (int hour = 0; hour < 3; ++hour)
        three.push_back(&in.spawn(std::chrono::hours{hour}, {}, {lost_session()}));
    auto& fourth = in.spawn(3h, {}, {lost_session()});
    auto& fifth = in.spawn(4h, {}, {ok()});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 3; ++index)
        crowd.push_back(&in.spawn(24h + 10s, {}, {ok(1s)}));
    auto& again = in.spawn(24h + 1min, {}, {lost_session()});
    auto& over = in.spawn(24h + 30min, {}, {lost_session()}); // the second of the three is younger than 24 h
    in.run();

    REQUIRE(in.all_ended());
    for (auto const* each : three)
        CHECK(each->succeeded());
    CHECK(fourth.why() == stop_reason::recovery_budget);
    CHECK(fourth.attempts.size() == 1);
    CHECK(fourth.ended == 3h);
    REQUIRE(in.retry_at(fourth));
    CHECK(*in.retry_at(fourth) >= 24h);
    CHECK(*in.retry_at(fourth) <= 24h + 5s);
    CHECK(fifth.why() == stop_reason::quarantined);
    CHECK(in.retry_at(fifth) == in.retry_at(fourth));
    CHECK(in.attempts_between(24h + 10s, 24h + 11s) == 1);
    CHECK(in.attempts_between(24h + 11s, 24h + 12s) == 2);
    CHECK(again.succeeded());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(relogin.count() == 4);
}

TEST_CASE("7.24 the relogin budget is the account's own, and as large as the options set it", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    auto& relogin = in.on_relogin();
    auto& second = in.another("second");
    auto& first = in.spawn({lost_session()});
    auto& over = in.spawn(1h, {}, {lost_session()});
    auto& other = in.spawn(second, 1h, {}, {lost_session()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first.succeeded());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(other.succeeded());
    CHECK(relogin.count() == 2);
}

TEST_CASE("7.25 the times of an account's relogins outlive a period of good health", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    in.on_relogin();
    in.spawn({lost_session()});
    for (int hour = 1; hour < 20; ++hour)
        in.spawn(std::chrono::hours{hour}, {}, {ok()});
    auto& over = in.spawn(20h, {}, {lost_session()});
    in.run();

    CHECK(over.why() == stop_reason::recovery_budget);
}

TEST_CASE("7.26 release lifts the quarantine and refills the budget", "[invariant-7]")
{
    auto options = exact_options();
    options.relogins_per_day = 1;
    scenario in{options};
    auto& relogin = in.on_relogin();
    in.spawn({lost_session()});
    auto& over = in.spawn(1h, {}, {lost_session()});
    in.at(2h, [&] { in.sender.release(); });
    auto& again = in.spawn(3h, {}, {lost_session()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(over.why() == stop_reason::recovery_budget);
    CHECK(again.succeeded());
    CHECK(relogin.count() == 2);
    CHECK(in.events->count(event_kind::released) == 1);
}

TEST_CASE("7.27 ten thousand queued sends do not become ten thousand 401s", "[invariant-7]")
{
    scenario in;
    SECTION("relogin fails")
    {
        auto& relogin = in.on_relogin(always(failed_login(1s)));
        in.spawn({lost_session(10ms)});
        for (int index = 1; index < 10'000; ++index)
            in.spawn(20ms + ms{index % 1000}, {.peer = index}, always(lost_session()));
        in.run();
        REQUIRE(in.all_ended());
        CHECK(in.attempts.size() == 1);
        CHECK(relogin.count() == 1);
    }
    SECTION("without a callback, while the senders keep retrying")
    {
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{360 * index}, {.peer = index + 1}, always(lost_session())); // an hour
        in.run();
        REQUIRE(in.all_ended());
        CHECK(in.attempts.size() <= 7); // one in each 10 min
    }
    SECTION("the budget is spent")
    {
        auto& relogin = in.on_relogin();
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{5000 * index}, {.peer = index + 1}, always(lost_session())); // 14 h
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 3);
        CHECK(in.attempts.size() <= 8);
    }
    SECTION("relogin succeeds, and the session is as lost as before")
    {
        auto& relogin = in.on_relogin();
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{index}, {.peer = index + 1}, always(lost_session(10ms)));
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 3);
        CHECK(in.attempts.size() <= 100);
    }
    SECTION("the session is well again after one relogin")
    {
        bool well = false;
        auto& relogin = in.on_relogin({ok(1s)});
        relogin.on_begin = [&] { well = true; };
        script const server = std::function<step(unsigned)>{[&](unsigned) { return well ? ok(1s) : lost_session(10ms); }};
        for (int index = 0; index < 10'000; ++index)
            in.spawn(ms{index}, {.peer = index + 1}, server);
        in.run();
        REQUIRE(in.all_ended());
        CHECK(relogin.count() == 1);
        auto const refused =
            std::count_if(in.attempts.begin(), in.attempts.end(), [](auto const& each) { return !each.succeeded; });
        CHECK(refused <= 11); // those that were under way when the first came back
    }
}

TEST_CASE("7.28 a session that is found lost while the account is quarantined costs no further login", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin(always(failed_login()));
    in.spawn({lost_session(1s)}); // relogin fails at 3 s
    auto& late = in.spawn({lost_session(10s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(late.why() == stop_reason::quarantined);
    CHECK(late.ended == 10s);
    CHECK(relogin.count() == 1);
}

TEST_CASE("7.29 a login waits out the operation's told wait, and after it nothing is waited for", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    mend::failure told;
    told.known = category::session_lost;
    told.retry_after = 30s;
    auto& waits = in.spawn({fails(told)});
    auto& goes_on = in.spawn(1h, {}, {lost_session()});
    in.run();

    CHECK(relogin.starts() == times{30s, 1h + 2s});
    CHECK(waits.starts() == times{0s, 30s});
    CHECK(goes_on.starts() == times{1h, 1h + 2s});
}

TEST_CASE("7.30 a dead account is never logged in", "[invariant-7]")
{
    scenario in;
    auto& relogin = in.on_relogin();
    auto& met = in.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    auto& later = in.spawn(24h * 365, {}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(met.why() == stop_reason::not_retryable);
    CHECK(later.why() == stop_reason::quarantined);
    CHECK(in.retry_at(later) == std::nullopt);
    CHECK(relogin.count() == 0);
}

TEST_CASE("7.31 a login that is needed after a weaker recovery does not run on an account that is dead by then", "[invariant-7]")
{
    scenario in;
    in.on_reconnect(always(ok(5s)));
    auto& logins = in.on_relogin();
    mend::call const hurried{.deadline = in.moment(3s)};
    in.spawn(0ms, hurried, {lost_session(2s)});
    in.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED", 4s)});
    in.spawn(0ms, {}, {broken(1s)});
    in.run();
    CHECK(logins.count() == 0);
}
