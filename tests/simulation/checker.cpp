// The operations: they begin, send, are answered and end, each once and for a reason.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace simulation {

using namespace std::chrono_literals;
using mend::event_kind;
using mend::stop_reason;

checker::checker(plan const& night) : night_{night}, operations_(night.made_from.operations), servers_(night.servers)
{
    for (int each = 0; each != static_cast<int>(night.accounts); ++each)
        of(each);
    for (auto const& each : night.operations)
        operations_[each.index].planned = &each;
}

void checker::demand(bool holds, int invariant, int which, std::string_view text)
{
    if (holds || first_ || judged_no_further_)
        return;
    auto const in_text = [&](std::string const& each) { return text.find(each) != std::string_view::npos; };
    auto const names = [&](std::vector<std::string> const& texts) { return std::any_of(texts.begin(), texts.end(), in_text); };
    if (names(night_.made_from.open))
        judged_no_further_ = true;  // what comes after may follow from it
    else if (!names(night_.made_from.known))
        first_ = violation{invariant, now_, which, std::string{text}};
}

checker::operation& checker::at(int index)
{
    while (operations_.size() <= static_cast<std::size_t>(index)) {
        auto const number = static_cast<unsigned>(operations_.size()) - night_.made_from.operations;
        operations_.emplace_back().planned = &nested_.emplace_back(nested_operation(night_, number, 0));
    }
    return operations_[static_cast<std::size_t>(index)];
}
checker::account& checker::of(int index)
{
    while (accounts_.size() <= static_cast<std::size_t>(index)) {
        accounts_.emplace_back().closed = all_closed_;
        account& fresh = accounts_.back();
        fresh.server = static_cast<int>((accounts_.size() - 1) % night_.servers);
        join_opening(fresh);
    }
    account& it = accounts_[static_cast<std::size_t>(index)];
    it.dirty = true;
    return it;
}

/// While its server's gate opens, one of a new account goes first, too.
void checker::join_opening(account& fresh)
{
    if (now_ - servers_[static_cast<std::size_t>(fresh.server)].ended > 2s)
        return;
    auto& gate = fresh.told.close({mend::scope::account, false, 0, {}, true}, {}, mend::category::temporary, now_, now_ + 1s,
                                  ms::max(), now_);
    gate.most = 2;
    gate.least = 0;
    gate.passed = now_;
    gate.certain = false;
}

sender checker::sender_of(operation const& it)
{
    auto const& planned = *it.planned;
    return {static_cast<int>(planned.index), planned.method, planned.peer, planned.reply,
            it.answer.method.empty() ? std::string{} : plain_name(it.answer.method)};
}

