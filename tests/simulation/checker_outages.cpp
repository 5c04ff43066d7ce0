// Outages: when one may begin, how it ends, and what it leaves behind.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using mend::category;
using mend::outage_extent;
using mend::scope;

/// A tenth of its age, at least 0.5 s, at most 30 s.
ms checker::gap_of(ms age)
{
    return std::clamp<ms>(age / 10, 500ms, 30s);
}

int checker::number_of(account const& wanted) const
{
    int number = 0;
    while (&accounts_[static_cast<std::size_t>(number)] != &wanted)
        ++number;
    return number;
}

/// The one that an account's operations wait for: its server's goes before its own.
checker::outage* checker::outage_of(account& it)
{
    outage& servers = servers_[static_cast<std::size_t>(it.server)];
    return servers.on ? &servers : it.own.on ? &it.own : nullptr;
}

void checker::on_outage_began(entry const& happened)
{
    bool const whole = happened.outage == outage_extent::server;
    ++outages_;
    if (!whole && happened.account == nobody)
        return demand(false, 14, nobody, "an account's outage begins, and nobody hears whose");
    outage& it = whole ? servers_[static_cast<std::size_t>(happened.server)] : of(happened.account).own;
    demand(!it.on, 14, happened.operation, "an outage begins twice");
    if (whole) {
        auto const all = std::count_if(accounts_.begin(), accounts_.end(),
                                       [&](account const& each) { return each.server == happened.server && !each.closed; });
        unsigned const failing = servers_evidence(happened.server, false, now_);
        auto const busy = std::count_if(accounts_.begin(), accounts_.end(), [&](account const& each) {
            return each.server == happened.server && !each.closed && !each.operations.empty();
        });
        auto const least = static_cast<unsigned>(std::clamp<std::ptrdiff_t>((busy + 1) / 2, 2, all >= 10 ? 5 : 3));
        demand(failing >= std::min(least, 2U), 14, happened.operation,
               fmt::format("a server's outage begins, and {} of its accounts have met failures in these 2 s", failing));
        for (account& each : accounts_) {
            if (each.server != happened.server)
                continue;
            each.dirty = true;
            each.own.absorbed = each.own.absorbed || std::exchange(each.own.on, false);
            for (need& one : each.needs)
                one.in_outage = true;
            if (each.running)
                each.began_in_outage = false;
            for (int const index : each.operations)
                at(index).was_in_outage = true;
        }
    } else {
        account& from = of(happened.account);
        auto const recent =
            std::count_if(from.row.begin(), from.row.end(), [&](auto const& one) { return now_ - one.at <= 30s; });
        // A success of this very moment is counted when its operation has ended, perhaps only then.
        demand(recent + untold_evidence(from) >= 2 || from.came_through == now_, 14, happened.operation,
               fmt::format("an outage begins after {} failures in a row", recent));
        for (int const index : from.operations)
            at(index).was_in_outage = true;
    }
    for (account& each : accounts_) {
        bool const concerned = whole ? each.server == happened.server : &each.own == &it;
        if (concerned)
            each.last_outage = now_;
        // A recovery that has just failed has failed in this outage: it is still owed.
        if (concerned && each.recovered == now_ && each.last_strength == 0) {
            for (need& one : each.needs)  // what its callbacks have called for comes after the outage's gap, too
                one.in_outage = true;
        }
        if (concerned && each.recovered == now_ && each.last_strength == 0 && !each.repeats && strength_of(each.last_act) < 3)
            each.repeats = each.last_act;
        if (!concerned || it.ended_early || each.closed || each.recovered != now_ || each.last_strength != 0 || !each.repeats ||
            each.repeats == mend::action::relogin || !each.needs.empty())
            continue;
        if (whole) {  // it had failed before, or it is the failed probe
            each.perhaps_owed = now_ + 31s;
            continue;
        }
        each.owed = each.repeats;
        held_scope const* const refuses = each.told.find({scope::account, true, 0, {}});
        if (refuses != nullptr && refuses->floor > now_)
            continue;
        restore_needs(each, *each.repeats);
        each.needs.push_back({nobody, *each.repeats, 0ms, each.last_timeout, 0, now_, false, true});
    }
    outage fresh;
    fresh.on = true;
    fresh.declared = now_;
    fresh.first_most = now_;
    fresh.first_least = now_ - 30s;
    // One that returns goes on with its age; what of the time between counts, is not said.
    if (it.ended != long_ago && now_ - it.ended <= 31s) {
        fresh.first_least = it.first_least;
        if (now_ - it.ended <= 30s) {
            fresh.first_most = std::max(it.first_most, fresh.first_most - (it.ended - it.first_most));
            fresh.rotations = it.rotations;
        }
    }
    // So does an account's that follows its server's.
    outage const& servers = servers_[static_cast<std::size_t>(whole ? happened.server : of(happened.account).server)];
    bool const told_before = servers.on && servers.declared == now_;  // it returns as well
    if (!whole && (told_before || (servers.ended != long_ago && now_ - servers.ended <= 31s)))
        fresh.first_least = std::min(fresh.first_least, servers.first_least);
    ms const delay = happened.delay;
    demand(delay <= now_ - fresh.first_least, 14, happened.operation, "an outage is told older than it is");
    fresh.first_most = std::max(fresh.first_most, now_ - delay);
    fresh.perhaps_over = std::any_of(accounts_.begin(), accounts_.end(), [&](account const& each) {
        bool const concerned = whole ? each.server == happened.server : &each.own == &it;
        return concerned && each.came_through == now_;
    });
    auto const ended = std::exchange(it.ended_early, std::nullopt);
    it = fresh;
    if (ended)
        on_outage_ended(*ended);
}

