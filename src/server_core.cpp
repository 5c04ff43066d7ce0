#include <mend/detail/server_core.hpp>

#include <mend/detail/account_core.hpp>
#include <mend/detail/flight.hpp>
#include <mend/detail/manager_core.hpp>

#include <algorithm>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

void server_core::inform(account_situation& account, turn& place, std::uint32_t via, time_point now)
{
    bool const suspected = via != 0 && convicted_via_.load(std::memory_order_relaxed) == via;
    bool const concerned = account.outage.of_server();
    account.proxy_is_convicted = account.server_opens = false;
    if (!disturbed() && !suspected && !concerned)
        return;
    std::lock_guard const lock{mutex_};
    account.proxy_is_convicted = breaker_.is_convicted(via, now);
    account.may_rotate = breaker_.may_rotate(now);
    using phase = server_breaker::phase;
    account.server_opens = breaker_.what() == phase::opening;
    bool const joined = account.outage.of_server() && account.outage.epoch() == breaker_.epoch();
    bool const was_in_it = account.outage.epoch() == breaker_.epoch();
    switch (breaker_.what()) {
    case phase::out:
        if (!joined)
            account.join_server(breaker_.since(), breaker_.epoch(), max_wait_, now);
        else if (account.granted && !breaker_.is_prober(place, now)) {
            account.lose_turn(now);
            breaker_.pass_on(place);
        }
        break;
    case phase::opening:
        if (!was_in_it)
            account.join_server(breaker_.since(), breaker_.epoch(), max_wait_, now);
        break;
    case phase::calm:
        account.leave_server(std::min(breaker_.ended_at(), now), now);
        break;
    }
    if (!account.outage.of_server())
        return;
    time_point const due = breaker_.next_moment();
    time_point const next = due > now ? due : now + server_breaker::step;  // one that is due is handed out anyway
    bool const first = breaker_.front() == nullptr || breaker_.front() == &place;
    account.in_the_way.set_outage_moment(first ? next : later(next, conditions::patience));
}

void server_core::forget(turn& place) noexcept
{
    std::lock_guard const lock{mutex_};
    breaker_.remove(place);
    if (woken_ == &place)
        woken_ = nullptr;
}

void server_core::shift_successes(std::uint64_t change) noexcept
{
    std::lock_guard const lock{mutex_};
    breaker_.shift_successes(change);
}

void server_core::hear(turn& place, server_message const& message, time_point now)
{
    bool const anything = message.answered || message.probe_failed || message.probe_answered || message.probe_is_mute ||
                          message.wants_turn || message.passes_turn || message.takes_step || message.rotated || message.mended_by;
    if (!anything && !(message.wants_none && disturbed()))
        return;
    std::lock_guard const lock{mutex_};
    if (message.takes_step)
        breaker_.step_begins(place, now);
    if (message.rotated)
        breaker_.rotated(now);
    if (message.mended_by && breaker_.is_prober(place, now))
        breaker_.mended(*message.mended_by);
    if (message.probe_answered)
        breaker_.on_probe_answered();
    if (message.probe_is_mute)
        breaker_.on_probe_says_nothing();
    if (message.probe_failed)
        breaker_.probe_failed(place, now);
    if (message.passes_turn)
        breaker_.pass_on(place);
    if (message.answered && breaker_.answered(now)) {
        breaker_.remove(place);  // it goes on at once
        ended_after_ = between(breaker_.since(), now);
    }
    if (message.wants_turn)
        breaker_.enqueue(place);
    if (message.wants_none && server_breaker::is_queued(place)) {
        breaker_.remove(place);
        woken_ = nullptr;
    }
    if (message.probe_failed || message.passes_turn || message.answered)
        woken_ = nullptr;  // the next turn comes at another time than the first in the queue was told
}

void server_core::settle(account_core& account, server_message const& message, category why, time_point now) noexcept
{
    try {
        if (message.evidence)
            weigh_evidence(account, why, message.max_wait, now);
    } catch (...) {  // a lock that fails: nothing that can be done about it here
    }
    catch_up(now, message.probe_failed);
}

void server_core::catch_up(time_point now, bool probe_failed) noexcept
{
    if (!disturbed())
        return;
    try {
        bool due = false;
        {
            std::lock_guard const lock{mutex_};
            bool const is_next = breaker_.front() != nullptr && breaker_.next_moment() <= now;
            due = breaker_.what() == server_breaker::phase::out && (probe_failed || is_next);
        }
        if (due) {  // an attempt from before the outage may have succeeded: then no probe is needed
            census const counted = manager_.count(*this, 0);
            std::lock_guard const lock{mutex_};
            // Where an account has gone, what it had before that was taken off, and more than there was at the beginning, perhaps.
            auto const since_then = static_cast<std::int64_t>(counted.successes - breaker_.successes_at_begin());
            if (since_then > 0 && breaker_.answered(now))
                ended_after_ = between(breaker_.since(), now);
        }
        report_end();
        hand_out_turns(now);
    } catch (...) {  // as above
    }
}

