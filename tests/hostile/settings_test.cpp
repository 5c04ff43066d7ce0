// Hostile input for what a program sets: options, policies, backoff, callbacks, observers.
//
//  function                       input
//  policy_table::set              every field below, at and above its limits, NaN, invalid categories and actions
//  policy_table::operator[]       invalid categories
//  backoff::delay                 every field at its limits, retry 0 and the greatest, any random
//  recovery_manager               executor of nothing, max_attempts 0, max_concurrent_recoveries 0, history_size, relogins_per_day
//  subscribe, on_...              null
//  an operation                   under policies all of whose times are without end
#include "numbers.hpp"

#include "support/scenario.hpp"

#include <cfloat>
#include <climits>
#include <cmath>
#include <limits>

using namespace support;
using mend::category;
using mend::stop_reason;
using std::chrono::milliseconds;

using hostile::infinity;
using hostile::not_a_number;

namespace {

/// The refusal of a policy: names the category, the field and what is allowed.
void is_refused(char const* field, std::function<void(mend::policy&)> const& change)
{
    mend::policy_table table;
    mend::policy changed = table[category::proxy];
    change(changed);
    try {
        table.set(category::proxy, changed);
        FAIL("accepted: " << field);
    } catch (std::invalid_argument const& error) {
        std::string const text = error.what();
        INFO(text);
        CHECK(text.find("proxy") != std::string::npos);
        CHECK(text.find(field) != std::string::npos);
        CHECK(text.find("allowed: ") != std::string::npos);
    }
    CHECK(table[category::proxy].max_retries == mend::policy_table{}[category::proxy].max_retries);
}

mend::policy without_end(mend::action act)
{
    mend::policy most;
    most.act = act;
    most.max_retries = UINT_MAX;
    most.delay = {milliseconds::max(), DBL_MAX, 300s, 1.0};
    most.settle = most.max_wait = most.action_timeout = most.quarantine = mend::policy::forever;
    return most;
}

mend::options with_all(mend::policy const& each)
{
    auto made = exact_options();
    for (std::size_t index = 0; index < mend::category_count; ++index)
        made.policies.set(static_cast<category>(index), each);
    return made;
}

}  // namespace