void checker::see(entry const& happened)
{
    if (happened.at > now_)
        settle(happened.at);
    if (goes_inline_ != nobody)
        demand(happened.what == entry::kind::request && happened.operation == goes_inline_, 10, goes_inline_,
               "attempt 1 did not run inline");
    goes_inline_ = nobody;
    switch (happened.what) {
    case entry::kind::operation_began:
        on_began(happened);
        break;
    case entry::kind::request:
        on_request(happened);
        break;
    case entry::kind::answer:
        on_answer(happened);
        break;
    case entry::kind::operation_ended:
        on_ended(happened);
        break;
    case entry::kind::cancel:
        at(happened.operation).cancelled = true;
        of(happened.account);
        break;
    case entry::kind::callback_began:
        on_callback_began(happened);
        break;
    case entry::kind::callback_ended:
        on_callback_ended(happened);
        break;
    case entry::kind::told:
        on_told(happened);
        break;
    case entry::kind::release:
        displace_needs(of(happened.account));
        of(happened.account).told.lift_quarantines(of(happened.account).threw, now_);
        of(happened.account).logins.clear();
        of(happened.account).released = now_;
        of(happened.account).acted_dead = false;  // it may be well again
        break;
    case entry::kind::close_account:
        on_closed(of(happened.account));
        break;
    case entry::kind::settled:
        of(happened.account).server = happened.number % static_cast<int>(night_.servers);
        join_opening(of(happened.account));
        break;
    case entry::kind::close_manager:
        all_closed_ = true;
        for (int each = 0; each != static_cast<int>(accounts_.size()); ++each)
            on_closed(of(each));
        break;
    case entry::kind::policies:
        policies_ = static_cast<unsigned>(happened.number);
        for (account& each : accounts_) {
            each.climbed = false;  // the new ones may climb later
            for (need& one : each.needs) {  // what a callback has thrown at this moment is judged by either table
                if (!one.own || one.since != now_)
                    continue;
                terms const other = terms_of(one.because, policies_);
                one.settle = std::min(one.settle, other.settle);
                one.timeout = std::max(one.timeout, other.action_timeout);
            }
            held_scope* const held = each.told.find({mend::scope::account, false, 0, {}});
            if (held == nullptr || held->since != now_ || !each.callback_met || held->because != each.callback_met->what)
                continue;  // so is the wait that it has reported
            ms const other = terms_of(held->because, policies_).max_wait;
            held->least_max_wait = std::min(held->least_max_wait, other);
            held->max_wait = std::max(held->max_wait, other);
        }
        break;
    case entry::kind::rules:
        rules_ = static_cast<unsigned>(happened.number);
        break;
    case entry::kind::observer_threw:
    case entry::kind::rule_threw:
        ++thrown_;
        break;
    case entry::kind::other_thread:
        if (happened.operation != nobody && last_.what == entry::kind::told && last_.told == event_kind::waiting)
            at(happened.operation).interrupted = true;
        break;
    case entry::kind::looked:
        on_looked(happened);
        break;
    case entry::kind::world:
        break;
    }
    last_ = happened;
}

void checker::on_closed(account& it)
{
    it.closed = true;
    it.closed_at = now_;
    release_turn(it, nobody);
    it.needs.clear();
    it.postponed.reset();
    it.login_waits = false;
    it.owed.reset();
}

void checker::on_began(entry const& happened)
{
    operation& it = at(happened.operation);
    demand(it.now == phase::planned, 1, happened.operation, "began twice");
    it.now = phase::waiting;
    it.began = it.waits_since = now_;
    account& from = of(happened.account);
    if (it.planned->nested) {
        ++from.nested;
        return;
    }
    from.operations.push_back(happened.operation);
    // Nothing in the way: it goes first thing.
    bool const alone = it.planned->how != style::by_token && it.planned->attempt_timeout == 0ms;
    bool const in_time = !it.planned->deadline || now_ < *it.planned->deadline;
    // An outage that these failures begin is there before it is reported.
    bool const failing = from.row.size() >= 2 && from.row.back().at == now_;
    bool const opening = now_ - servers_[static_cast<std::size_t>(from.server)].ended <= std::chrono::seconds{2};
    bool const perhaps_recovers = from.repeats || from.postponed || now_ < from.perhaps_owed;
    if (alone && in_time && !opening && !failing && !perhaps_recovers && from.told.all().empty() && !is_recovering(from) &&
        !from.closed && !perhaps_in_outage(from))
        goes_inline_ = happened.operation;
}