void checker::end_outage(outage& it)
{
    it.on = it.absorbed = it.end_due = it.end_by_failure = false;
    it.ended = now_;
    it.turn_of = it.attempt_of = nobody;
    it.recovering = it.asking = false;
}

void checker::on_outage_ended(entry const& happened)
{
    bool const whole = happened.outage == outage_extent::server;
    outage& it = whole ? servers_[static_cast<std::size_t>(happened.server)] : of(happened.account).own;
    if (!it.on && !it.absorbed) {
        demand(!it.ended_early, 14, happened.operation, "an outage ends that has not begun");
        it.ended_early = happened;
        return;
    }
    outage_time_ += happened.delay;
    bool const was_on = it.on;
    bool through = it.absorbed || it.end_by_failure || it.perhaps_over;
    std::size_t accounts = 0;
    for (account& each : accounts_) {
        if (whole ? each.server != happened.server : &each != &of(happened.account))
            continue;
        accounts += each.closed ? 0U : 1U;
        if (each.recovered == now_ && each.last_strength == 0)
            forgive_needs(each);
        // An answer, a recovery without waiters, or the account is gone.
        bool const waits = std::any_of(each.operations.begin(), each.operations.end(), [&](int index) {
            operation const& one = at(index);
            auto const& all = each.told.all();
            bool const held = std::any_of(all.begin(), all.end(), [&](auto const& entry) {
                return entry.first.matches(sender_of(one)) && (now_ < entry.second.ceiling || entry.second.is_closed(now_));
            });
            return one.now == phase::waiting && !one.refreshing && !one.told_end && now_ >= one.not_after && !held;
        });
        bool const recovered = each.recovered == now_ && each.last_strength != 0 && !waits;
        bool const told = each.callback_answered == now_;
        through = through || each.came_through == now_ || each.nested_success == now_ || recovered || told || each.closed;
        for (int const index : each.operations)
            through = through || (at(index).answer.at == now_ && at(index).attempts != 0);
        each.dirty = true;
    }
    demand(through, 14, happened.operation, "an outage ends, and nobody has come through");
    auto const it_went = std::exchange(it.went, {});
    ms const it_declared = it.declared;
    end_outage(it);
    if (!was_on)
        return;
    // One that began at the outage's first moment, or lost its turn since, went before the gate was closed last.
    auto const has_lost_its_turn = [&](operation const& one) { return now_ >= one.attempt_began + 30s; };
    // Its gate opens; of a server's accounts two go, and every 250 ms twice as many more.
    ms opens = now_;
    for (std::size_t open = 2, more = 4; open < accounts; open += more, more *= 2)
        opens += 250ms;
    for (account& each : accounts_) {
        if (each.closed || (whole ? each.server != happened.server : &each != &of(happened.account)))
            continue;
        sender nobody_in_particular;
        nobody_in_particular.operation = std::max(happened.operation, 0);
        auto& gate = each.told.close({scope::account, false, 0, {}, true}, nobody_in_particular, category::temporary, now_, opens,
                                     ms::max(), now_);
        // Some may have gone already: that is reported before the end is.
        gate.most = 2;
        gate.least = each.probed_well == now_ ? 2 : 1;
        for (int const index : it_went) {
            if (&of(at(index).account) != &each)
                continue;
            --gate.most;
            --gate.least;
            gate.passed = now_;
            if (at(index).now == phase::attempting)
                (has_lost_its_turn(at(index)) ? gate.doubtful : gate.admitted).insert(index);
        }
        for (int const index : each.operations) {  // who probed goes first
            if (at(index).now != phase::attempting || gate.admitted.contains(index) || gate.doubtful.contains(index) ||
                at(index).attempt_began < it_declared)
                continue;
            gate.least = 0;
            gate.passed = std::max(gate.passed, at(index).attempt_began);
            bool const doubtful = at(index).attempt_began == it_declared || has_lost_its_turn(at(index));
            (doubtful ? gate.doubtful : gate.admitted).insert(index);
        }
        gate.certain = false;
        each.row_most = 0;
        each.strangers.clear();
        each.own.absorbed = each.own.absorbed || each.own.on;
        each.own.on = false;
        each.climbed = false;  // Telegram has answered: the ladder is at its foot again
        each.in_row_least = {};
        each.ladder_fresh = ms::max();
        for (need& one : each.needs)
            one.since = now_;
    }
}

}  // namespace simulation
