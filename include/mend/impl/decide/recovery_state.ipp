// The state shared by all operations and callbacks of one account, and the decisions made for the account: which recovery may
// begin, what a failure teaches, when an outage begins and ends.
#pragma once

#include <mend/detail/recovery_state.hpp>

#include <mend/detail/category_facts.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace mend::detail {

bool is_answer(category what) noexcept
{
    return facts_of(what).answered;
}

bool is_evidence(category what) noexcept
{
    return what == category::temporary || what == category::connection || what == category::proxy;
}

void recovery_state::visit(callback_mask registered_now, std::uint64_t successes_now, unsigned undisturbed, time_point now)
{
    seen_at = now;
    registered = registered_now;
    successes = successes_now;
    in_flight = undisturbed + attempting;
    if (!admission.recovering())
        outage.forget_old(now);
    bool const alone = outage.active() && !outage.of_server();
    if (alone && successes != outage.successes_at_begin())  // an attempt from before the outage has succeeded
        answered(false, now);
}

// --- recoveries

recovery_decision recovery_state::request(callback_order wanted, unsigned logins_per_day, time_point now)
{
    assert(wanted.is_recovery());
    using kind = recovery_decision::kind;
    if (admission.recovering()) {
        if (strength(admission.recovery()) >= strength(wanted.act))
            return {kind::joined};
        bool const displaced = owed && wanted.act == action::relogin && strength(owed->act) < strength(wanted.act);
        if (displaced && strength(owed->act) > strength(admission.recovery()))
            postpone(*std::exchange(owed, std::nullopt), now);
        if (!owed || strength(owed->act) < strength(wanted.act))
            owed = std::move(wanted);
        return {kind::queued};
    }
    if (time_point const until = admission.account_quarantined_until(); until > now) {
        if (wanted.act == action::relogin)
            return {kind::quarantined, until};
        postpone(std::move(wanted), now);
        return {kind::postponed, until};
    }
    if (postponed && strength(postponed->act) >= strength(wanted.act)) {
        if (auto kept = take_postponed(); kept && strength(kept->act) > strength(wanted.act))
            wanted = std::move(*kept);
    }
    recovery_from = proxy_is_convicted && wanted.act == action::rotate_proxy ? now : outage.recovery_not_before(now);
    return begin(std::move(wanted), logins_per_day, now);
}

recovery_decision recovery_state::begin(callback_order order, unsigned logins_per_day, time_point now)
{
    using kind = recovery_decision::kind;
    if (order.act == action::relogin && !logins.take(logins_per_day, now)) {
        time_point const refill = logins.refills_at(logins_per_day, now);
        return {kind::over_budget, admission.quarantine_account(order.what, refill, now).until};
    }
    begun_in_quarantine = admission.account_quarantined_until() > now;
    admission.begin_recovery(order.act);
    recovery_because = order.what;
    recovery_is_ready = recovery_calls = false;
    begun = std::move(order);
    return {kind::begins};
}

void recovery_state::begin_postponed(waiter const& who, unsigned logins_per_day, time_point now)
{
    if (!postponed || admission.recovering() || who.is_in_recovery() || admission.refusal(who, now))
        return;
    recovery_from = postponed_until;
    if (auto kept = take_postponed())
        (void)begin(std::move(*kept), logins_per_day, now);
}

void recovery_state::postpone(callback_order wanted, time_point now)
{
    if (stamp.closed())
        return;
    time_point const opens = outage.recovery_not_before(now);
    postponed_until = opens;
    if (wanted.act == action::relogin) {  // it keeps its pause, and is charged when it begins
        postponed_until = std::max(opens, recovery_from);
        logins.give_back();
    }
    if (!postponed || strength(postponed->act) < strength(wanted.act))
        postponed = std::move(wanted);
}

/// Applies the escalation as of now; returns nullopt if there is no longer a callback for the action.
std::optional<callback_order> recovery_state::take_postponed()
{
    std::optional<callback_order> kept = std::exchange(postponed, std::nullopt);
    kept->act = escalated(kept->act, kept->what, kept->escalate_after);
    return registered.has(kept->act) ? std::move(kept) : std::nullopt;
}

