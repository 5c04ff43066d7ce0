#include "terms.hpp"

#include <algorithm>
#include <cmath>

namespace simulation {

namespace {

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::delivery;
using mend::scope;

terms default_terms(category what)
{
    switch (what) {
    case category::flood_wait:
    case category::rate_limit:
    case category::slow_mode:
        return {action::wait, 5, 5s, 2.0, 0.1};
    case category::proxy:
        return {action::rotate_proxy, 3, 5s, 1.0, 0.0, 2s};
    case category::connection:
        return {action::reconnect, 3, 1s, 2.0, 0.1, 2s};
    case category::temporary:
        return {action::retry, 3, 1s, 2.0, 0.1};
    case category::auth:
    case category::permanent:
    case category::target_unavailable:
        return {};
    case category::account_limited:
        return {action::fail, 0, 0s, 1.0, 0.0, 0s, 24h, 60s, 24h};
    case category::account_dead:
        return {action::fail, 0, 0s, 1.0, 0.0, 0s, 24h, 60s, forever};
    case category::session_lost:
        return {action::relogin, 1, 0s, 1.0, 0.0, 2s};
    case category::migrated:
        return {action::refresh, 3};
    case category::stale:
        return {action::refresh, 1};
    case category::duplicate:
        return {action::wait, 3, 1500ms};
    default:
        return {action::retry, 2, 1s, 2.0, 0.1};
    }
}

}  // namespace

terms terms_of(category what, unsigned policies)
{
    terms chosen = default_terms(what);
    if (policies == 1) {
        chosen.retries *= 2;
        chosen.settle *= 2;
        chosen.action_timeout = 90s;
        if (what == category::temporary)
            chosen.jitter = 0.5;
    }
    if (policies == 2) {
        chosen.max_wait = 5min;
        chosen.action_timeout = 20s;
        chosen.retries = std::min(chosen.retries, 2U);
        if (what == category::connection)
            chosen.factor = 1.0;
        if (what == category::temporary)
            chosen.quarantine = 30s;
        chosen.escalate_after = 1;
    }
    if (policies == 3 && chosen.retries != 0)
        chosen.retries = 7;
    return chosen;
}

bool is_evidence(meaning const& it) noexcept
{
    return !it.ours && (it.what == category::temporary || it.what == category::connection || it.what == category::proxy);
}

bool is_answer(category what) noexcept
{
    return what != category::temporary && what != category::connection && what != category::proxy && what < category::custom_0 &&
           what != category::unknown;
}

meaning meaning_of(said answer, int number, std::string_view method, unsigned rules)
{
    std::chrono::seconds const seconds{number};
    switch (answer) {
    case said::flood_wait:
        return {category::flood_wait, scope::method, delivery::not_sent, std::max<ms>(seconds, 1s), {}, method};
    case said::slow_mode_wait:
        return {category::slow_mode, scope::peer, delivery::not_sent, std::max<ms>(seconds, 1s)};
    case said::retry_after:
        return {category::flood_wait, scope::peer, delivery::not_sent, std::max<ms>(seconds, 1s)};
    case said::too_many:
        return {category::rate_limit, scope::method};
    case said::peer_flood:
        return {category::account_limited, scope::sending};
    case said::banned_in_chat:
        return {category::account_limited, scope::peer};
    case said::user_migrate:
        return {category::migrated, scope::operation};
    case said::out_of_descriptors:
        return {category::temporary, scope::account, delivery::not_sent, {}, {}, {}, true};
    case said::internal:
    case said::overloaded:
    case said::bad_gateway:
        return {category::temporary, scope::account, delivery::unknown};
    case said::key_unregistered:
    case said::key_duplicated:
        return {category::session_lost};
    case said::deactivated:
    case said::frozen:
        return {category::account_dead};
    case said::reference_expired:
        return {category::stale, scope::operation};
    case said::id_duplicate:
        return {category::duplicate, scope::operation, delivery::sent};
    case said::reset:
    case said::cut:
        return {category::connection, scope::account, delivery::unknown};
    case said::refused:
        return {category::connection};
    case said::proxy_refused:
        return {category::proxy};
    case said::user_blocked:
        return {category::target_unavailable, scope::peer};
    case said::message_empty:
        return {category::permanent};
    case said::shop_closed:
        if (rules == 1)
            return {category::flood_wait, scope::account, delivery::not_sent, std::max<ms>(seconds, 1s)};
        if (rules == 2 && number % 2 != 0)
            return {category::custom_1, scope::peer, delivery::not_sent, seconds, action::wait};
        if (rules == 2)
            return {category::custom_0, scope::account, delivery::not_sent, std::max<ms>(seconds, 1s)};
        return {category::permanent};
    case said::strange:
    case said::ok:
    case said::nothing:
        break;
    }
    return {category::unknown, scope::account, delivery::unknown};
}

span backoff_of(terms const& it, unsigned retry)
{
    double const exact = static_cast<double>(it.base.count()) * std::pow(it.factor, static_cast<double>(std::max(retry, 1U) - 1));
    constexpr double cap = 300'000;
    double const middle = std::min(exact, cap);
    auto const rounded_down = [](double value) { return ms{static_cast<std::int64_t>(std::floor(value))}; };
    return {rounded_down(middle * (1 - it.jitter)), rounded_down(std::min(middle * (1 + it.jitter) + 1, cap))};
}

unsigned strength_of(action act) noexcept
{
    switch (act) {
    case action::reconnect:
        return 1;
    case action::rotate_proxy:
        return 2;
    case action::relogin:
        return 3;
    default:
        return 0;
    }
}

callback callback_of(action act) noexcept
{
    switch (act) {
    case action::reconnect:
        return callback::reconnect;
    case action::rotate_proxy:
        return callback::rotate_proxy;
    case action::relogin:
        return callback::relogin;
    default:
        return callback::refresh;
    }
}

}  // namespace simulation
