#include <mend/policy.hpp>

#include "support/catch.hpp"

#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

using namespace mend;
using namespace std::chrono_literals;

namespace {

struct row {
    category what;
    action act;
    unsigned retries;
    std::chrono::milliseconds base;
    double factor;
    double jitter;
    std::chrono::milliseconds settle;
    std::chrono::milliseconds quarantine;
};

std::string refusal(category what, std::function<void(policy&)> const& spoil)
{
    policy_table table;
    policy spoilt;
    spoil(spoilt);
    try {
        table.set(what, spoilt);
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the default policies are those of the table")
{
    row const rows[] = {
        {category::flood_wait, action::wait, 5, 5s, 2, 0.1, 0s, 0s},
        {category::rate_limit, action::wait, 5, 5s, 2, 0.1, 0s, 0s},
        {category::slow_mode, action::wait, 5, 5s, 2, 0.1, 0s, 0s},
        {category::proxy, action::rotate_proxy, 3, 5s, 1, 0, 2s, 0s},
        {category::connection, action::reconnect, 3, 1s, 2, 0.1, 2s, 0s},
        {category::auth, action::fail, 0, 0s, 1, 0, 0s, 0s},
        {category::temporary, action::retry, 3, 1s, 2, 0.1, 0s, 0s},
        {category::permanent, action::fail, 0, 0s, 1, 0, 0s, 0s},
        {category::unknown, action::retry, 2, 1s, 2, 0.1, 0s, 0s},
        {category::account_limited, action::fail, 0, 0s, 1, 0, 0s, 24h},
        {category::account_dead, action::fail, 0, 0s, 1, 0, 0s, policy::forever},
        {category::session_lost, action::relogin, 1, 0s, 1, 0, 2s, 0s},
        {category::target_unavailable, action::fail, 0, 0s, 1, 0, 0s, 0s},
        {category::migrated, action::refresh, 3, 0s, 1, 0, 0s, 0s},
        {category::stale, action::refresh, 1, 0s, 1, 0, 0s, 0s},
        {category::duplicate, action::wait, 3, 1500ms, 1, 0, 0s, 0s},
        {category::custom_0, action::retry, 2, 1s, 2, 0.1, 0s, 0s},
        {category::custom_7, action::retry, 2, 1s, 2, 0.1, 0s, 0s},
    };
    policy_table const table;
    for (auto const& expected : rows) {
        INFO(to_string(expected.what));
        auto const& actual = table[expected.what];
        CHECK(actual.act == expected.act);
        CHECK(actual.max_retries == expected.retries);
        CHECK(actual.delay.base == expected.base);
        CHECK(actual.delay.factor == expected.factor);
        CHECK(actual.delay.jitter == expected.jitter);
        CHECK(actual.delay.cap == 300s);
        CHECK(actual.settle == expected.settle);
        CHECK(actual.quarantine == expected.quarantine);
        CHECK(actual.max_wait == 24h);
        CHECK(actual.action_timeout == 60s);
    }
}

TEST_CASE("a policy that is set replaces one category's alone")
{
    policy_table table;
    policy mine;
    mine.act = action::reconnect;
    mine.max_retries = 9;
    table.set(category::temporary, mine).set(category::custom_1, mine);
    CHECK(table[category::temporary].max_retries == 9);
    CHECK(table[category::custom_1].act == action::reconnect);
    CHECK(table[category::connection].max_retries == 3);
}

TEST_CASE("every default policy can be set again")
{
    policy_table table;
    for (std::size_t index = 0; index < category_count; ++index) {
        auto const what = static_cast<category>(index);
        CHECK_NOTHROW(table.set(what, table[what]));
    }
}

TEST_CASE("a bad policy is refused with its category, field, value and what is allowed")
{
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    auto const text = refusal(category::proxy, [](policy& p) { p.delay.base = -7ms; });
    CHECK(text.find("proxy") != std::string::npos);
    CHECK(text.find("base") != std::string::npos);
    CHECK(text.find("-7") != std::string::npos);
    CHECK(text.find("allowed") != std::string::npos);

    auto const refused = [](char const* field, std::function<void(policy&)> const& spoil) {
        auto const said = refusal(category::unknown, spoil);
        INFO(said);
        CHECK(said.find(field) != std::string::npos);
    };
    refused("factor", [](policy& p) { p.delay.factor = 0.5; });
    refused("factor", [](policy& p) { p.delay.factor = nan; });
    refused("factor", [](policy& p) { p.delay.factor = std::numeric_limits<double>::infinity(); });
    refused("cap", [](policy& p) { p.delay.cap = 300'001ms; });
    refused("cap", [](policy& p) { p.delay.cap = -1ms; });
    refused("jitter", [](policy& p) { p.delay.jitter = -0.1; });
    refused("jitter", [](policy& p) { p.delay.jitter = 1.1; });
    refused("jitter", [](policy& p) { p.delay.jitter = nan; });
    refused("settle", [](policy& p) { p.settle = -1ms; });
    refused("max_wait", [](policy& p) { p.max_wait = -1ms; });
    refused("action_timeout", [](policy& p) { p.action_timeout = 0ms; });
    refused("quarantine", [](policy& p) { p.quarantine = -1ms; });
    refused("act", [](policy& p) { p.act = static_cast<action>(99); });
}

TEST_CASE("the limits themselves are allowed")
{
    CHECK(refusal(category::unknown, [](policy& p) {
              p.delay = {0ms, 1.0, 0ms, 1.0};
              p.quarantine = policy::forever;
              p.max_wait = std::chrono::milliseconds::max();
              p.action_timeout = 1ms;
          }) == "accepted");
}

TEST_CASE("a category outside the enumeration has the policy of unknown and cannot be set")
{
    policy_table table;
    CHECK(table[static_cast<category>(99)].max_retries == table[category::unknown].max_retries);
    CHECK_THROWS_AS(table.set(static_cast<category>(99), policy{}), std::invalid_argument);
}
