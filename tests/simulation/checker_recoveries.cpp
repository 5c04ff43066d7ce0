// Recoveries: one at a time, in order, shared, bounded, and none without need.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using mend::action;
using mend::action_result;
using mend::category;
using mend::scope;
using mend::stop_reason;

namespace {

constexpr ms longest_timeout = 90s;  // of all policies that the simulated user has

}  // namespace

bool checker::has_callback(action act) const
{
    return night_.callbacks[static_cast<std::size_t>(callback_of(act))];
}

bool checker::has_login(account& from, ms now) const
{
    std::erase_if(from.logins, [&](ms each) { return each + 24h <= now; });
    return from.logins.size() < night_.relogins_per_day;
}

/// When the budget of logins, spent now, has one again.
ms checker::refill_of(account const& from) const
{
    unsigned const a_day = night_.relogins_per_day;
    return (a_day == 0 ? now_ : from.logins[from.logins.size() - a_day]) + 24h;
}

void checker::learn_recovery(operation& it, account& from, meaning const& meant, terms const& given, bool stale, unsigned retry)
{
    if (stale)
        return;  // its connection has been replaced already: it just retries
    int const index = static_cast<int>(it.planned->index);
    auto const stop = [&](stop_reason why) { it.must_end = why; };
    bool const others = is_recovering(from);
    if (given.act == action::relogin && !others) {
        scope_key const key{scope::account, true, 0, {}};
        held_scope const* const quarantine = from.told.find(key);
        if (quarantine != nullptr && quarantine->ceiling > now_)
            return stop(stop_reason::quarantined);
        if (!has_login(from, now_)) {
            ms const refill = refill_of(from);
            from.told.close(key, sender_of(it), meant.what, refill, refill, ms::max(), now_);
            return stop(stop_reason::recovery_budget);
        }
        from.logins.push_back(now_);
    }
    unsigned const under_way = from.running         ? strength_of(*from.running)
                               : from.needs.empty() ? 0U
                                                    : strength_of(from.needs.front().act);
    if (!others || strength_of(given.act) > under_way || !it.must_end) {
        bool const servers = servers_[static_cast<std::size_t>(from.server)].on;
        from.needs.push_back({index,
                              given.act,
                              given.settle,
                              given.action_timeout,
                              given.escalate_after,
                              now_,
                              false,
                              servers,
                              from.running.has_value(),
                              {},
                              given.act == action::relogin && !others});
    }
    // What began before the last recovery, or the last outage, does not count as evidence, and begins no row.
    bool const straggler = it.recoveries_seen != from.recoveries || it.attempt_began <= from.last_outage;
    if (from.ladder_since == long_ago && !straggler)
        from.ladder_since = now_;
    if (it.must_end)
        return;
    it.needs = it.needed = given.act;
    unsigned const uncharged = it.uncharged[static_cast<std::size_t>(meant.what)];
    it.delay = {backoff_of(given, std::max(retry, uncharged + 1) - uncharged).least, backoff_of(given, retry + it.charged).most};
}

