// The checker's own book of what one account has been told: which scopes are held, and which operations may pass a gate.
#pragma once

#include "randomness.hpp"

#include <mend/category.hpp>
#include <mend/scope.hpp>

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace simulation {

inline constexpr ms long_ago{-1'000'000'000'000};

/// An operation as far as scopes are concerned.
struct sender {
    int operation = 0;
    std::string_view method;
    std::int64_t peer = 0;
    bool reply = false;
    std::string caused_by{};  ///< the method that its last error has named, plain
};

struct scope_key {
    mend::scope where = mend::scope::account;
    bool refuses = false;  ///< a quarantine
    std::int64_t peer = 0;
    std::string method{};   ///< plain
    bool opening = false;  ///< the gate of an outage that has ended

    auto operator<=>(scope_key const&) const = default;
    [[nodiscard]] bool matches(sender const&) const;
};

/// What was promised about one scope. Where the promise leaves room, the book keeps both ends of it: nothing may start
/// before `floor`, and nothing may still wait after `ceiling`.
struct held_scope {
    mend::category because{};
    int teacher = 0;
    ms since{0};
    ms closed{0};  ///< its gate, for the last time
    ms floor{0};
    ms ceiling{0};
    ms earlier{0};  ///< the ceiling before it was closed last
    ms max_wait{ms::max()};
    ms least_max_wait{ms::max()};  ///< less than that where it is not certain whose hold it is

    /// Whose hold it was, while it is not certain that the newcomer's lasts longer.
    struct owner {
        mend::category because{};
        int teacher = 0;
        ms max_wait{0};
        ms least_max_wait{0};
        ms until{0};
    };
    std::optional<owner> former{};
    int most = 1;           ///< how many may pass the gate now, at most
    int least = 1;          ///< and at least
    ms passed = long_ago;   ///< when the last one did
    std::set<int> admitted; ///< passed since the gate was closed, and not yet back
    std::set<int> doubtful; ///< perhaps passed before it was closed last: what they come to may teach it nothing
    bool certain = true;    ///< false: the gate may be gone already

    /// It is certain until when it holds.
    void settle(ms until);

    [[nodiscard]] bool is_closed(ms now) const { return least <= 0 && now < passed + std::chrono::seconds{30}; }
};

class holds {
public:
    using map = std::map<scope_key, held_scope>;

    /// How far a failure reaches, given what the operation names, the error's own method, and chats that are quarantined.
    [[nodiscard]] scope_key reach(sender const&, mend::scope, mend::category, std::string_view method, bool refuses,
                                  ms now) const;

    /// A scope is held from now on, or for longer; its gate is closed again.
    held_scope& close(scope_key const&, sender const& teacher, mend::category, ms floor, ms ceiling, ms max_wait, ms now);

    /// An attempt starts: its gates are passed.
    void pass(sender const&, ms now);

    /// It came back: through its gates or not. `unproved`: not answered, and begun by then. Where its outage was over a gate
    /// learns nothing from that before it opens.
    void came_through(sender const&, int most, int least, std::optional<ms> unproved = {});

    /// The gates that it has passed, by the method that its error before had named, too, and that have no waiters are gone.
    /// `may_wait(key)`: whether there are waiters: 0 no, 1 perhaps, 2 yes.
    template <class MayWait>
    void forget(ms now, MayWait may_wait)
    {
        for (scope_key const& key : passed_by_) {
            auto const found = all_.find(key);
            if (found == all_.end() || found->second.floor > now || (key.refuses && found->second.ceiling > now))
                continue;
            int const waits = may_wait(key);
            found->second.certain = found->second.certain && waits != 1;
            if (waits == 0)
                all_.erase(found);
        }
        passed_by_.clear();
    }

    /// `not_yet_learnt`: what a callback has thrown at this moment, which mend learns afterwards, perhaps: that may remain.
    void lift_quarantines(std::optional<mend::category> not_yet_learnt, ms now);

    [[nodiscard]] map& all() { return all_; }
    [[nodiscard]] map const& all() const { return all_; }
    [[nodiscard]] held_scope* find(scope_key const& key);

private:
    map all_;
    std::set<scope_key> passed_by_;  // the gates that the last one to come back came through
};

/// Does this quarantine not apply to this operation?
[[nodiscard]] bool is_exempt(scope_key const&, held_scope const&, sender const&);

}  // namespace simulation
