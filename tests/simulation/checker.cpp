// The operations: they begin, send, are answered and end, each once and for a reason.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace simulation {

using namespace std::chrono_literals;
using kind = entry::kind;
using mend::event_kind;
using mend::stop_reason;

checker::checker(plan const& night) : night_{night}, operations_(night.made_from.operations), accounts_(night.accounts)
{
    for (auto const& each : night.operations)
        operations_[each.index].planned = &each;
}

void checker::demand(bool holds, int invariant, int which, std::string_view text)
{
    if (!holds && !first_)
        first_ = violation{invariant, now_, which, std::string{text}};
}

checker::operation& checker::at(int index)
{
    return operations_[static_cast<std::size_t>(index)];
}
checker::account& checker::of(int index)
{
    while (accounts_.size() <= static_cast<std::size_t>(index))
        accounts_.emplace_back().closed = all_closed_;
    account& it = accounts_[static_cast<std::size_t>(index)];
    it.dirty = true;
    return it;
}

sender checker::sender_of(operation const& it)
{
    auto const& planned = *it.planned;
    return {static_cast<int>(planned.index), planned.method, planned.peer, planned.reply};
}

void checker::see(entry const& happened)
{
    if (happened.at > now_)
        settle(happened.at);
    if (goes_inline_ != nobody)
        demand(happened.what == kind::request && happened.operation == goes_inline_, 10, goes_inline_,
               "attempt 1 did not run inline");
    goes_inline_ = nobody;
    switch (happened.what) {
    case kind::operation_began:
        on_began(happened);
        break;
    case kind::request:
        on_request(happened);
        break;
    case kind::answer:
        on_answer(happened);
        break;
    case kind::operation_ended:
        on_ended(happened);
        break;
    case kind::cancel:
        at(happened.operation).cancelled = true;
        of(happened.account);
        break;
    case kind::callback_began:
        on_callback_began(happened);
        break;
    case kind::callback_ended:
        on_callback_ended(happened);
        break;
    case kind::told:
        on_told(happened);
        break;
    case kind::release:
        of(happened.account).told.lift_quarantines();
        of(happened.account).logins.clear();
        break;
    case kind::close_account:
        on_closed(of(happened.account));
        break;
    case kind::close_manager:
        all_closed_ = true;
        for (int each = 0; each != static_cast<int>(accounts_.size()); ++each)
            on_closed(of(each));
        break;
    case kind::policies:
        policies_ = static_cast<unsigned>(happened.number);
        break;
    case kind::rules:
        rules_ = static_cast<unsigned>(happened.number);
        break;
    case kind::observer_threw:
    case kind::rule_threw:
        ++thrown_;
        break;
    case kind::other_thread:
        if (happened.operation != nobody && last_.what == kind::told && last_.told == event_kind::waiting)
            at(happened.operation).interrupted = true;
        break;
    case kind::looked:
        on_looked(happened);
        break;
    case kind::world:
        break;
    }
    last_ = happened;
}

void checker::on_closed(account& it)
{
    it.closed = true;
    it.needs.clear();
}

void checker::on_began(entry const& happened)
{
    operation& it = at(happened.operation);
    demand(it.now == phase::planned, 1, happened.operation, "began twice");
    it.now = phase::waiting;
    it.began = it.waits_since = now_;
    account& from = of(happened.account);
    from.operations.push_back(happened.operation);
    // Nothing in the way: it goes first thing.
    bool const alone = it.planned->how != style::by_token && it.planned->attempt_timeout == 0ms;
    bool const in_time = !it.planned->deadline || now_ < *it.planned->deadline;
    if (alone && in_time && from.told.all().empty() && !is_recovering(from) && !from.closed)
        goes_inline_ = happened.operation;
}

void checker::on_request(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    int const index = happened.operation;
    demand(it.now == phase::waiting, 1, index, "an attempt starts while another runs, has not been judged, or after the end");
    demand(happened.attempt == it.attempts + 1 && happened.ok, 1, index, "the attempt has a wrong number or predecessor");
    demand(!it.cancelled, 9, index, "an attempt starts after the operation was cancelled");
    demand(!from.closed, 9, index, "an attempt starts after close()");
    if (it.must_end)
        demand(false, *it.must_end == stop_reason::delivery_unknown ? 8 : 1, index,
               fmt::format("an attempt starts though the operation had to end: {}", to_string(*it.must_end)));
    demand(now_ >= it.not_before, 2, index, "an attempt starts before its delay is over");
    demand(!it.planned->deadline || now_ < *it.planned->deadline, 1, index, "an attempt starts at or after the deadline");
    demand(!is_recovering(from), 6, index, "an attempt starts while the account's connection is being recovered");
    demand(!it.refreshing, 6, index, "an attempt starts before the refresh has ended");
    demand(from.closed || !it.unknown || it.planned->idempotent, 8, index,
           "repeated, though not idempotent and perhaps delivered");
    if (it.unknown && is_blind(it.planned->how))
        demand(it.repeat_told, 8, index, "repeated blindly without an event that says so");
    check_gates(it, from);
    from.told.pass(sender_of(it), now_);

    if (happened.id != 0 || !is_blind(it.planned->how)) {
        demand(happened.id != 0, 8, index, "an id is 0");
        demand(it.id == 0 || it.id == happened.id, 8, index, "the id has changed between attempts");
        demand(ids_.try_emplace(happened.id, index).first->second == index, 8, index, "two operations have one id");
        demand(it.planned->own_id == 0 || it.planned->own_id == happened.id, 8, index, "its own id is not used");
        it.id = happened.id;
    }
    bool const at_once = it.attempts == 0 && last_.what == kind::operation_began && last_.operation == index;
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
    if (happened.reply != said::cut || it.cancelled)
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
                              happened.told != event_kind::callback_overdue && happened.told != event_kind::quarantined;
        if (about_it) {
            ++it.events;
            demand(it.now != phase::ended, 1, happened.operation, "an event after the end");
        }
    }
    switch (happened.told) {
    case event_kind::attempt_failed:
        return on_failed(happened);
    case event_kind::held:
        return on_held(happened);
    case event_kind::quarantined:
        return on_quarantined(happened);
    case event_kind::action_started:
        return on_action_started(happened);
    case event_kind::action_ended:
        return on_action_ended(happened);
    case event_kind::callback_overdue:
        if (happened.act != mend::action::refresh) {
            of(happened.account).overdue = true;
            of(happened.account).callback.reset();
        }
        return;
    case event_kind::unidentified_repeat: {
        operation& it = at(happened.operation);
        demand(!it.repeat_told && it.unknown && is_blind(it.planned->how), 8, happened.operation,
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
        if (happened.told == event_kind::gave_up || happened.told == event_kind::refused)
            check_reason(it, of(happened.account), happened);
        if (it.now == phase::answered)  // others may go from now on
            leave_attempt(it, of(happened.account), happened.told == event_kind::recovered);
        return;
    }
    default:
        return;
    }
}

}  // namespace simulation
