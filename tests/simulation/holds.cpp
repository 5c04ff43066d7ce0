#include "holds.hpp"

#include "plan.hpp"

#include <algorithm>

namespace simulation {

using namespace std::chrono_literals;
using mend::category;
using mend::scope;

bool scope_key::matches(sender const& who) const
{
    switch (where) {
    case scope::account:
        return true;
    case scope::peer:
        return who.peer != 0 && who.peer == peer;
    case scope::method:
        return who.method.empty() || plain_name(who.method) == method ||
               who.caused_by == method;  // who names no method matches every method
    case scope::sending:
        return who.method.empty() || sends(who.method);
    case scope::groups:
        return (who.method.empty() || sends(who.method)) && who.peer < 0;
    case scope::operation:
        break;
    }
    return false;
}

bool is_exempt(scope_key const& key, held_scope const& it, sender const& who)
{
    return key.refuses && who.reply && it.because == category::account_limited;
}

scope_key holds::reach(sender const& who, scope where, category what, std::string_view method, bool refuses, ms now) const
{
    if (where == scope::peer && refuses && what == category::account_limited) {
        bool const another = std::any_of(all_.begin(), all_.end(), [&](auto const& entry) {
            auto const& [key, it] = entry;
            return key.where == scope::peer && key.refuses && key.peer != who.peer && it.because == what && now - it.since < 1h;
        });
        if (another)
            where = scope::groups;
    }
    if (where == scope::peer && what == category::flood_wait && who.peer == 0)
        where = scope::method;
    if (where == scope::peer && who.peer == 0)
        where = scope::operation;
    std::string const its = plain_name(method.empty() ? who.method : method);
    if (where == scope::method && its.empty())
        where = scope::account;
    return {where, refuses, where == scope::peer ? who.peer : 0, where == scope::method ? its : std::string{}};
}

held_scope& holds::close(scope_key const& key, sender const& teacher, category because, ms floor, ms ceiling, ms max_wait, ms now)
{
    auto [place, is_new] = all_.try_emplace(key);
    held_scope& it = place->second;
    it.since = now;
    it.former.reset();
    if (!is_new && floor < it.ceiling)
        it.former = held_scope::owner{it.because, it.teacher, it.max_wait, it.least_max_wait, it.ceiling};
    if (is_new || ceiling >= it.ceiling) {
        it.because = because;
        it.max_wait = it.least_max_wait = max_wait;
        if (it.former)  // what a callback has thrown is learnt when mend looks at that: until then the hold is the former's
            it.least_max_wait = std::min(max_wait, it.former->least_max_wait);
        it.teacher = teacher.operation;
    }
    it.earlier = it.ceiling;
    it.floor = std::max(it.floor, floor);
    it.ceiling = std::max(it.ceiling, ceiling);
    it.closed = now;
    it.most = it.least = 1;
    it.passed = long_ago;
    it.admitted.clear();
    it.doubtful.clear();
    it.certain = true;
    return it;
}

void held_scope::settle(ms until)
{
    floor = ceiling = until;
    if (former && until == former->until) {
        because = former->because;
        teacher = former->teacher;
        least_max_wait = std::min(least_max_wait, former->least_max_wait);  // the newcomer's may end at that very moment
        max_wait = std::max(max_wait, former->max_wait);
    } else if (former) {
        least_max_wait = max_wait;
    }
    former.reset();
}

void holds::pass(sender const& who, ms now)
{
    for (auto& [key, it] : all_) {
        if (!key.matches(who) || (key.refuses && it.floor > now))
            continue;
        // A chat's gate that was not asked for in an hour may be forgotten: the account is well again.
        if (key.where == scope::peer && it.admitted.empty() && now - it.ceiling >= 1h)
            it.certain = false;
        it.most = std::max(0, it.most - 1);
        it.least = std::max(0, it.least - 1);
        it.passed = now;
        it.admitted.insert(who.operation);
    }
}

void holds::came_through(sender const& who, int most, int least, std::optional<ms> unproved)
{
    passed_by_.clear();
    for (auto& [key, it] : all_) {
        bool const in_doubt = it.doubtful.erase(who.operation) != 0;
        if (it.admitted.erase(who.operation) == 0 && !in_doubt)
            continue;
        bool const doubtful = in_doubt || (key.opening && unproved && *unproved <= it.since);
        it.most += most;
        if (doubtful) {  // what it comes to has taught the gate nothing, perhaps
            it.certain = it.certain && most < 2;
            continue;
        }
        it.least += least;
        passed_by_.insert(key);
    }
}

void holds::lift_quarantines(std::optional<category> not_yet_learnt, ms now)
{
    auto const stays = [&](held_scope const& it) { return it.since == now && it.because == not_yet_learnt; };
    std::erase_if(all_, [&](auto const& entry) { return entry.first.refuses && !stays(entry.second); });
    for (auto& [key, it] : all_) {
        if (!key.refuses)
            continue;
        it.floor = now;
        it.certain = false;
    }
}

held_scope* holds::find(scope_key const& key)
{
    auto const found = all_.find(key);
    return found != all_.end() ? &found->second : nullptr;
}

}  // namespace simulation