void checker::on_action_started(entry const& happened)
{
    account& from = of(happened.account);
    ++actions_[static_cast<std::size_t>(happened.act)].started;
    if (happened.act == action::refresh)
        return demand(at(happened.operation).refreshing || at(happened.operation).planned->nested, 5, happened.operation,
                      "a refresh that nobody needs");
    demand(!from.running, 5, happened.operation, "two recoveries of one account at once");
    from.running = happened.act;
    from.running_since = now_;
    ms const former = from.settle;
    from.settle = ms::max();
    from.timeout = 0ms;
    for (need const& each : from.needs) {
        // The ladder takes the next stronger one, and after a server's outage it is the kind that mended the prober.
        bool const climbs = each.act == action::reconnect && happened.act == action::rotate_proxy;
        if (each.act != happened.act && !climbs && !(each.in_outage && each.act != action::relogin))
            continue;
        from.settle = std::min(from.settle, each.settle);
        from.timeout = std::max(from.timeout, each.timeout);
    }
    check_ladder(from, happened);
    from.began_in_outage = false;
    from.callback_met.reset();
    // Which of the two it is when it is repeated, the ladder says.
    bool const ladder = from.repeats && strength_of(*from.repeats) < 3 && strength_of(happened.act) < 3;
    bool const convicted = night_.tells_proxies && happened.act == action::rotate_proxy;  // it is the proxy, perhaps
    if (from.settle == ms::max() && (from.repeats == happened.act || ladder || convicted))
        repeat_recovery(from, happened.act);
    check_useful(from, happened.act, happened.operation);
    if (std::exchange(from.displaced, false) && from.settle == ms::max() && strength_of(happened.act) < 3)
        repeat_recovery(from, happened.act);
    begin_postponed(from, happened.act);
    demand(
        from.closed || from.settle != ms::max(), happened.act == action::relogin ? 7 : 5, happened.operation,
        fmt::format("{} starts, and nobody needs it: what failed began before the last recovery ended", to_string(happened.act)));
    from.repeating = from.repeats.has_value();
    if (std::exchange(from.repeats, std::nullopt)) {  // it keeps the times that it was given then
        from.timeout = std::max<ms>(from.timeout, longest_timeout);
        from.settle = std::min(from.settle, former);
    }
    if (happened.act == action::relogin) {
        auto const count = static_cast<unsigned>(from.logins.size());
        demand(from.closed || count <= night_.relogins_per_day, 7, happened.operation, "more logins in a day than allowed");
    }
    bool const disconnects = night_.callbacks[static_cast<std::size_t>(callback::disconnect)];
    if (!std::exchange(from.replaced, false))  // what has been done for the other counts
        from.disconnected = disconnects ? std::nullopt : std::optional{now_};
    from.disconnect_failed = from.overdue = from.acted_dead = false;
    from.acted.reset();
}

/// reconnect, reconnect, then rotate_proxy, and a gap between those that have mended nothing.
void checker::check_ladder(account& from, entry const& happened)
{
    unsigned const strength = strength_of(happened.act);
    bool const servers = servers_[static_cast<std::size_t>(from.server)].on;
    if (from.closed || strength > 2)
        return;
    need const* asked = nullptr;
    bool in_outage = false;  // there the server, or what has mended the prober, says which it is
    for (need const& each : from.needs) {
        if (each.act != happened.act && each.act != action::reconnect)
            continue;
        asked = &each;
        in_outage = in_outage || each.in_outage;
    }
    if (asked == nullptr)
        return;
    unsigned const after = asked->escalate_after;
    bool const rotates = has_callback(action::rotate_proxy);
    if (happened.act == action::reconnect && after != 0 && rotates && !servers && !in_outage)
        demand(from.in_row_least[1] < after && (!from.climbed || after > from.climbed_after), 5, happened.operation,
               fmt::format("reconnect once more, after {} in a row that have mended nothing", from.in_row_least[1]));
    bool const asked_for =
        from.postponed == happened.act ||
        std::any_of(from.needs.begin(), from.needs.end(), [&](need const& each) { return each.act == happened.act; });
    if (happened.act == action::rotate_proxy && !asked_for && after != 0 && from.in_row_least[1] >= after) {
        from.climbed = true;
        from.climbed_after = after;
    }
    if (happened.act == action::rotate_proxy && !asked_for && !in_outage && !night_.tells_proxies)
        demand(after != 0 && (from.in_row_most[1] >= after || from.in_row_most[2] != 0), 5, happened.operation,
               fmt::format("rotates after {} reconnects in a row", from.in_row_most[1]));
}

/// Until a recovery has proved itself, the next one of the account waits for the gap.
void checker::check_gap(account& from, int index)
{
    bool const unproved = from.in_row_least[1] + from.in_row_least[2] != 0;
    bool const own =
        std::any_of(from.needs.begin(), from.needs.end(), [](need const& each) { return each.own || each.in_outage; });
    bool const at_once = night_.tells_proxies && from.running == action::rotate_proxy;  // it is the proxy, perhaps
    if (!unproved || at_once || from.running == action::relogin || perhaps_in_outage(from) || own ||
        from.ladder_since == long_ago || from.closed)
        return;
    ms const since = std::max(from.ladder_since, std::min(from.ladder_fresh, from.recovery_ended));
    ms const gap = std::clamp<ms>((from.recovery_ended - since) / 10 - 1ms, 0ms, 30s);
    demand(now_ >= from.recovery_ended + gap, 5, index, "the next recovery comes too soon after one that has mended nothing");
}

