// What hostile input has found in the library, and what holds since.
#include "support/scenario.hpp"
#include <limits>
#include <mend/proxy_pool.hpp>
#include <mend/report.hpp>
#include <mend/telegram/rules.hpp>
using namespace support;
using mend::category;
using mend::stop_reason;
using std::chrono::milliseconds;

namespace {
mend::options saying(mend::classification says, mend::options made = exact_options())
{
    mend::classifier rules;
    rules.when([says](mend::failure const&) -> std::optional<mend::classification> { return says; });
    made.rules = rules;
    return made;
}
} // namespace

TEST_CASE("a user's rule that names a category that does not exist is unknown, and writes nowhere")
{
    scenario in{saying({.what = static_cast<category>(200)})};
    auto& operation = in.spawn({.method = "send", .idempotent = true}, always(refused()));
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.result->category() == category::unknown);
    CHECK(operation.attempts.size() == 3);
    CHECK(in.manager.stats().failures_of(category::unknown) == 3);
}

TEST_CASE("a failure that states a category that does not exist is left to the other rules")
{
    mend::failure what;
    what.code = 420;
    what.message = "FLOOD_WAIT_3";
    what.known = static_cast<category>(200);
    CHECK(mend::telegram::rules().classify(what).what == category::flood_wait);
}

TEST_CASE("a rule for a category that does not exist is refused or unknown")
{
    mend::classifier rules;
    try {
        rules.when_code(7, static_cast<category>(200));
    } catch (std::invalid_argument const&) {
        return;
    }
    mend::failure what;
    what.code = 7;
    CHECK(rules.classify(what).what == category::unknown);
}

TEST_CASE("a delivery that does not exist is unknown, so that nothing goes out twice")
{
    scenario in{saying({.what = category::temporary, .delivered = static_cast<mend::delivery>(77)})};
    auto& once = in.spawn({.method = "send", .idempotent = false}, always(unavailable()));
    in.run();
    CHECK(once.attempts.size() == 1);
    CHECK(once.result->delivered() == mend::delivery::unknown);
}

TEST_CASE("a delivery stated by the failure that does not exist is unknown, too")
{
    scenario in;
    mend::failure what;
    what.code = 500;
    what.delivered = static_cast<mend::delivery>(77);
    auto& once = in.spawn({.method = "send", .idempotent = false}, always(fails(what)));
    in.run();
    CHECK(once.attempts.size() == 1);
}

TEST_CASE("a wait below 0 from a user's rule is a told wait of 1 s")
{
    for (auto const wait : {milliseconds::min(), -1ms, 0ms}) {
        scenario in{saying({.what = category::flood_wait, .retry_after = wait, .where = mend::scope::method})};
        auto& operation = in.spawn({.method = "send", .idempotent = true}, {refused()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.starts() == std::vector<ms>{0s, 1s});
    }
}

TEST_CASE("the same with jitter: no overflow, no attempt out of order")
{
    for (auto const wait : {milliseconds::min(), milliseconds{-100s}}) {
        auto made = saying({.what = category::flood_wait, .retry_after = wait, .where = mend::scope::method}, mend::options{});
        auto plan = made.policies[category::flood_wait];
        plan.max_wait = mend::policy::forever;
        made.policies.set(category::flood_wait, plan);
        scenario in{made};
        auto& operation = in.spawn({.method = "send", .idempotent = true}, {refused()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.attempts.at(1)->began >= 1s);
    }
}

TEST_CASE("a scope and an action that do not exist do no harm")
{
    scenario in{saying({.what = category::flood_wait, .retry_after = 5s, .where = static_cast<mend::scope>(9)})};
    auto& operation = in.spawn({.method = "send", .idempotent = true}, {refused()});
    in.run();
    CHECK(operation.succeeded());
    CHECK(operation.attempts.at(1)->began >= 5s);
    for (auto const& each : in.events->of(mend::event_kind::held))
        CHECK(to_string(each.where) != "?");
    scenario acting{saying({.what = category::temporary, .instead = static_cast<mend::action>(77)})};
    auto& retried = acting.spawn({.method = "send", .idempotent = true}, {refused()});
    acting.run();
    CHECK(retried.succeeded());
    for (auto const& entry : acting.manager.history())
        CHECK(to_string(entry.act) != "?");
}

TEST_CASE("statistics_recorder takes events whose words do not exist")
{
    mend::statistics_recorder statistics;
    mend::event what;
    what.what = static_cast<category>(200);
    statistics.on_event(what);
    what.kind = mend::event_kind::action_started;
    what.act = static_cast<mend::action>(200);
    statistics.on_event(what);
    auto const counted = statistics.snapshot();
    for (auto const each : counted.failures_by_category)
        CHECK(each <= 1);
}

TEST_CASE("a backoff saturates at the cap whatever the numbers are, also of factor -infinity")
{
    auto const delay = mend::backoff{1ms, -std::numeric_limits<double>::infinity(), 300s, 1.0}.delay(2, 0.0);
    CHECK(delay >= 0ms);
    CHECK(delay <= 300s);
}

TEST_CASE("a wait without end that the policy allows does not end as a deadline that nobody gave")
{
    auto made =
        with_policy(exact_options(), category::flood_wait, [](mend::policy& each) { each.max_wait = mend::policy::forever; });
    scenario in{made};
    mend::failure what;
    what.code = 429;
    what.retry_after = milliseconds::max();
    auto& operation = in.spawn({.method = "send"}, {fails(what)});
    in.run();
    CHECK((!operation.has_ended() || operation.why() != stop_reason::deadline));
}

TEST_CASE("an error code outside the stop reasons is none of them")
{
    std::error_code const strange{256 + static_cast<int>(stop_reason::cancelled), mend::stop_category()};
    CHECK(strange != std::errc::operation_canceled);
}

TEST_CASE("virtual_time::sleep_for takes a negative time of any unit")
{
    mend::testing::virtual_time time;
    asio::io_context context{1};
    asio::co_spawn(context, time.sleep_for(std::chrono::hours::min()), asio::detached);
    time.run(context);
    CHECK(time.elapsed() == 0ms);
}

TEST_CASE("virtual_time::shift_wall saturates")
{
    mend::testing::virtual_time time;
    time.shift_wall(std::chrono::system_clock::duration::max());
    CHECK(time.wall() == std::chrono::system_clock::time_point::max());
}

TEST_CASE("a report sums times without overflow, also when the wall clock jumps from one end to the other")
{
    mend::report report;
    mend::event what;
    what.kind = mend::event_kind::action_ended;
    what.delay = milliseconds::max();
    report.on_event(what);
    report.on_event(what);
    CHECK(report.actions().begin()->second.taken == milliseconds::max());
    mend::event failed;
    failed.operation = 1;
    failed.at = std::chrono::system_clock::time_point::min();
    report.on_event(failed);
    failed.kind = mend::event_kind::retrying;
    failed.at = std::chrono::system_clock::time_point::max();
    report.on_event(failed);
    CHECK(report.losses().begin()->second.waited >= 0ms);
}

TEST_CASE("proxy_pool at both ends of the clock")
{
    using tp = mend::proxy_pool::time_point;
    mend::proxy_pool pool{{"a", "b", "c"}};
    (void)pool.proxy_of("x", tp::max());
    for (auto const* name : {"a", "b", "c"})
        pool.note(name, mend::proxy_evidence::outage, tp::max());
    (void)pool.rotate("x", tp::min());
    CHECK(pool.health_of_all(tp::min()).size() == 3);
}
