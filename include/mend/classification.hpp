// The meaning of a failure, as a classifier returns it.
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

/// Returns the scope of a category for which neither a rule nor the user names another: the method for flood_wait and
/// rate_limit; all sending for account_limited; the peer for slow_mode and target_unavailable; the operation for duplicate,
/// migrated, stale and permanent; the account for the rest.
[[nodiscard]] constexpr scope default_scope(category what) noexcept
{
    return detail::facts_of(what).where;
}

/// The meaning of a failure. A classifier returns it; the policy table decides what to do about it.
struct classification {
    category what = category::unknown;
    std::optional<std::chrono::milliseconds> retry_after{};           ///< the wait that the server named
    std::optional<std::chrono::system_clock::time_point> retry_at{};  ///< set if the error names a time
    std::optional<std::int64_t> number{};
    scope where = scope::account;
    delivery delivered = delivery::unknown;
    std::optional<action> instead{};  ///< overrides the policy's action for this one failure
};

/// Prints one line: the members that are set.
MEND_API std::ostream& operator<<(std::ostream&, classification const&);

}  // namespace mend
