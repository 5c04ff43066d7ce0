#include <mend/detail/planted.hpp>
#include <mend/detail/recovery_machine.hpp>

#include <algorithm>
#include <limits>

namespace mend::detail {

recovery_machine::recovery_machine(account_situation& account, operation_limits const& limits, std::string_view method,
                                   std::int64_t peer, bool reply, time_point deadline) noexcept
    : waiter{method, peer, reply, deadline}, account_{account}, limits_{limits}, deadline_{deadline}
{
}

step recovery_machine::start(time_point now)
{
    state_ = state::entering;
    return enter(now);
}

void recovery_machine::started(account_word began) noexcept
{
    state_ = state::attempting;
    began_ = began;
    attempts_ = 1;
}

step recovery_machine::enter(time_point now)
{
    if (account_.word.closed())
        return give_up(stop_reason::closed, {}, now);
    admission const answer = account_.in_the_way.enter(*this, now);
    switch (answer.what) {
    case admission::kind::wait:
        return {step::kind::wait, answer.until};
    case admission::kind::refuse:
        return refuse(answer, now);
    case admission::kind::go:
        break;
    }
    state_ = state::attempting;
    began_ = account_.word;
    ++attempts_;
    return {step::kind::attempt};
}

step recovery_machine::refuse(admission const& answer, time_point now)
{
    if (failures_ == 0)
        last_ = answer.because;
    return give_up(answer.why, answer.until, now);
}

/// The attempt is over: its gates learn from it.
void recovery_machine::left_attempt(bool met_a_wall, time_point now) noexcept
{
    if (met_a_wall)
        account_.in_the_way.gave_back(*this, now);
    else
        account_.in_the_way.came_through(*this, now);
}

void recovery_machine::succeeded(time_point now) noexcept
{
    left_attempt(false, now);
    delivered_ = delivery::sent;
    state_ = state::ended;
}

void recovery_machine::cancelled(time_point now) noexcept
{
    if (state_ == state::attempting) {
        account_.in_the_way.gave_back(*this, now);
        delivered_ = worse(delivered_, delivery::unknown);
    }
    account_.in_the_way.leave(*this, now);
    if (why_ == stop_reason::none)
        why_ = stop_reason::cancelled;
    state_ = state::ended;
}

step recovery_machine::give_up(stop_reason why, std::optional<time_point> retry_at, time_point now)
{
    if (retry_at == time_point::max())  // never
        retry_at.reset();
    account_.in_the_way.leave(*this, now);
    why_ = why;
    // The server has it: whoever reads this must not send again, whatever else came in the way.
    if (known_to_server_ && why != stop_reason::closed)
        why_ = stop_reason::already_sent;
    retry_at_ = retry_at;
    state_ = state::ended;
    return {step::kind::give_up};
}

stop_reason recovery_machine::find_stop(observation const& seen, bool stale, bool missing, time_point earliest) const noexcept
{
    classification const& meaning = seen.meaning;
    policy const& plan = seen.what_to_do;
    action const act = decision_.act;
    bool const cannot = act == action::fail || (missing && act == action::relogin) ||
                        (missing && act == action::refresh && !limits_.knows_its_attempt);
    unsigned const retry = retries_[static_cast<std::size_t>(meaning.what)];
    if (cannot)
        return stop_reason::not_retryable;
    if (account_.word.closed())
        return stop_reason::closed;
    if ((!stale && retry > plan.max_retries) || attempts_ >= limits_.max_attempts)
        return delivered_ == delivery::sent ? stop_reason::already_sent : stop_reason::retries_exhausted;
    if (!limits_.idempotent && meaning.delivered == delivery::unknown && !(planted(bug::unknown_repeated) && failures_ == 1))
        return stop_reason::delivery_unknown;
    if (!limits_.idempotent && meaning.delivered == delivery::sent && meaning.what != category::duplicate)
        return stop_reason::already_sent;
    // A wait that no clock can count is too long for everybody: no operation runs for ever.
    if (meaning.retry_after && (*meaning.retry_after > plan.max_wait || earliest == time_point::max()))
        return stop_reason::wait_too_long;
    if (has_deadline() && earliest >= deadline_)
        return stop_reason::deadline;
    return stop_reason::none;
}

step recovery_machine::failed(observation const& seen, time_point now)
{
    classification const& meaning = seen.meaning;
    policy const& plan = seen.what_to_do;
    ++failures_;
    last_ = meaning.what;
    delivered_ = worse(delivered_, meaning.delivered);
    known_to_server_ = known_to_server_ || meaning.what == category::duplicate;
    decision_ = {};
    decision_.act = meaning.instead.value_or(plan.act);

    action const act = decision_.act;
    bool const stale = strength(act) != 0 && account_.word.covers(began_, act) && !planted(bug::flights_repeated);
    auto& retries = retries_[static_cast<std::size_t>(meaning.what)];
    if (!stale && retries != std::numeric_limits<unsigned>::max())
        ++retries;
    bool const missing = (strength(act) != 0 || act == action::refresh) && !seen.callbacks.has(act);
    decision_.callback_missing = missing && !stale;

    delay_ = stale ? milliseconds{0} : plan.delay.delay(std::max(retries, 1U), seen.random);
    if (meaning.retry_after)
        delay_ = act == action::wait ? *meaning.retry_after : std::max(delay_, *meaning.retry_after);

    // What the failure teaches applies to the scope whether or not this operation goes on.
    bool wall = false;
    bool const needs_recovery = strength(act) != 0 && !missing && !stale;
    bool const joins = account_.in_the_way.recovering() && strength(account_.in_the_way.recovery()) >= strength(act);
    time_point earliest = later(now, needs_recovery && !joins ? sum(plan.settle, delay_) : delay_);
    bool const unteachable = planted(bug::lesson_lost) && (retries > plan.max_retries || attempts_ >= limits_.max_attempts);
    if (act == action::wait && meaning.where != scope::operation && !account_.word.closed() && !unteachable) {
        conditions::wall const met{meaning.where,     meaning.what,  delay_,
                                   plan.delay.jitter, plan.max_wait, meaning.retry_after.has_value()};
        decision_.held = account_.in_the_way.set_hold(*this, met, now, seen.random);
        earliest = decision_.held->until;
        wall = decision_.held->where != scope::operation;
        if (!wall)
            decision_.held.reset();
    }
    if (meaning.what == category::auth && meaning.retry_after)
        account_.logins.spend_until(later(now, *meaning.retry_after));

    stop_reason stop = find_stop(seen, stale, missing, earliest);
    bool start = false;
    std::optional<action> afterwards;
    time_point refill{};
    time_point quarantined_until = time_point::max();
    if (needs_recovery && stop != stop_reason::closed) {
        if (account_.in_the_way.recovering()) {
            if (strength(account_.in_the_way.recovery()) < strength(act))
                afterwards = act;
        } else if (act == action::relogin && account_.in_the_way.account_quarantined_until() > now) {
            stop = stop_reason::quarantined;  // a login has failed already: another would only cost the budget
            quarantined_until = account_.in_the_way.account_quarantined_until();
        } else if (act == action::relogin && !account_.logins.take(limits_.relogins_per_day, now)) {
            stop = stop_reason::recovery_budget;
            refill = account_.logins.refills_at(limits_.relogins_per_day, now);
        } else {
            start = true;
        }
    }

    std::optional<time_point> retry_at;
    if (earliest != now && earliest != time_point::max() && (meaning.retry_after || stop == stop_reason::deadline))
        retry_at = earliest;
    if (stop == stop_reason::quarantined && quarantined_until != time_point::max())
        retry_at = quarantined_until;
    auto const set_quarantine = [&](scope where, time_point until) {
        decision_.quarantined = account_.in_the_way.quarantine(*this, where, meaning.what, until, now);
        decision_.quarantine_because = meaning.what;
        if (decision_.quarantined->where == scope::operation)
            decision_.quarantined.reset();
        else
            wall = true;
        retry_at = until == time_point::max() ? std::nullopt : std::optional{until};
    };
    if (stop == stop_reason::recovery_budget)
        set_quarantine(scope::account, refill);
    else if (stop == stop_reason::not_retryable && act == action::relogin)
        set_quarantine(scope::account, later(now, failed_login_quarantine));
    if (stop != stop_reason::none && stop != stop_reason::closed && stop != stop_reason::deadline &&
        plan.quarantine > milliseconds{0})
        set_quarantine(meaning.where, later(now, plan.quarantine));

    left_attempt(wall || (act == action::relogin && !stale), now);  // for its gates a lost session is a wall
    decision_.delay = stop != stop_reason::none ? milliseconds{0} : between(now, std::max(now, earliest));
    if (start)
        account_.in_the_way.begin_recovery(act);
    if (stop != stop_reason::none) {
        step last = give_up(stop, retry_at, now);
        if (start)
            last.start = act;
        last.afterwards = afterwards;
        return last;
    }
    bool const acts = needs_recovery || (act == action::refresh && !missing);
    if (auto const refused = acts ? account_.in_the_way.refusal(*this, now) : std::nullopt) {
        decision_.delay = milliseconds{0};
        step last = refuse(*refused, now);
        if (start)
            last.start = act;
        last.afterwards = afterwards;
        return last;
    }
    decision_.unidentified_repeat = meaning.delivered == delivery::unknown && !limits_.knows_its_attempt && !repeat_reported_;
    repeat_reported_ = repeat_reported_ || decision_.unidentified_repeat;

    if (wall) {
        state_ = state::entering;
        return enter(now);
    }
    if (act == action::wait) {  // of this operation alone
        state_ = state::delaying;
        delay_until_ = earliest;
        return delay(now);
    }
    if (act == action::refresh && !missing) {
        state_ = state::refreshing;
        account_.in_the_way.sleep(*this);
        return {step::kind::refresh, time_point::max(), act};
    }
    if (needs_recovery) {
        needed_ = act;
        joined_ = account_.word;
        state_ = state::recovering;
        waits_for_recovery_ = start || strength(account_.in_the_way.recovery()) >= strength(act);
        if (start)
            return {step::kind::recover, time_point::max(), act};
        step next = await_recovery();
        next.afterwards = afterwards;
        return next;
    }
    state_ = state::delaying;
    delay_until_ = later(now, delay_);
    return delay(now);
}

step recovery_machine::await_recovery() noexcept
{
    account_.in_the_way.await_recovery(*this);
    return {step::kind::wait, deadline_};
}

step recovery_machine::delay(time_point now)
{
    if (account_.word.closed())
        return give_up(stop_reason::closed, {}, now);
    if (auto const refused = account_.in_the_way.refusal(*this, now))
        return refuse(*refused, now);
    if (has_deadline() && delay_until_ >= deadline_)
        return give_up(stop_reason::deadline, delay_until_, now);
    if (now < delay_until_) {
        account_.in_the_way.sleep(*this);
        return {step::kind::wait, delay_until_};
    }
    state_ = state::entering;
    return enter(now);
}

step recovery_machine::seek_recovery(time_point now)
{
    conditions& in_the_way = account_.in_the_way;
    in_the_way.leave(*this, now);
    if (account_.word.closed())
        return give_up(stop_reason::closed, {}, now);
    if (auto const refused = in_the_way.refusal(*this, now)) {
        // The login was to follow a weaker recovery, and the quarantine is there because it could not.
        time_point const refill = account_.logins.refills_at(limits_.relogins_per_day, now);
        if (needed_ == action::relogin && !waits_for_recovery_ && refill > now)
            return give_up(stop_reason::recovery_budget, refill, now);
        return refuse(*refused, now);
    }
    bool const ended = account_.word.generation() != joined_.generation();
    bool const failed = ended && account_.word.last_strength() == 0;
    bool const strong_enough = strength(account_.last_recovery) >= strength(needed_);
    if (account_.word.covers(joined_, needed_) || (ended && failed && (strong_enough || waits_for_recovery_))) {
        state_ = state::delaying;
        delay_until_ = later(now, delay_);
        return delay(now);
    }
    if (now >= deadline_)
        return give_up(stop_reason::deadline, {}, now);
    if (in_the_way.recovering()) {
        waits_for_recovery_ = strength(in_the_way.recovery()) >= strength(needed_);
        return await_recovery();
    }
    // What ran was too weak: run what is needed.
    if (needed_ == action::relogin && in_the_way.account_quarantined_until() > now) {
        state_ = state::delaying;  // which is refused, unless it is a reply: a login has failed already
        delay_until_ = later(now, delay_);
        return delay(now);
    }
    if (needed_ == action::relogin && !account_.logins.take(limits_.relogins_per_day, now)) {
        time_point const refill = account_.logins.refills_at(limits_.relogins_per_day, now);
        in_the_way.quarantine_account(last_, refill, now);
        decision_.quarantined = conditions::held{scope::account, refill};
        decision_.quarantine_because = last_;
        return give_up(stop_reason::recovery_budget, refill, now);
    }
    in_the_way.begin_recovery(needed_);
    joined_ = account_.word;
    waits_for_recovery_ = true;
    return {step::kind::recover, time_point::max(), needed_};
}

step recovery_machine::resume(time_point now)
{
    decision_.held.reset();
    decision_.quarantined.reset();
    if (state_ == state::delaying || state_ == state::refreshing)
        account_.in_the_way.leave(*this, now);
    switch (state_) {
    case state::delaying:
        return delay(now);
    case state::recovering:
        return seek_recovery(now);
    case state::entering:
        return enter(now);
    case state::refreshing:
        if (account_.word.closed())
            return give_up(stop_reason::closed, {}, now);
        if (now >= deadline_)
            return give_up(stop_reason::deadline, {}, now);
        if (auto const refused = account_.in_the_way.refusal(*this, now))
            return refuse(*refused, now);
        account_.in_the_way.sleep(*this);
        return {step::kind::wait, deadline_};
    case state::idle:
    case state::attempting:
    case state::ended:
        break;
    }
    return {step::kind::give_up};
}

step recovery_machine::refreshed(time_point now)
{
    // Fetched anew or not: the next attempt shows which. A failed refresh is a plain retry with the same backoff.
    account_.in_the_way.leave(*this, now);
    state_ = state::delaying;
    delay_until_ = later(now, delay_);
    return delay(now);
}

}  // namespace mend::detail