void server_core::weigh_evidence(account_core& account, category why, milliseconds max_wait, time_point now)
{
    std::uint32_t const via = account.via();
    {
        std::lock_guard const lock{mutex_};
        if (!breaker_.add_evidence(&account, via, now))
            return;
    }
    census const counted = manager_.count(*this, via);
    server_breaker::verdict verdict;
    time_point since;
    {
        std::lock_guard const lock{mutex_};
        verdict = breaker_.judge(via, counted, now);
        since = breaker_.since();
        if (verdict.outage) {
            disturbed_.store(true, std::memory_order_release);
            woken_ = nullptr;
            max_wait_ = max_wait;
        }
        if (verdict.newly)
            convicted_via_.store(via, std::memory_order_relaxed);
    }
    if (verdict.outage)
        begin_outage(why, since, now);
    if (verdict.newly) {
        manager_.for_each_account(*this, [&](account_core& each) {
            if (each.via() != via)
                return;
            locked_account locked{each};
            locked.be_quiet();
            if (account_extra* const extra = locked.existing_extra(); extra != nullptr && extra->recovery != nullptr)
                extra->recovery->raise(extra->situation, action::rotate_proxy);
        });
    }
}

void server_core::publish(event_kind kind, category what, milliseconds age) noexcept
{
    event told;
    told.kind = kind;
    told.outage = outage_extent::server;
    told.server = name_;
    told.what = what;
    told.delay = age;
    manager_.publish(told);
}

/// Every account is stopped, the healthy ones as well: each clears its mark on the next visit after the outage.
void server_core::begin_outage(category why, time_point since, time_point now)
{
    publish(event_kind::outage_began, why, between(since, now));
    manager_.for_each_account(*this, [&](account_core& each) {
        locked_account locked{each};
        locked.be_quiet();
        if (locked.existing_extra() == nullptr) {
            locked.set_word(locked.word().with_disturbance(true).after_outage_step());
            return;
        }
        locked.visit(now);
        server_message const message = locked.situation().take_server_message(now);
        hear(locked.extra().place, message, now);
    });
}

void server_core::report_end()
{
    std::optional<milliseconds> ended;
    {
        std::lock_guard const lock{mutex_};
        ended = std::exchange(ended_after_, std::nullopt);
    }
    if (!ended)
        return;
    publish(event_kind::outage_ended, category::unknown, *ended);
    manager_.for_each_account(*this, [](account_core& each) {  // what is owed waits for its gap no longer, but to be let out
        locked_account locked{each};
        locked.be_quiet();
        if (account_extra* const extra = locked.existing_extra(); extra != nullptr && extra->recovery != nullptr)
            extra->recovery->look_again();
    });
}

/// Gives each its turn whose time has come, and tells the first of the others that it is the first.
void server_core::hand_out_turns(time_point now)
{
    for (;;) {
        std::optional<server_breaker::grant> grant;
        std::optional<account_ref> target;
        action mended_by = action::retry;
        time_point ended;
        {
            std::lock_guard const lock{mutex_};
            grant = breaker_.next_grant(now);
            mended_by = breaker_.mended_by();
            ended = breaker_.ended_at();
            if (breaker_.what() == server_breaker::phase::calm)
                disturbed_.store(false, std::memory_order_release);
            turn* whose = grant ? grant->whose : breaker_.front();
            if (!grant) {
                if (whose == nullptr || whose == woken_)
                    return;
                woken_ = whose;
            }
            account_core& owner = *static_cast<account_turn*>(whose)->owner;
            if (!owner.try_add_user()) {
                breaker_.remove(*whose);
                continue;
            }
            target.emplace(owner);
            owner.remove_user();
        }
        locked_account::aftermath after;
        {
            locked_account locked{**target};  // no visit that would catch up with the server in its turn
            locked.visit(now);
            locked.be_quiet();
            account_extra& extra = locked.extra();
            bool const deserted = extra.recovery == nullptr && !extra.situation.in_the_way.recovering() &&
                                  !extra.situation.in_the_way.outage_has_waiters();
            if (!grant && deserted) {
                // Nobody there would come when its turn does, and see to those of the others. (A probe that hangs, perhaps.)
                forget(extra.place);
                if (extra.situation.server_opens)
                    extra.situation.leave_server(now, now);
            } else if (!grant) {
                extra.situation.in_the_way.wake_outage_front();
            } else if (grant->probes) {
                extra.situation.grant_turn(grant->asks_first, now);
                if (extra.recovery != nullptr)
                    extra.recovery->reconsider(extra.situation);
            } else {
                extra.situation.leave_server(ended, now);
                if (extra.recovery != nullptr && mended_by != action::retry)
                    extra.recovery->raise(extra.situation, mended_by);
            }
            if (extra.recovery != nullptr)
                extra.recovery->look_again();
            locked.speak_up();
            after = locked.finish();
        }
        carry_out(**target, after);
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