action recovery_state::escalated(action wanted, category what, unsigned escalate_after) const noexcept
{
    bool const rotates = registered.has(action::rotate_proxy);
    action act = wanted;
    if (proxy_is_convicted && rotates && is_evidence(what) && strength(wanted) < strength(action::rotate_proxy))
        act = action::rotate_proxy;
    else
        act = outage.escalated(wanted, escalate_after, registered);
    // In a server's outage, the proxy is rarely the cause: a rotation is tried only now and then.
    bool const too_soon = act == action::rotate_proxy && outage.of_server() && !may_rotate && !proxy_is_convicted;
    return too_soon && registered.has(action::reconnect) ? action::reconnect : act;
}

std::optional<recovery_decision> recovery_state::finish(callback_order const& ended, bool succeeded, unsigned logins_per_day,
                                                        time_point now, std::optional<action> covers)
{
    assert(ended.is_recovery() && admission.recovering());
    stamp = stamp.after_recovery(succeeded ? std::max(strength(ended.act), strength(covers.value_or(ended.act))) : 0);
    last_recovery = ended.act;
    begun_by = nullptr;
    if (succeeded && ended.act == action::relogin)
        admission.close_gate_for_probe(ended.what, now);
    if (succeeded && granted && admission.recovery_has_waiters())
        mended = true;
    if (succeeded && outage.active()) {
        to_server.mended_by = ended.act;
        bool const nobody_waits = !admission.recovery_has_waiters() && !admission.outage_has_waiters();
        if (nobody_waits && server_opens)
            end_outage(false, now,
                       now);  // nothing left to prove: the account is let out, its escalation is kept
        else if (nobody_waits)
            answered(false, now);  // the recovery was the successful probe
    }
    admission.end_recovery();
    recovery_is_ready = recovery_calls = false;
    bool const called_off = !succeeded && postponed && admission.account_quarantined_until() > now;
    if (called_off && owed && owed->act != action::relogin)  // the ended run may have been raised to owed's action
        postpone(*std::exchange(owed, std::nullopt), now);
    // If the recovery that ended had become as strong as the owed one, its result counts for both, whether good or bad.
    unsigned const had = std::max(strength(ended.act), stamp.last_strength());
    if (postponed && strength(postponed->act) <= stamp.last_strength())
        postponed.reset();
    bool const done = owed && strength(owed->act) <= had;
    if (!owed || done || stamp.closed()) {
        owed.reset();
        return std::nullopt;
    }
    return request(*std::exchange(owed, std::nullopt), logins_per_day, now);
}

// --- lessons

recovery_state::lesson recovery_state::learn_wait(waiter const& who, classification const& meaning, policy const& plan,
                                                  action act, milliseconds delay, std::string_view method, double random,
                                                  time_point now)
{
    lesson learnt;
    bool const told = meaning.retry_after.has_value();
    if (meaning.what == category::auth) {  // only logins are affected
        if (told)
            logins.spend_until(later(now, *meaning.retry_after));
        if (act != action::wait)
            return learnt;
    }
    if ((act != action::wait && !told) || meaning.where == scope::operation || stamp.closed())
        return learnt;
    admission_control::wall const met{
        meaning.where, meaning.what, act == action::wait ? delay : *meaning.retry_after, plan.delay.jitter, plan.max_wait,
        told,          method};
    auto const held = admission.set_hold(who, met, now, random);
    learnt.at_gate = held.stops_itself;
    learnt.earliest = learnt.at_gate ? held.until : held.own;
    learnt.own = held.own;
    learnt.wall = held.where != scope::operation;
    if (learnt.wall)
        learnt.held = held;
    return learnt;
}

void recovery_state::answered(bool let_through, time_point now)
{
    outage.on_answer();
    if (!outage.active())
        return;
    to_server.answered = to_server.answered || outage.of_server();
    end_outage(let_through, now, now);
}

/// Ends the outage's gap for the recovery that is owed. A login prevented by the network keeps its pause.
void recovery_state::end_gap(time_point now) noexcept
{
    if (admission.recovery() != action::relogin)
        recovery_from = std::min(recovery_from, now);
    if (postponed && postponed->act != action::relogin)
        postponed_until = std::min(postponed_until, now);
    gap_is_over = true;
}

void recovery_state::end_outage(bool let_through, time_point ended, time_point now)
{
    if (std::exchange(own_began, false))
        note(event_kind::outage_ended, category::unknown, now);
    granted = false;
    outage.end(ended);
    admission.end_outage(let_through, now);
    end_gap(now);
}

void recovery_state::probe_failed(category what, time_point now)
{
    if (outage.of_server()) {
        to_server.probe_failed = to_server.probe_failed || granted;
        granted = false;
        admission.close_for_outage(what, time_point::max(), false, now);
    } else {
        bool const asks = registered.can_probe() && !outage.probe_is_mute();
        admission.close_for_outage(what, now + outage.gap(now), asks, now);
    }
}

