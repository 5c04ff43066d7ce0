// Probes: one at a time, after their gaps, and no other operation goes while an outage lasts.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace simulation {

using namespace std::chrono_literals;
using mend::category;
using mend::outage_extent;

namespace {

constexpr ms longest_settle = 4s;  // of all policies that the simulated user has

}  // namespace

/// Does its prober's recovery, on_probe or attempt run? An attempt counts for 30 s.
bool checker::is_busy(outage const& it)
{
    return it.recovering || it.asking || (it.attempt_of != nobody && now_ < at(it.attempt_of).attempt_began + 30s);
}

/// A recovery, on_probe or an attempt begins while an outage lasts: it is the turn of this account.
void checker::begin_turn(outage& it, account const& from, int invariant, int index, std::string_view what)
{
    int const number = number_of(from);
    bool const busy = is_busy(it);
    if (it.turn_of == number)
        return;
    bool const had_waited = places_taken_ == now_;
    demand(it.turn_of == nobody || !busy || had_waited || it.had_waited || now_ >= it.turn_began + 30s, invariant, index,
           fmt::format("{} in an outage, and account{} probes already{}", what, it.turn_of,
                       now_ >= std::max(it.over, it.declared) + 30s ? ", though none has ended for 30 s" : ""));
    // The first recovery of a row has none before it that it would have to wait for.
    bool const begins_row = &it == &from.own && from.callback && from.in_row_least[1] + from.in_row_least[2] == 0;
    // Where it is the proxy, each account behind it rotates at once.
    bool const convicted =
        &it == &from.own && night_.tells_proxies && from.callback && from.running == mend::action::rotate_proxy;
    // An account that is closed when its turn has just failed passes it on, perhaps, before mend has seen that.
    bool const passed_on = it.failed_of != nobody && of(it.failed_of).closed_at == it.over;
    if (it.failed_turn && !had_waited && !begins_row && !convicted && !passed_on) {
        ms const gap = gap_of(*it.failed_turn - it.first_most);
        demand(now_ >= *it.failed_turn + gap, invariant, index,
               fmt::format("{} {} ms after the last probe of an outage, and the gap is {} ms", what,
                           (now_ - *it.failed_turn).count(), gap.count()));
    }
    it.turn_of = number;
    it.had_waited = had_waited;
    if (it.answered_at != now_)  // on_probe was a part of it
        it.turn_began = now_;
    it.tried = it.recovering = it.asking = false;
    it.attempt_of = nobody;
}

/// It has not come through.
void checker::fail_turn(outage& it)
{
    it.end_due = it.end_due || it.end_by_failure;
    it.failed_turn = it.turn_began;
    it.failed_of = it.turn_of;
    it.over = now_;
    it.turn_of = it.attempt_of = nobody;
    it.recovering = it.asking = it.turn_told = it.tried = false;
}

/// The account goes, or this operation of its: the turn passes on at once, if it was theirs.
void checker::release_turn(account& from, int index)
{
    for (outage* const each : {&from.own, &servers_[static_cast<std::size_t>(from.server)]}) {
        bool const its = index == nobody ? each->turn_of == number_of(from) : each->attempt_of == index;
        bool const goes_on = index == nobody && each->attempt_of != nobody && at(each->attempt_of).now == phase::attempting;
        if (!its || goes_on)
            continue;
        each->turn_of = each->attempt_of = nobody;
        each->recovering = each->asking = each->turn_told = false;
        each->over = now_;
    }
}

void checker::on_probing(entry const& happened)
{
    probes_ += happened.result == mend::action_result::none ? 1U : 0U;
    outage* const its = happened.outage == outage_extent::server ? &servers_[static_cast<std::size_t>(happened.server)]
                        : happened.account != nobody             ? &of(happened.account).own
                                                                 : nullptr;
    if (its == nullptr)
        return demand(false, 14, happened.operation, "a probe is told, and nobody hears whose");
    if (happened.result != mend::action_result::none)  // how on_probe has ended, perhaps with the outage
        return;
    demand(its->on || its->absorbed || now_ - its->ended <= 2s, 14, happened.operation, "a probe is reported without an outage");
    its->turn_told = true;
}

