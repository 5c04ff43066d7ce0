// A table of the properties that all failures of a category have.
#pragma once

#include <mend/category.hpp>
#include <mend/scope.hpp>

#include <array>
#include <cstddef>

namespace mend::detail {

struct category_facts {
    scope where;          ///< the scope if neither a rule nor a user sets another
    bool answered;        ///< Telegram has answered, so server and network work: it ends an outage
    bool refused;         ///< the answer means that the operation had no effect
};

inline constexpr auto facts_of_categories = [] {
    std::array<category_facts, category_count> rows{};  // custom categories: the account, not answered, not refused
    auto const set = [&rows](category what, category_facts facts) { rows[static_cast<std::size_t>(what)] = facts; };
    set(category::flood_wait, {scope::method, true, true});
    set(category::rate_limit, {scope::method, true, true});
    set(category::proxy, {scope::account, false, false});
    set(category::connection, {scope::account, false, false});
    set(category::auth, {scope::account, true, true});
    set(category::temporary, {scope::account, false, false});
    set(category::permanent, {scope::operation, true, true});
    set(category::unknown, {scope::account, false, false});
    set(category::slow_mode, {scope::peer, true, true});
    set(category::account_limited, {scope::sending, true, true});
    set(category::account_dead, {scope::account, true, true});
    set(category::session_lost, {scope::account, true, true});
    set(category::target_unavailable, {scope::peer, true, true});
    set(category::migrated, {scope::operation, true, true});
    set(category::stale, {scope::operation, true, true});
    set(category::duplicate, {scope::operation, true, false});  // the first call with that id is done, or running
    return rows;
}();

/// Returns the category's row; that of `unknown` for a value outside the enumeration.
[[nodiscard]] constexpr category_facts const& facts_of(category what) noexcept
{
    return facts_of_categories[static_cast<std::size_t>(is_valid(what) ? what : category::unknown)];
}

}  // namespace mend::detail