void checker::on_request(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    int const index = happened.operation;
    if (it.planned->nested)
        return on_nested_request(happened);
    demand(it.now == phase::waiting, 1, index, "an attempt starts while another runs, has not been judged, or after the end");
    demand(happened.attempt == it.attempts + 1 && happened.ok, 1, index, "the attempt has a wrong number or predecessor");
    demand(!it.cancelled, 9, index, "an attempt starts after the operation was cancelled");
    demand(!from.closed, 9, index, "an attempt starts after close()");
    if (it.must_end)
        demand(false, *it.must_end == stop_reason::delivery_unknown ? 8 : 1, index,
               fmt::format("an attempt starts though the operation had to end: {}", to_string(*it.must_end)));
    demand(now_ >= it.not_before, 2, index, "an attempt starts before its delay is over");
    demand(!it.planned->deadline || now_ < *it.planned->deadline, 1, index, "an attempt starts at or after the deadline");
    demand(!is_recovering(from), from.owed ? 15 : 6, index,
           from.owed ? "an attempt starts over a connection that is known to be dead"
                     : "an attempt starts while the account's connection is being recovered");
    demand(!from.owed || is_recovering(from), 15, index,
           "an attempt starts over a connection that was known to be dead before a quarantine");
    // Where it is the proxy, perhaps, a rotation may have become a reconnect before that.
    bool const perhaps_done = night_.tells_proxies && from.postponed == mend::action::rotate_proxy;
    demand(!from.postponed || perhaps_done, 13, index,
           "an attempt starts after a quarantine, and the recovery that was needed in it has not begun");
    it.account = happened.account;
    outage* const its = outage_of(from);
    // An attempt from before the outage may have ended it: what goes then is not reported as a probe.
    if (its != nullptr && (its->end_due || (its->end_by_failure && !its->turn_told))) {
        its->went.push_back(index);
    } else if (its != nullptr) {
        begin_turn(*its, from, 14, index, "an attempt starts");
        demand(its->attempt_of == nobody || now_ >= std::min(at(its->attempt_of).attempt_began, its->turn_began) + 30s, 14, index,
               "an attempt starts in an outage, and another probes already");
        demand(its->turn_told, 14, index, "an attempt starts in an outage, and is not told as a probe");
        its->attempt_of = index;
        its->tried = true;
        its->turn_told = false;  // each is reported by itself
    }
    it.free_since.reset();
    demand(!it.refreshing, 6, index, "an attempt starts before the refresh has ended");
    demand(from.closed || !it.unknown || it.planned->idempotent, 8, index,
           "repeated, though not idempotent and perhaps delivered");
    if (it.unknown && is_blind(it.planned->how))
        demand(it.repeat_told, 8, index, "repeated blindly without an event that says so");
    check_gates(it, from);
    from.told.pass(sender_of(it), now_);

    if (happened.id != 0 || sends_id(it.planned->how)) {
        demand(happened.id != 0, 8, index, "an id is 0");
        demand(it.id == 0 || it.id == happened.id, 8, index, "the id has changed between attempts");
        demand(ids_.try_emplace(happened.id, index).first->second == index, 8, index, "two operations have one id");
        demand(it.planned->own_id == 0 || it.planned->own_id == happened.id, 8, index, "its own id is not used");
        it.id = happened.id;
    }
    bool const at_once = it.attempts == 0 && last_.what == entry::kind::operation_began && last_.operation == index;
    it.in_trouble = it.in_trouble || !at_once;
    it.attempts = happened.attempt;
    it.now = phase::attempting;
    it.interrupted = it.left = false;
    it.attempt_began = now_;
    it.waited += now_ - it.waits_since;
    it.recoveries_seen = from.recoveries;
}

/// May this attempt start, as far as scopes go?
void checker::check_gates(operation const& it, account& from)
{
    sender const who = sender_of(it);
    for (auto const& [key, held] : from.told.all()) {
        if (!key.matches(who))
            continue;
        if (now_ < held.floor) {
            if (is_exempt(key, held, who))
                continue;
            bool const stopped = held.teacher != who.operation && at(held.teacher).now == phase::ended;
            int const broken = key.refuses || stopped ? 13 : 2;
            demand(false, broken, who.operation,
                   fmt::format("an attempt starts {} ms before the end of {} of {} told to op{}", (held.floor - now_).count(),
                               key.refuses ? "a quarantine" : "a hold", to_string(key.where), held.teacher));
        }
        bool const forgotten = key.where == mend::scope::peer && held.admitted.empty() && now_ - held.ceiling >= 1h;
        bool const open = forgotten || !held.certain || held.most > 0 || now_ >= held.passed + 30s;
        if (ms& since = from.passed.try_emplace(key, long_ago).first->second; !key.refuses || now_ >= held.floor)
            since = std::max(since, it.waits_since);
        demand(open, 4, who.operation,
               fmt::format("the gate of {} {} that op{} has met lets too many pass", key.refuses ? "a quarantined" : "a held",
                           to_string(key.where), held.teacher));
    }
}