void recovery_state::probe_cancelled(time_point now)
{
    if (!granted)
        return;
    to_server.passes_turn = true;
    lose_turn(now);
}

void recovery_state::watch(failed_attempt const& met, milliseconds max_wait, time_point now)
{
    if (is_answer(met.what)) {
        answered(met.let_through, now);
        return;
    }
    bool const evidence = is_evidence(met.what) && !met.own_shortage && !met.in_recovery;
    if (outage.active()) {
        if (met.is_probe) {
            to_server.evidence = to_server.evidence || evidence;
            probe_failed(met.what, now);
        }
        return;
    }
    if (met.straggler || met.in_recovery)
        return;
    outage_state::moment const seen{now, successes, in_flight};
    bool begins = false;
    last_evidence = met.what;
    to_server.max_wait = max_wait;
    if (evidence) {
        to_server.evidence = true;
        begins = outage.add_evidence(seen);
    } else if (met.what == category::unknown && met.first_failure) {
        begins = outage.add_unknown(seen);
        to_server.evidence = to_server.evidence || begins;
    }
    if (!begins)
        return;
    outage.begin(outage_state::phase::own, successes, now);
    stamp = stamp.after_outage_step();
    outage_max_wait = max_wait;
    own_began = true;
    note(event_kind::outage_began, met.what, now);
    probe_failed(met.what, now);
}

// --- the server's outage

void recovery_state::join_server(time_point since, std::uint32_t epoch, milliseconds max_wait, time_point now)
{
    admission.close_for_outage(category::temporary, time_point::max(), false, now);  // first: it allocates memory
    outage.begin_server(since, epoch, successes);
    end_gap(now);  // the server decides on turns from now on
    stamp = stamp.after_outage_step();
    outage_max_wait = max_wait;
    granted = false;
}

void recovery_state::grant_turn(bool asks_first, time_point now)
{
    if (!outage.of_server())
        return;
    granted = true;
    mended = false;
    admission.let_probe(now, asks_first && registered.can_probe());
}

void recovery_state::lose_turn(time_point now)
{
    granted = false;
    admission.close_for_outage(category::temporary, time_point::max(), false, now);
}

void recovery_state::leave_server(time_point ended, time_point now)
{
    if (outage.of_server())
        end_outage(false, ended, now);
}

server_message recovery_state::take_server_message(time_point now)
{
    server_message message = std::exchange(to_server, {});
    message.wants_none = !outage.of_server();
    if (!outage.of_server())
        return message;
    // While the server's gate opens, an owed recovery asks for its turn even if it waits for something else.
    bool const ready = server_opens || (recovery_is_ready && recovery_opens() <= now);
    bool const recovers = admission.recovering() && ready;
    bool const has_a_use = !stamp.closed() && (recovers || (admission.outage_has_waiters() && !admission.recovering()));
    bool const backs_off = mended && admission.has_sleepers();
    bool const asks = !stamp.closed() && (backs_off || asking);  // an attempt that has begun continues after close()
    bool const in_use = has_a_use || asks || admission.probe_under_way();
    if (granted && !in_use) {
        message.passes_turn = true;
        lose_turn(now);
    }
    bool const wants_one = has_a_use && !recovery_calls;
    message.wants_turn = !granted && wants_one;
    message.wants_none = !granted && !wants_one;
    return message;
}

admission_control::summary recovery_state::sum_up(time_point now) const noexcept
{
    using kind = account_state::kind;
    admission_control::summary worst = admission.sum_up(now);
    if (recovery_calls && worst.what < kind::recovering)  // it still runs, although the account is now held
        worst = {kind::recovering, recovery_because};
    if (outage.active() && worst.what < kind::recovering)
        return {kind::outage, category::temporary, time_point::max(), outage.since()};
    if (worst.what == kind::recovering)
        worst.because = recovery_because;
    return worst;
}

bool recovery_state::is_well() const noexcept
{
    return admission.clear() && outage.empty() && !postponed;
}

void recovery_state::note(event_kind kind, category what, time_point now) noexcept
{
    if (notice_count == notices.size())
        return;
    notices[notice_count++] = {kind, between(outage.since(), now), what,
                               outage.of_server() && kind == event_kind::probing ? outage_extent::server
                                                                                 : outage_extent::account};
}

}  // namespace mend::detail