void checker::on_action_ended(entry const& happened)
{
    account& from = of(happened.account);
    auto& counted = actions_[static_cast<std::size_t>(happened.act)];
    counted.started += happened.result == action_result::missing ? 1U : 0U;
    counted.succeeded += happened.result == action_result::succeeded ? 1U : 0U;
    if (happened.result == action_result::missing)
        return demand(!has_callback(happened.act), 7, happened.operation, "a callback is called missing, and is not");
    if (happened.act == action::refresh) {
        operation& it = at(happened.operation);
        it.refreshing = false;
        it.not_before = it.not_after = now_;
        auto const ended = refreshed_.extract(happened.operation);
        if (!ended.empty() && happened.result == action_result::failed)
            learn_from_callback(from, ended.mapped(), happened.operation);
        return;
    }
    demand(from.running == happened.act, 5, happened.operation, "a recovery ends that has not begun");
    demand(!from.callback, 6, happened.operation, "a recovery ends while its callback runs");
    bool const good = happened.result == action_result::succeeded;
    demand(good == (from.acted == true && !from.disconnect_failed && !from.overdue) || from.closed, 7, happened.operation,
           fmt::format("a recovery is said to have ended as {}", to_string(happened.result)));
    from.running.reset();
    from.threw.reset();
    if (happened.result == action_result::cancelled && !from.closed) {
        if (quarantine_of(from) != nullptr)
            return call_off(from, happened.act);
        // A stronger one takes its place.
        from.repeats = happened.act;
        from.last_timeout = from.timeout;
        from.replaced = true;
        return;
    }
    ++from.recoveries;
    from.recovered = from.recovery_ended = now_;
    unsigned const had = strength_of(happened.act);
    from.last_strength = good ? had : 0;
    from.last_act = happened.act;
    if (good) {
        from.good_strength = had;
        from.good_until = from.recoveries;
    }
    if (had < 3) {
        bool const shortage = from.callback_met && from.callback_met->ours;  // no step of the ladder
        from.in_row_least[had] += shortage ? 0U : 1U;
        from.in_row_most[had] += shortage ? 0U : 1U;
        from.in_row_least[3 - had] = 0;
    }
    // No attempt, but Telegram has spoken.
    if (from.callback_answered == now_ ||
        std::max({from.callback_answered, from.nested_success, from.nested_answer}) >= from.acted_since) {
        from.in_row_least = {};
        from.climbed = false;
        from.ladder_fresh = ms::max();
    } else if (!good) {
        // Failures that are further apart than 30 s are not in a row: from the last one to when this recovery began.
        bool const apart = from.acted_since - from.last_trouble > 30s;
        if (apart)
            from.last_trouble = now_;
        // One that was cut off has said nothing: perhaps the row begins with what fails next.
        bool const says_so = from.callback_met && is_evidence(*from.callback_met);
        if (apart || from.ladder_fresh == ms::max())
            from.ladder_fresh = says_so ? now_ : ms::max();
    }
    outage* const its = outage_of(from);
    bool const turn = its != nullptr && its->turn_of == number_of(from) && its->recovering;
    if (turn)
        its->recovering = false;
    else if (its != nullptr && !good && its->turn_of == nobody)
        its->over = now_;  // it began before this outage, and has served as its probe, perhaps
    bool const answered = from.callback_answered == now_ && from.callback_met && is_answer(from.callback_met->what);
    if (!good && its != nullptr && !answered && happened.result != action_result::cancelled) {
        if (turn && !its->asking)  // else on_probe is the probe, and still runs
            fail_turn(*its);
        if (had < 3)
            return fail_probe(from, happened, turn);
    }
    ms const ended = std::max(from.own.ended, servers_[static_cast<std::size_t>(from.server)].ended);
    if (!good && had < 3 && its == nullptr && ended != long_ago && now_ - ended <= 30s) {
        from.repeats = happened.act;
        from.last_timeout = from.timeout;
        from.perhaps_owed = now_ + 31s;
        if (happened.operation != nobody)
            ++at(happened.operation).charged;
    }
    from.owed.reset();  // once the outage is over, one that fails degrades to a plain retry
    end_needs(from, happened, had, good);
}

