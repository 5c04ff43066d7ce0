// Recoveries in a quarantine of the account: no operation may go, so none begins or calls its callback; what is needed is kept,
// the strongest of it, and begins before the first operation that may go again.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace simulation {

using mend::action;
using mend::scope;

/// Of the account as a whole, if it lasts, or may last.
held_scope const* checker::quarantine_of(account& from)
{
    held_scope const* const found = from.told.find({scope::account, true, 0, {}});
    return found != nullptr && found->ceiling > now_ ? found : nullptr;
}

/// Does a quarantine of the account surely last, with no operation that passes it, as a reply passes some?
bool checker::nobody_may_go(account& from)
{
    held_scope const* const quarantine = quarantine_of(from);
    if (quarantine == nullptr || quarantine->floor <= now_)
        return false;
    scope_key const whole{scope::account, true, 0, {}};
    return std::none_of(from.operations.begin(), from.operations.end(),
                        [&](int each) { return is_exempt(whole, *quarantine, sender_of(at(each))); });
}

void checker::postpone(account& from, action act)
{
    if (!from.postponed || strength_of(*from.postponed) < strength_of(act))
        from.postponed = act;
}

/// A login is not among them: the first operation that may go finds out whether it is still needed.
void checker::postpone_needs(account& from)
{
    for (need const& each : from.needs) {
        if (each.act != action::relogin)
            postpone(from, each.act);
        else if (each.paid && each.queued && !from.logins.empty())
            from.logins.pop_back();  // its turn never came
        from.last_timeout = std::max<ms>(from.last_timeout, each.timeout);
    }
    from.needs.clear();
    from.owed.reset();
}

/// The quarantine is lifted in the moment in which a recovery was needed: then it begins with the next operation, perhaps.
void checker::displace_needs(account& from)
{
    if (quarantine_of(from) == nullptr)
        return;
    std::size_t const erased =
        std::erase_if(from.needs, [&](need const& each) { return each.since == now_ && each.act != action::relogin; });
    from.displaced = from.displaced || erased != 0;
}

/// One that the network has prevented is repeated, and here not before an operation may go; its time counts anew then.
void checker::postpone_login(account& from)
{
    postpone_needs(from);
    postpone(from, action::relogin);
    from.login_tried = long_ago;
    from.login_waits = false;
}

/// The recovery that runs has not called its callback, and ends.
void checker::call_off(account& from, action act)
{
    postpone_needs(from);
    postpone(from, act);
    from.last_timeout = std::max(from.last_timeout, from.timeout);
    ++from.recoveries;
    from.recovered = from.recovery_ended = now_;
    from.last_strength = 0;
    from.login_waits = false;
    for (int const each : from.operations)
        at(each).needs.reset();
}

void checker::check_useful(account& from, action act, int index)
{
    held_scope const* const quarantine = quarantine_of(from);
    bool const just_begun = quarantine != nullptr && quarantine->since == now_;
    demand(just_begun || from.closed || !nobody_may_go(from), 13, index,
           fmt::format("{} goes on in a quarantine, where nobody may go", to_string(act)));
}

/// By then the ladder may say another.
void checker::begin_postponed(account& from, action act)
{
    if (!from.postponed)
        return;
    bool const that = from.postponed == act || (strength_of(*from.postponed) < 3 && strength_of(act) < 3);
    if (from.settle == ms::max() && that)
        repeat_recovery(from, act);
    if (act == action::relogin && from.postponed == act) {  // it is paid for now
        if (!from.logins.empty())
            from.logins.pop_back();
        from.logins.push_back(now_);
    }
    if (that || strength_of(act) > strength_of(*from.postponed))
        from.postponed.reset();
}

}  // namespace simulation
