// Policies: what to do about each category of failure.
#pragma once

#include <mend/action.hpp>
#include <mend/backoff.hpp>
#include <mend/category.hpp>
#include <mend/detail/export.hpp>

#include <array>
#include <chrono>

namespace mend {

/// The policy of one category. A plain value; `policy_table::set` checks it.
struct policy {
    action act = action::retry;
    unsigned max_retries = 0;             ///< per operation, counted separately for each category
    backoff delay{};                      ///< before the next attempt, after the action
    std::chrono::milliseconds settle{0};  ///< pause between the disconnect callback and the action's own
    std::chrono::milliseconds max_wait{
        std::chrono::hours{24}};  ///< a longer wait that the server named, or a longer outage, ends it
    std::chrono::milliseconds action_timeout{std::chrono::seconds{60}};  ///< for each run of a callback, which is then cancelled
    /// After this many recoveries of one kind in a row that fixed nothing, the next stronger one that has a callback runs
    /// instead: reconnect, reconnect, then rotate_proxy; never relogin. An attempt that comes through resets the count. 0:
    /// never. The default is mend's own, chosen by simulation.
    unsigned escalate_after = 2;
    /// After giving up, quarantine the scope for this time, or `forever`. For target_unavailable, this stops sends to a chat
    /// that cannot be written to: off by default, at most 10,000 chats per account, passed by `call.reply`.
    std::chrono::milliseconds quarantine{0};

    static constexpr auto forever = std::chrono::milliseconds::max();  ///< all arithmetic with it saturates
};

/// One policy for each category. A plain value: copy it, change it, pass it to the manager.
class MEND_API policy_table {
public:
    /// Constructs the table of defaults; examples/README.md lists them.
    policy_table();

    /// Replaces the policy of one category. Throws std::invalid_argument naming the field, the value and what is allowed:
    /// base >= 0, factor finite and >= 1, 0 <= cap <= 300 s, 0 <= jitter <= 1, action_timeout > 0, no negative time.
    policy_table& set(category, policy);

    /// Changes the fields that `change` sets and keeps the category's values for the rest:
    ///   `update(category::proxy, [](policy& p) { p.max_retries = 10; })`.
    /// Throws as set() does; the table is unchanged then.
    template <class Change>
    policy_table& update(category what, Change change)
    {
        policy changed = (*this)[what];
        change(changed);
        return set(what, changed);
    }

    [[nodiscard]] policy const& operator[](category) const noexcept;

private:
    std::array<policy, category_count> policies_;
};

}  // namespace mend