TEST_CASE("a policy's field beyond its limits is refused by name")
{
    for (auto const negative : {milliseconds::min(), -1ms}) {
        is_refused("delay.base", [=](mend::policy& each) { each.delay.base = negative; });
        is_refused("delay.cap", [=](mend::policy& each) { each.delay.cap = negative; });
        is_refused("settle", [=](mend::policy& each) { each.settle = negative; });
        is_refused("max_wait", [=](mend::policy& each) { each.max_wait = negative; });
        is_refused("action_timeout", [=](mend::policy& each) { each.action_timeout = negative; });
        is_refused("quarantine", [=](mend::policy& each) { each.quarantine = negative; });
    }
    is_refused("action_timeout", [](mend::policy& each) { each.action_timeout = 0ms; });
    for (auto const above : {300'001ms, milliseconds::max()})
        is_refused("delay.cap", [=](mend::policy& each) { each.delay.cap = above; });
    for (double const wrong : {not_a_number, infinity, -infinity, 0.999, -1.0, -DBL_MAX})
        is_refused("delay.factor", [=](mend::policy& each) { each.delay.factor = wrong; });
    for (double const wrong : {not_a_number, infinity, -infinity, -DBL_MIN, 1.001, DBL_MAX})
        is_refused("delay.jitter", [=](mend::policy& each) { each.delay.jitter = wrong; });
    for (int const value : {7, 77, 255})
        is_refused("act", [=](mend::policy& each) { each.act = static_cast<mend::action>(value); });
}

TEST_CASE("a category that does not exist cannot be set, and has the policy of unknown")
{
    mend::policy_table table;
    for (std::size_t value = mend::category_count; value <= 255; ++value) {
        auto const none = static_cast<category>(value);
        CHECK_THROWS_AS(table.set(none, mend::policy{}), std::invalid_argument);
        CHECK(&table[none] == &table[category::unknown]);
    }
}

TEST_CASE("a backoff of any numbers is neither negative nor longer than its cap")
{
    for (auto const base : {milliseconds::min(), -1ms, 0ms, 1ms, milliseconds::max()})
        for (double const factor : {not_a_number, -2.0, 0.0, 1.0, DBL_MAX, infinity})
            for (auto const cap : {milliseconds::min(), 0ms, 300'000ms, milliseconds::max()})
                for (double const jitter : {not_a_number, -1.0, 0.0, 1.0, infinity})
                    for (unsigned const retry : {0U, 1U, 2U, UINT_MAX})
                        for (double const random : {not_a_number, -infinity, 0.0, 1.0, infinity}) {
                            auto const delay = mend::backoff{base, factor, cap, jitter}.delay(retry, random);
                            if (delay < 0ms || delay > std::clamp(cap, 0ms, 300'000ms)) {
                                CAPTURE(base.count(), factor, cap.count(), jitter, retry, random);
                                CHECK(delay == 0ms);
                            }
                        }
    CHECK(mend::backoff{1s, 2.0, 300s, 0.0}.delay(UINT_MAX, 0.5) == 300s);
}

TEST_CASE("options that make no sense are refused by name")
{
    asio::io_context context;
    auto const refusal = [&](std::function<void(mend::options&)> const& change) -> std::string {
        mend::options made;
        change(made);
        try {
            mend::recovery_manager manager{context.get_executor(), made};
        } catch (std::invalid_argument const& error) {
            return error.what();
        }
        return {};
    };
    CHECK(refusal([](mend::options& each) { each.max_attempts = 0; }).find("max_attempts") != std::string::npos);
    CHECK(refusal([](mend::options& each) { each.max_concurrent_recoveries = 0; }).find("max_concurrent_recoveries") !=
          std::string::npos);
    CHECK(refusal([](mend::options& each) {
              each.max_attempts = each.max_concurrent_recoveries = each.relogins_per_day = UINT_MAX;
              each.history_size = SIZE_MAX;
          }).empty());
    CHECK_THROWS_AS(mend::recovery_manager(asio::any_io_executor{}), std::invalid_argument);
    mend::recovery_manager manager{context.get_executor()};
    CHECK_THROWS_AS(manager.subscribe(nullptr), std::invalid_argument);
    CHECK_THROWS_AS(manager.subscribe(std::function<void(mend::event const&)>{}), std::invalid_argument);
}

TEST_CASE("a history of any size keeps what happened, and no more than that")
{
    for (auto const size : {std::size_t{0}, std::size_t{1}, std::size_t{SIZE_MAX}}) {
        auto made = exact_options();
        made.history_size = size;
        scenario in{made};
        in.spawn({.method = "send"}, {flood(1), flood(2), flood(3)});
        in.run();
        CHECK(in.manager.history().size() == std::min<std::size_t>(size, 3));
    }
}

TEST_CASE("without logins in the budget a lost session ends at once, and the account waits for the budget")
{
    auto made = exact_options();
    made.relogins_per_day = 0;
    scenario in{made};
    auto& relogin = in.on_relogin();
    auto& operation = in.spawn({.method = "send"}, {lost_session()});
    auto& next = in.spawn(1h, {.method = "send"}, {ok()});
    auto& in_time = in.spawn(25h, {.method = "send"}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(relogin.count() == 0);
    CHECK(operation.why() == stop_reason::recovery_budget);
    CHECK(in.retry_at(operation) == ms{24h});
    CHECK(!next.succeeded());
    CHECK(next.attempts.empty());
    CHECK(in_time.succeeded());
}

TEST_CASE("the greatest numbers of attempts and logins there are allow all that is needed")
{
    auto made = with_policy(exact_options(), category::flood_wait, [](mend::policy& each) { each.max_retries = UINT_MAX; });
    made = with_policy(made, category::session_lost, [](mend::policy& each) { each.max_retries = UINT_MAX; });
    made.max_attempts = made.relogins_per_day = UINT_MAX;
    scenario in{made};
    auto& relogin = in.on_relogin();
    auto& flooded = in.spawn({.method = "send"}, std::vector<step>(2000, flood(1)));
    in.run();
    CHECK(flooded.succeeded());
    CHECK(flooded.attempts.size() == 2001);
    auto& lost = in.spawn({.method = "send"}, std::vector<step>(20, lost_session()));
    in.run();
    CHECK(lost.succeeded());
    CHECK(relogin.count() == 20);
}

TEST_CASE("callbacks that are null leave nothing to call")
{
    scenario in;
    in.manager.on_reconnect(nullptr);
    in.manager.on_disconnect(nullptr);
    in.sender.on_reconnect(nullptr);
    in.sender.on_refresh(asio::any_io_executor{}, nullptr);
    in.manager.on_relogin(mend::recovery_manager::callback{});
    auto& operation = in.spawn({.method = "send", .idempotent = true}, {broken()});
    auto& lost = in.spawn(1h, {.method = "send"}, {lost_session()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(operation.succeeded());
    CHECK(lost.why() == stop_reason::not_retryable);
}

TEST_CASE("under policies whose every time is without end, deadlines and closing still end all")
{
    for (std::size_t value = 0; value < mend::action_count; ++value) {
        auto const act = static_cast<mend::action>(value);
        INFO(to_string(act));
        scenario in{with_all(without_end(act))};
        for (auto* made : {&in.on_disconnect(), &in.on_reconnect(), &in.on_rotate_proxy(), &in.on_relogin(), &in.on_refresh()})
            (void)made;
        for (auto const& failing : {flood(1), broken(), bad_proxy(), lost_session(), refused(), unavailable()}) {
            auto& account = in.another("another");
            in.spawn(account, 0s, {.method = "send", .peer = 1, .idempotent = true, .deadline = in.moment(1h)}, always(failing));
            in.spawn(account, 0s, {.method = "send", .peer = 1, .idempotent = true}, always(failing));
        }
        in.at(2h, [&] { in.manager.close(); });
        in.run();
        REQUIRE(in.all_ended());
        for (auto const& each : in.operations) {
            CHECK(!each.succeeded());
            CHECK(*each.ended <= 2h);
            if (each.about.deadline)
                CHECK(*each.ended <= 1h);
        }
        CHECK(in.attempts.size() < 1000);
    }
}

TEST_CASE("a callback that never ends, and hears of no cancellation, keeps no operation beyond its deadline")
{
    auto made = with_policy(exact_options(), category::connection,
                            [](mend::policy& each) { each.action_timeout = mend::policy::forever; });
    scenario in{made};
    in.on_reconnect({ok(forever).stubborn()});
    auto& hurried = in.spawn({.method = "send", .idempotent = true, .deadline = in.moment(1h)}, {broken()});
    auto& other = in.spawn(1min, {.method = "send", .deadline = in.moment(30min)}, {ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(hurried.why() == stop_reason::deadline);
    CHECK(hurried.ended <= 1h);
    CHECK(other.why() == stop_reason::deadline);
    CHECK(other.attempts.empty());
}

TEST_CASE("a backoff of factor -infinity stays within its cap")
{
    auto const delay = mend::backoff{1ms, -std::numeric_limits<double>::infinity(), 300s, 1.0}.delay(2, 0.0);
    CHECK(delay >= 0ms);
    CHECK(delay <= 300s);
}
