// Hostile input from a user's rules: words outside their enumerations, and waits of any size. On virtual time.
#include "support/scenario.hpp"

using namespace support;
using mend::category;
using std::chrono::milliseconds;

namespace {

/// Rules that say this of every failure.
mend::options ruled(mend::classification says, mend::options made = exact_options())
{
    mend::classifier rules;
    rules.when([says](mend::failure const&) -> std::optional<mend::classification> { return says; });
    made.rules = rules;
    return made;
}
}  // namespace

TEST_CASE("a user's rule that names a category that does not exist is unknown, and writes nowhere")
{
    scenario in{ruled({.what = static_cast<category>(200)})};
    auto& operation = in.spawn({.method = "send", .idempotent = true}, always(refused()));
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.result->category() == category::unknown);
    CHECK(operation.attempts.size() == 3);
    CHECK(in.manager.stats().failures_of(category::unknown) == 3);
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

TEST_CASE("a delivery that does not exist is unknown, so that nothing is sent twice")
{
    scenario in{ruled({.what = category::temporary, .delivered = static_cast<mend::delivery>(77)})};
    auto& once = in.spawn({.method = "send", .idempotent = false}, always(unavailable()));
    in.run();
    CHECK(once.attempts.size() == 1);
    CHECK(once.result->delivered() == mend::delivery::unknown);
}

TEST_CASE("a wait below 0 from a user's rule is a told wait of 1 s")
{
    for (auto const wait : {milliseconds::min(), -1ms, 0ms}) {
        scenario in{ruled({.what = category::flood_wait, .retry_after = wait, .where = mend::scope::method})};
        auto& operation = in.spawn({.method = "send", .idempotent = true}, {refused()});
        in.run();
        REQUIRE(in.all_ended());
        CHECK(operation.starts() == std::vector<ms>{0s, 1s});
    }
}

TEST_CASE("a wait below 0 does not overflow with jitter, and brings no attempt out of order")
{
    for (auto const wait : {milliseconds::min(), milliseconds{-100s}}) {
        auto made = ruled({.what = category::flood_wait, .retry_after = wait, .where = mend::scope::method}, mend::options{});
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
    scenario in{ruled({.what = category::flood_wait, .retry_after = 5s, .where = static_cast<mend::scope>(9)})};
    auto& operation = in.spawn({.method = "send", .idempotent = true}, {refused()});
    in.run();
    CHECK(operation.succeeded());
    CHECK(operation.attempts.at(1)->began >= 5s);
    for (auto const& each : in.events->of(mend::event_kind::held))
        CHECK(to_string(each.where) != "?");
    scenario acting{ruled({.what = category::temporary, .instead = static_cast<mend::action>(77)})};
    auto& retried = acting.spawn({.method = "send", .idempotent = true}, {refused()});
    acting.run();
    CHECK(retried.succeeded());
    for (auto const& entry : acting.manager.history())
        CHECK(to_string(entry.act) != "?");
}
