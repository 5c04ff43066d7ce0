// The default policies, and the validation of those that a user sets.
#pragma once

#include <mend/policy.hpp>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mend {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds longest_backoff = 300s;

constexpr backoff exponential(milliseconds from)
{
    return {from, 2.0, longest_backoff, 0.1};
}

constexpr backoff flat(milliseconds every)
{
    return {every, 1.0, longest_backoff, 0.0};
}

constexpr policy failing(milliseconds quarantine = 0ms)
{
    policy result;
    result.act = action::fail;
    result.delay = flat(0ms);
    result.quarantine = quarantine;
    return result;
}

constexpr policy trying(action act, unsigned retries, backoff delay, milliseconds settle = 0ms)
{
    policy result;
    result.act = act;
    result.max_retries = retries;
    result.delay = delay;
    result.settle = settle;
    return result;
}

constexpr policy default_policy(category what)
{
    switch (what) {
    case category::flood_wait:
    case category::rate_limit:
    case category::slow_mode:
        return trying(action::wait, 5, exponential(5s));
    case category::proxy:
        return trying(action::rotate_proxy, 3, flat(5s), 2s);
    case category::connection:
        return trying(action::reconnect, 3, exponential(1s), 2s);
    case category::temporary:
        return trying(action::retry, 3, exponential(1s));
    case category::auth:
    case category::permanent:
    case category::target_unavailable:
        return failing();
    case category::account_limited:
        return failing(24h);
    case category::account_dead:
        return failing(policy::forever);
    case category::session_lost:
        return trying(action::relogin, 1, flat(0ms), 2s);
    case category::migrated:
        return trying(action::refresh, 3, flat(0ms));
    case category::stale:
        return trying(action::refresh, 1, flat(0ms));
    case category::duplicate:
        return trying(action::wait, 3, flat(1500ms));
    default:  // unknown and the custom categories
        return trying(action::retry, 2, exponential(1s));
    }
}

constexpr auto default_policies = [] {
    std::array<policy, category_count> result{};
    for (std::size_t index = 0; index < category_count; ++index)
        result[index] = default_policy(static_cast<category>(index));
    return result;
}();

[[noreturn]] void refuse(category what, std::string_view field, std::string const& value, std::string_view allowed)
{
    std::string text{"policy of "};
    text.append(to_string(what)).append(": ").append(field).append(" = ").append(value);
    throw std::invalid_argument(text.append("; allowed: ").append(allowed));
}

void require(bool good, category what, std::string_view field, milliseconds value, std::string_view allowed)
{
    if (!good)
        refuse(what, field, std::to_string(value.count()) + " ms", allowed);
}

void require(bool good, category what, std::string_view field, double value, std::string_view allowed)
{
    if (!good)
        refuse(what, field, std::to_string(value), allowed);
}

void check(category what, policy const& candidate)
{
    if (static_cast<std::size_t>(candidate.act) >= action_count)
        refuse(what, "act", std::to_string(static_cast<int>(candidate.act)), "one of mend::action");
    auto const& delay = candidate.delay;
    require(delay.base >= 0ms, what, "delay.base", delay.base, "0 ms or more");
    require(std::isfinite(delay.factor) && delay.factor >= 1, what, "delay.factor", delay.factor, "a finite number from 1");
    require(delay.cap >= 0ms && delay.cap <= longest_backoff, what, "delay.cap", delay.cap, "0 to 300000 ms");
    require(delay.jitter >= 0 && delay.jitter <= 1, what, "delay.jitter", delay.jitter, "0 to 1");
    require(candidate.settle >= 0ms, what, "settle", candidate.settle, "0 ms or more");
    require(candidate.max_wait >= 0ms, what, "max_wait", candidate.max_wait, "0 ms or more");
    require(candidate.action_timeout > 0ms, what, "action_timeout", candidate.action_timeout, "above 0 ms");
    require(candidate.quarantine >= 0ms, what, "quarantine", candidate.quarantine, "0 ms or more, or policy::forever");
}

}  // namespace

policy_table::policy_table() : policies_(default_policies) {}

policy_table& policy_table::set(category what, policy replacement)
{
    auto const index = static_cast<std::size_t>(what);
    if (index >= policies_.size())
        refuse(what, "category", std::to_string(index), "one of mend::category");
    check(what, replacement);
    policies_[index] = replacement;
    return *this;
}

policy const& policy_table::operator[](category what) const noexcept
{
    auto const index = static_cast<std::size_t>(what);
    return policies_[index < policies_.size() ? index : static_cast<std::size_t>(category::unknown)];
}

}  // namespace mend
