// What a classifier says about a failure.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/scope.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace mend {

/// The scope that a category has when neither rule nor user names another: flood_wait, rate_limit and account_limited
/// reach the method; slow_mode and target_unavailable the peer; duplicate, migrated and stale the operation; the rest
/// the account.
[[nodiscard]] constexpr scope default_scope(category what) noexcept
{
    switch (what) {
    case category::flood_wait:
    case category::rate_limit:
    case category::account_limited:
        return scope::method;
    case category::slow_mode:
    case category::target_unavailable:
        return scope::peer;
    case category::duplicate:
    case category::migrated:
    case category::stale:
        return scope::operation;
    default:
        return scope::account;
    }
}

/// What a failure means. Made by a classifier; the policy table says what to do about it.
struct classification {
    category what = category::unknown;
    std::optional<std::chrono::milliseconds> retry_after{};           ///< the wait that the server told
    std::optional<std::chrono::system_clock::time_point> retry_at{};  ///< where the error names a moment
    std::optional<std::int64_t> number{};
    scope where = scope::account;
    delivery delivered = delivery::unknown;
    std::optional<action> instead{};  ///< overrides the policy's action for this one failure
};

}  // namespace mend
