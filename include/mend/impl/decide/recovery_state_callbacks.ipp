// Handles the end of a callback on behalf of its account.
#pragma once

#include <mend/detail/recovery_state.hpp>

#include <algorithm>
#include <utility>

namespace mend::detail {

namespace {

/// Represents a callback in its account's queues, which it never enters: it names no method and no peer.
struct nameless final : waiter {
    nameless() noexcept : waiter{{}, 0, false, time_point::max()} {}
    void wake() noexcept override {}
};

}  // namespace

callback_order order_for(action act, category what, policy const& plan, callback_order about)
{
    about.act = act;
    about.what = what;
    about.settle = plan.settle;
    about.timeout = about.is_probe() ? recovery_state::probe_timeout : plan.action_timeout;
    about.escalate_after = plan.escalate_after;
    return about;
}

/// Handles an exception from a callback as a failed send: it may set a wait and a quarantine. Returns the action that the
/// exception requires.
action recovery_state::learn(callback_report const& report, callback_decision& decision, time_point now)
{
    classification const& meaning = *report.meaning;
    policy const& plan = *report.plan;
    action const wanted = meaning.instead.value_or(plan.act);
    action const act = report.own_shortage ? wanted : escalated(wanted, meaning.what, plan.escalate_after);
    milliseconds const wait = meaning.retry_after.value_or(plan.delay.delay(1, report.random));
    decision.held = learn_wait(nameless{}, meaning, plan, act, wait, {}, report.random, now).held;
    // login_failed() decides how long a failed login quarantines its account.
    bool const of_login = report.order.act == action::relogin && meaning.where == scope::account;
    if (plan.quarantine > milliseconds{0} && act == action::fail && !of_login) {
        decision.quarantined = admission.quarantine(nameless{}, meaning.where, meaning.what, later(now, plan.quarantine), now);
        decision.because = meaning.what;
    }
    return act;
}

/// Requests the action if it is stronger than the failed one. If a login is needed and has no callback, quarantines the account
/// before an operation meets the lost session.
void recovery_state::seek(callback_report const& report, action act, unsigned logins_per_day, callback_decision& decision,
                          time_point now)
{
    category const what = report.meaning->what;
    if (!registered.has(act) && act == action::relogin) {
        decision.quarantined = admission.quarantine_account(what, later(now, failed_login_quarantine), now);
        decision.because = what;
    } else if (registered.has(act) && strength(act) > strength(report.order.act)) {
        // A recovery required by on_probe or on_refresh belongs to the account: no operation has begun it.
        callback_order about = report.order.is_recovery() ? report.order : callback_order{};
        recovery_decision const answer = request(order_for(act, what, *report.plan, std::move(about)), logins_per_day, now);
        if (answer.what == recovery_decision::kind::over_budget) {
            decision.quarantined = admission_control::held{scope::account, answer.until};
            decision.because = what;
        }
    }
}

/// In an outage, a failed recovery counts as the failed probe, repeated or not, unless on_probe or a message is the probe.
void recovery_state::fail_turn(callback_order const& order, category what, time_point now)
{
    bool const another_step = granted && (asking || admission.probe_has_begun());  // it was a disconnect that failed
    if (order.is_recovery() && outage.active() && !another_step)
        probe_failed(what, now);
}

recovery_state::callback_decision recovery_state::callback_failed(callback_report const& report, unsigned logins_per_day,
                                                                  time_point now)
{
    callback_order const& order = report.order;
    callback_decision decision;
    if (order.is_recovery())
        outage.on_recovery(report.own_shortage ? action::retry : report.published_act, successes);  // shortages do not escalate

    category what = order.what;
    if (report.meaning != nullptr) {
        what = report.meaning->what;
        action const act = learn(report, decision, now);
        watch({what, report.own_shortage, false, false, false, false}, report.plan->max_wait, now);
        fail_turn(order, what, now);
        bool const stronger = strength(act) > strength(order.act) && registered.has(act);
        if (stronger && outage.active() && order.is_recovery() && act != action::relogin) {
            decision.stronger = act;
            stay_owed(order_for(act, what, *report.plan, order), act, decision, now);
            return decision;
        }
        seek(report, act, logins_per_day, decision, now);
        if (order.is_recovery() && stronger)
            return decision;  // it is owed, and begins when this one has ended
        if (act == action::relogin && !registered.has(act))
            return decision;
    } else {
        fail_turn(order, what, now);
    }
    if (!order.is_recovery() || stamp.closed())
        return decision;
    if (order.act == action::relogin)
        return login_failed(report, decision, what, now);

    bool const waited_for = admission.recovery_has_waiters() || admission.outage_has_waiters();
    bool const worth_it = waited_for || later(report.first_failed, owed_for) > now;
    // Keep it owed: a message over a dead connection would be wasted.
    if (worth_it && (outage.active() || (decision.held && decision.held->where == scope::account)))
        stay_owed(order, report.asked_for, decision, now);
    return decision;
}

/// Repeats the recovery after the gap, unless a stronger one is owed, which covers it; in a quarantine, not before an operation
/// may start again.
void recovery_state::stay_owed(callback_order const& order, action asked_for, callback_decision& decision, time_point now)
{
    recovery_from = outage.recovery_not_before(now);
    decision.stays_owed = true;
    bool const useless = recovery_is_useless(now);
    bool const follows = owed && strength(owed->act) > strength(order.act);
    decision.again = !useless && !follows;
    if (decision.again || (!useless && owed->act != action::relogin))
        return;  // (a login may fail, or exceed its budget)
    callback_order kept = order;
    kept.act = asked_for;  // the escalation may differ by then
    postpone(std::move(kept), now);
}

/// A login prevented by the network has not failed: it is repeated for a while. Any other failed login quarantines the account.
recovery_state::callback_decision recovery_state::login_failed(callback_report const& report, callback_decision decision,
                                                               category what, time_point now)
{
    bool const only_network = report.meaning != nullptr && is_evidence(what);
    if (only_network && later(report.first_failed, login_patience) > now) {
        decision.stays_owed = decision.again = true;
        recovery_from = std::max(now + login_pause, outage.recovery_not_before(now));
        return decision;
    }
    decision.because = what == category::account_dead ? what : report.order.what;
    milliseconds wait = failed_login_quarantine;
    if (what == category::account_dead)
        wait = policy::forever;  // a dead account never logs in
    else if (report.meaning != nullptr && report.meaning->retry_after)
        wait = std::max(wait, *report.meaning->retry_after);
    decision.quarantined = admission.quarantine_account(decision.because, later(now, wait), now);
    return decision;
}

recovery_state::callback_decision recovery_state::probe_callback_ended(callback_report const& report, unsigned logins_per_day,
                                                                       time_point now)
{
    callback_decision decision;
    asking = false;
    if (!outage.active() || recovery_waits_for_turn()) {
        if (report.meaning == nullptr)
            return decision;
        // Too late for this outage: what the result reports about the account counts, what it reports about the network is
        // outdated.
        action const act = learn(report, decision, now);
        if (!is_evidence(report.meaning->what))
            seek(report, act, logins_per_day, decision, now);
        return decision;
    }
    if (report.result == action_result::succeeded) {
        to_server.probe_answered = true;
        admission.let_probe(now);
        return decision;
    }
    bool const silent = report.meaning == nullptr || report.meaning->what == category::unknown;
    if (silent) {
        outage.set_probe_mute();
        to_server.probe_is_mute = true;
        admission.let_probe(now);
        return decision;
    }
    category const what = report.meaning->what;
    action const act = learn(report, decision, now);
    bool const evidence = is_evidence(what);
    if (evidence) {
        to_server.evidence = to_server.evidence || !report.own_shortage;
        probe_failed(what, now);
    }
    // A probe over a broken connection proves nothing: the recovery runs before the next probe.
    if (!evidence || !report.own_shortage)
        seek(report, act, logins_per_day, decision, now);
    if (evidence)
        return decision;
    // The probe was answered, though not with success: let one operation start.
    to_server.probe_answered = to_server.probe_answered || !report.own_shortage;
    admission.let_probe(now);
    return decision;
}

void recovery_state::call_off(action act) noexcept
{
    if (strength(act) != 0) {
        stamp = stamp.after_recovery(0);
        begun_by = nullptr;
        owed.reset();
        admission.end_recovery();
    } else if (act == action::retry) {
        asking = false;
        if (!outage.active() || recovery_waits_for_turn())
            return;
        outage.set_probe_mute();
        admission.let_probe(seen_at);
    }
}

}  // namespace mend::detail