/// In an outage a recovery that fails is the failed probe. It stays owed, and costs the operation that began it a retry.
void checker::fail_probe(account& from, entry const& happened, bool certain)
{
    from.owed = happened.act;
    from.repeats = happened.act;
    from.last_timeout = from.timeout;
    if (from.needs.empty())
        from.needs.push_back({nobody, happened.act, 0ms, from.timeout, 0, now_, false, true});
    for (need& each : from.needs) {
        each.in_outage = true;
        each.own = false;
    }
    held_scope const* const refuses = from.told.find({scope::account, true, 0, {}});
    if (refuses != nullptr && refuses->floor > now_) {  // no operation goes, so nothing has to be mended at once
        from.needs.clear();
        return;
    }
    if (happened.operation == nobody)
        return;
    operation& it = at(happened.operation);
    if (it.now != phase::waiting || it.failures == 0)
        return;
    meaning const meant = meaning_of(it.answer.reply, it.answer.number, it.answer.method, rules_);
    terms const given = terms_of(meant.what, policies_);
    unsigned& retries = it.retries[static_cast<std::size_t>(meant.what)];
    ++it.charged;
    // One retry for the recovery that is owed, however often it fails; none for one that a callback of its has called for, or
    // that the account has begun when another had ended.
    bool const has_begun_it = std::any_of(from.needs.begin(), from.needs.end(),
                                          [&](need const& each) { return each.operation == happened.operation && !each.queued; });
    unsigned const uncharged = it.uncharged[static_cast<std::size_t>(meant.what)];
    bool const shortage = from.callback_met && from.callback_met->ours;
    if (certain && has_begun_it && !shortage && it.failed_recoveries++ == 0 && ++retries > it.retries_allowed + uncharged)
        it.must_end = stop_reason::retries_exhausted;
    it.not_before = now_;
    it.not_after = now_ + backoff_of(given, retries + it.charged).most;
}

/// One that a told wait, or an outage that it has made itself, has stopped: it is still owed.
void checker::repeat_recovery(account& from, action act)
{
    from.settle = 0ms;
    from.timeout = std::max<ms>(from.last_timeout, longest_timeout);
    restore_needs(from, act);
}

void checker::restore_needs(account& from, action act)
{
    for (int const each : from.operations) {
        operation& it = at(each);
        if (it.now != phase::waiting || !it.needed || strength_of(*it.needed) > strength_of(act) || it.must_end)
            continue;
        it.needs = it.needed;
        it.not_before = std::min(it.not_before, now_);  // its delay counts from the end of that recovery
    }
}

/// The outage had ended, perhaps, when that recovery failed: then it is owed no longer.
void checker::forgive_needs(account& from)
{
    std::erase_if(from.needs, [&](need const& each) { return each.in_outage && each.act == from.last_act; });
    from.owed.reset();
    for (int const each : from.operations) {
        if (at(each).needs == from.last_act)
            at(each).needs.reset();
    }
}