void checker::on_probe_began(entry const& happened)
{
    account& from = of(happened.account);
    demand(!from.probe, 14, nobody, "on_probe runs twice for one account");
    from.probe = running_callback{happened.which, now_, happened.run};
    demand(happened.act == mend::action::retry, 14, nobody, "on_probe is told of another action than retry");
    outage* const its = outage_of(from);
    if (its == nullptr)
        return demand(from.own.absorbed || from.closed || now_ - servers_[static_cast<std::size_t>(from.server)].ended <= 2s, 14,
                      nobody, "on_probe is called without an outage");
    demand(!its->silent, 14, nobody, "on_probe is asked again, though it has said nothing");
    begin_turn(*its, from, 14, nobody, "on_probe is asked");
    its->asking = its->tried = true;
}

void checker::on_probe_ended(entry const& happened)
{
    account& from = of(happened.account);
    if (!from.probe || from.probe->run != happened.run)
        return;
    from.probe.reset();
    category const what = meaning_of(happened.reply, happened.number, {}, rules_).what;
    bool const says_nothing = happened.reply == said::cut || (!happened.ok && what == category::unknown);
    answer_probe(from, says_nothing, !happened.ok && !says_nothing && !is_answer(what));
}

/// What on_probe came to; one that is not waited for any longer has said nothing.
void checker::answer_probe(account& from, bool says_nothing, bool failed)
{
    outage* const its = outage_of(from);
    if (its != nullptr && its->turn_of != number_of(from))
        its->over = now_;  // it was asked before this outage began, and has served as its probe, perhaps
    if (its == nullptr || its->turn_of != number_of(from))
        return;
    its->asking = false;
    its->silent = its->silent || says_nothing;
    if (failed)
        return fail_turn(*its);
    if (!says_nothing) {
        from.climbed = false;
        from.in_row_least = {};
    }
    its->turn_of = nobody;  // an operation goes, of this account or another
    its->answered_at = now_;
    its->over = now_;
}

/// Until when an operation that could go may wait for a probe to begin.
ms checker::patience_of(outage const& it, account const& from, operation const& who, ms now) const
{
    if (it.recovering || it.asking || running_ >= night_.max_concurrent_recoveries)
        return ms::max();
    // Whose turn it is may still disconnect or settle. (Each time that it does follows a turn of its own, so this ends.)
    for (account const& each : accounts_) {
        bool const shares = &it == &from.own ? &each == &from : each.server == from.server;
        if (!shares || each.closed)
            continue;
        // An on_probe that was asked before the outage began serves it, too; it is cut off after 10 s, and left after 20 s.
        if (each.probe && now < each.probe->began + 20s)
            return each.probe->began + 20s + 1ms;
        if (!each.running)
            continue;
        if (each.callback || !each.disconnected)
            return ms::max();
        if (ms const settled = *each.disconnected + longest_settle; now < settled)
            return settled + 1ms;
    }
    if (it.attempt_of != nobody) {
        ms const late = operations_[static_cast<std::size_t>(it.attempt_of)].attempt_began + 30s;
        if (now < late)
            return late;
    }
    // Whose turn it is sleeps out the delays of its operations, for as long as a turn lasts.
    if (it.turn_of != nobody && now < it.turn_began + 30s) {
        ms shortest = ms::max();
        for (int const index : accounts_[static_cast<std::size_t>(it.turn_of)].operations) {
            operation const& one = operations_[static_cast<std::size_t>(index)];
            if (one.now == phase::waiting && now < one.not_after)
                shortest = std::min(shortest, one.not_after);
        }
        if (shortest != ms::max())
            return std::min(shortest, it.turn_began + 30s) + 1ms;
    }
    ms base =
        std::max({it.over, it.declared, who.free_since.value_or(now), from.recovered == long_ago ? long_ago : from.recovered});
    if (it.attempt_of != nobody)
        base = std::max(base, operations_[static_cast<std::size_t>(it.attempt_of)].attempt_began + 30s);
    return base + gap_of(base - it.first_least) + 1ms;
}

}  // namespace simulation
