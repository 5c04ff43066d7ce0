// What a classifier says about a failure.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/category_facts.hpp>
#include <mend/detail/export.hpp>
#include <mend/scope.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>

namespace mend {

/// The scope that a category has if neither a rule nor a user names another: flood_wait and rate_limit reach the method;
/// account_limited all sending; slow_mode and target_unavailable the peer; duplicate, migrated, stale and permanent the
/// operation; the rest the account.
[[nodiscard]] constexpr scope default_scope(category what) noexcept
{
    return detail::facts_of(what).where;
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

/// One line: what is known, and nothing else.
MEND_API std::ostream& operator<<(std::ostream&, classification const&);

}  // namespace mend