/// Those that needed no more than this have had it, for better or worse.
void checker::end_needs(account& from, entry const& happened, unsigned had, bool good)
{
    bool const network = from.callback_met && is_evidence(*from.callback_met);
    bool const login = happened.act == action::relogin;
    bool const waits = login && !good && network && !from.overdue && happened.result == action_result::failed;
    if (waits && from.login_tried == long_ago)
        from.login_tried = now_;
    if (waits && nobody_may_go(from))
        return postpone_login(from);
    if (waits && now_ - from.login_tried < 10min) {
        from.login_waits = true;
        from.login_again = now_ + 30s;
        from.repeats = happened.act;
        return;
    }
    if (login) {
        from.login_tried = long_ago;
        from.login_waits = false;
        if (from.repeats == action::relogin)
            from.repeats.reset();
    }
    if (!good && from.callback_met && (from.callback_met->told || is_evidence(*from.callback_met))) {
        from.repeats = happened.act;
        from.last_timeout = from.timeout;
        if (happened.operation != nobody) {
            ++at(happened.operation).charged;
            ++at(happened.operation).failed_recoveries;
        }
    }
    // In a server's outage a reconnect takes the place of a rotation, and so it may where what has failed in one is repeated.
    bool const stands_in = std::any_of(from.needs.begin(), from.needs.end(), [](need const& each) { return each.in_outage; });
    // Where it is the proxy, perhaps, one that has failed in its disconnect had become a rotation meanwhile.
    bool const had_become = night_.tells_proxies && !good && !from.acted;
    if (had < 2 && (stands_in || from.repeating || had_become)) {
        had = 2;
        from.repeats = from.repeats.value_or(action::rotate_proxy);  // or is still needed
        from.last_timeout = from.timeout;
    }
    // What a quarantine, or a dead account, keeps from being mended is postponed until an operation may go again.
    held_scope const* const keeps = from.told.find({scope::account, true, 0, {}});
    if (!good && !login && ((keeps != nullptr && keeps->floor > now_) || from.acted_dead)) {
        for (need const& each : from.needs) {
            unsigned const strength = strength_of(each.act);
            if (strength > had && strength < 3 && (!from.repeats || strength > strength_of(*from.repeats)))
                from.repeats = each.act;
        }
        from.last_timeout = from.timeout;
    }
    // What a login would have made good that has failed may still be needed when the quarantine that follows is over.
    from.displaced = login && !good;
    // Not what its own callback has called for, in this very moment: that is stronger than the action itself.
    auto const called_for = [&](need const& each) {
        unsigned const its = std::max(strength_of(happened.act), had_become ? 2U : 0U);  // then it was perhaps not stronger
        return each.own && each.since == now_ && strength_of(each.act) > its;
    };
    std::erase_if(from.needs, [&](need const& each) { return strength_of(each.act) <= had && !called_for(each); });
    if (good || from.acted_dead)
        std::erase_if(from.needs, [&](need const& each) { return strength_of(each.act) <= had || from.acted_dead; });
    for (need& each : from.needs)
        each.own = false;
    for (int const each : from.operations) {
        operation& it = at(each);
        if (!it.needs && it.now == phase::waiting && it.needed)  // has it waited for this one, too?
            it.not_after = std::max(it.not_after, now_ + it.delay.most);
        if (!it.needs || strength_of(*it.needs) > had)
            continue;
        bool const plain = good || *it.needs != action::relogin;
        it.recovery_ended = it.recovery_ended.value_or(now_);
        it.not_before = plain ? *it.recovery_ended + it.delay.least : now_;
        it.not_after = plain ? now_ + it.delay.most : now_;
        if (it.was_in_outage)
            it.not_before = std::min(it.not_before, it.waits_since + it.delay.least);
        it.needs.reset();
    }
    scope_key const whole{scope::account, true, 0, {}};
    sender teacher;
    teacher.operation = std::max(happened.operation, 0);
    if (login && !good && happened.result != action_result::cancelled && !from.acted_dead) {
        // A login that meets a longer told wait is not tried before its end.
        ms const told =
            from.callback_met && happened.result == action_result::failed ? from.callback_met->told.value_or(0ms) : 0ms;
        ms const until = now_ + std::max<ms>(10min, told);
        from.told.close(whole, teacher, category::session_lost, until, until, ms::max(), now_);
    }
    if (login && good)
        from.told.close({scope::account, false, 0, {}}, teacher, category::session_lost, now_, now_, ms::max(), now_);
    held_scope const* const refuses = from.told.find(whole);
    if (!good && !login && refuses != nullptr && refuses->floor > now_) {  // no operation goes, so nothing has to be mended
        from.needs.clear();
        from.owed.reset();
    }
    auto const paid = std::find_if(from.needs.begin(), from.needs.end(), [](need const& each) { return each.paid; });
    if (paid != from.needs.end() && std::exchange(paid->queued, false) && !from.logins.empty())
        from.logins.back() = now_;
    if (from.needs.empty() || from.needs.front().act != action::relogin || paid != from.needs.end())
        return;
    // A login that is needed besides: not in a quarantine, where it would only cost the budget, and not beyond that.
    held_scope const* const quarantine = from.told.find(whole);
    bool const quarantined = quarantine != nullptr && quarantine->ceiling > now_;
    if (!quarantined && has_login(from, now_)) {
        from.logins.push_back(now_);
        from.needs.front().paid = true;
        return;
    }
    if (!quarantined)
        from.told.close(whole, teacher, category::session_lost, refill_of(from), refill_of(from), ms::max(), now_);
    from.needs.clear();
    for (int const each : from.operations)
        at(each).needs.reset();
}

}  // namespace simulation