void checker::on_answer(entry const& happened)
{
    operation& it = at(happened.operation);
    of(happened.account);
    demand(it.now == phase::attempting, 1, happened.operation, "an answer without a request");
    it.now = phase::answered;
    it.answer = happened;
    if (happened.reply == said::ok)
        note_success(it, of(happened.account));
    if (happened.reply != said::cut || it.cancelled || it.planned->nested)
        return;
    ms limit = it.planned->attempt_timeout;
    demand(limit != 0ms, 9, happened.operation, "a request is cut off, and nobody asked for it");
    if (it.planned->deadline)
        limit = std::min(limit, std::max(*it.planned->deadline - it.attempt_began, 1ms));
    demand(now_ == it.attempt_began + limit, 9, happened.operation, "a request is cut off at a wrong moment");
}

void checker::on_told(entry const& happened)
{
    if (happened.told == event_kind::user_code_failed)
        ++complaints_;
    if (happened.operation != nobody) {
        operation& it = at(happened.operation);
        bool const about_it = happened.told != event_kind::action_started && happened.told != event_kind::action_ended &&
                              happened.told != event_kind::callback_overdue && happened.told != event_kind::quarantined &&
                              happened.told != event_kind::outage_began && happened.told != event_kind::outage_ended &&
                              happened.told != event_kind::probing && happened.told != event_kind::held &&
                              happened.told != event_kind::user_code_failed;  // a rule, asked about what a callback threw
        if (about_it) {
            ++it.events;
            demand(it.now != phase::ended, 1, happened.operation, "an event after the end");
        }
    }
    switch (happened.told) {
    case event_kind::attempt_failed:
        return on_failed(happened);
    case event_kind::outage_began:
        return on_outage_began(happened);
    case event_kind::outage_ended:
        return on_outage_ended(happened);
    case event_kind::probing:
        return on_probing(happened);
    case event_kind::held:
        return on_held(happened);
    case event_kind::quarantined:
        return on_quarantined(happened);
    case event_kind::action_started:
        return on_action_started(happened);
    case event_kind::action_ended:
        return on_action_ended(happened);
    case event_kind::callback_overdue:
        return on_overdue(happened);
    case event_kind::unidentified_repeat: {
        operation& it = at(happened.operation);
        demand(!it.repeat_told && it.unknown && !sends_id(it.planned->how), 8, happened.operation,
               "unidentified_repeat without cause");
        it.repeat_told = true;
        return;
    }
    case event_kind::recovered:
    case event_kind::gave_up:
    case event_kind::cancelled:
    case event_kind::refused: {
        operation& it = at(happened.operation);
        demand(!it.told_end, 1, happened.operation, "its end is told twice");
        demand(happened.told != event_kind::refused || it.attempts == 0, 1, happened.operation, "refused, after an attempt");
        refused_ += happened.told == event_kind::refused && happened.why != stop_reason::closed ? 1U : 0U;
        it.told_end = happened.told;
        it.told_why = happened.why.value_or(stop_reason::none);
        it.last_told = happened;
        if ((happened.told == event_kind::gave_up || happened.told == event_kind::refused) && !it.planned->nested)
            check_reason(it, of(happened.account), happened);
        if (it.now == phase::answered)  // others may go from now on
            leave_attempt(it, of(happened.account), happened.told == event_kind::recovered);
        if (happened.told == event_kind::cancelled)  // and probe
            release_turn(of(happened.account), happened.operation);
        return;
    }
    default:
        return;
    }
}

}  // namespace simulation
