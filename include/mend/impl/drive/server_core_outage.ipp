// Applies a server's outage to its accounts: which one probes, and which may go on.
#pragma once

#include <mend/detail/account_core.hpp>
#include <mend/detail/manager_core.hpp>
#include <mend/detail/server_core.hpp>
#include <mend/impl/drive/callback_run.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

void server_core::settle(account_core& account, server_message const& message, category why, time_point now) noexcept
{
    try {
        if (message.evidence)
            weigh_evidence(account, why, message.max_wait, now);
    } catch (...) {  // a lock failed: nothing can be done about that here
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
        if (due) {  // if an attempt from before the outage has succeeded, no probe is needed
            census const counted = manager_.count(*this, 0);
            std::lock_guard const lock{mutex_};
            // Signed: an account that has left took all its successes along, perhaps more than were counted at the beginning.
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
    server_breaker::decision decision;
    time_point since;
    {
        std::lock_guard const lock{mutex_};
        decision = breaker_.judge(via, counted, now);
        since = breaker_.since();
        if (decision.outage) {
            disturbed_.store(true, std::memory_order_release);
            woken_ = nullptr;
            max_wait_ = max_wait;
        }
        if (decision.newly)
            convicted_via_.store(via, std::memory_order_relaxed);
    }
    if (decision.outage)
        begin_outage(why, since, now);
    if (decision.newly) {
        manager_.for_each_account(*this, [&](account_core& each) {
            if (each.via() != via)
                return;
            locked_account locked{each, locked_account::quiet};
            if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->recovery != nullptr)
                trouble->recovery->raise(locked, trouble->state, action::rotate_proxy);
        });
    }
}

void server_core::publish(event_kind kind, category what, milliseconds age) noexcept
{
    event record;
    record.kind = kind;
    record.outage = outage_extent::server;
    record.server = name_;
    record.what = what;
    record.delay = age;
    manager_.publish(record);
}

/// Stops all accounts, including the healthy ones, which clear their marks on the next visit after the outage.
void server_core::begin_outage(category why, time_point since, time_point now)
{
    publish(event_kind::outage_began, why, between(since, now));
    manager_.for_each_account(*this, [&](account_core& each) {
        locked_account locked{each, locked_account::quiet};
        if (locked.existing_trouble() == nullptr) {
            locked.set_stamp(locked.stamp().with_disturbance(true).after_outage_step());
            return;
        }
        locked.visit(now);
        server_message const message = locked.state().take_server_message(now);
        hear(locked.trouble().place, message, now);
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
    manager_.for_each_account(*this, [](account_core& each) {  // an owed recovery waits no longer for its gap, only to be let out
        locked_account locked{each, locked_account::quiet};
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->recovery != nullptr)
            trouble->recovery->look_again(locked);
    });
}

/// Gives each account whose time has come its turn, and notifies the first of the others.
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
            locked_account locked{**target, locked_account::quiet};  // not a visit that would catch up with the server
            locked.visit(now);
            account_trouble& trouble = locked.trouble();
            bool const deserted = trouble.recovery == nullptr && !trouble.state.admission.recovering() &&
                                  !trouble.state.admission.outage_has_waiters();
            if (!grant && deserted) {
                // The account (perhaps with a probe that hangs) has no operation or callback that would take its turn and hand
                // out the others' turns.
                forget(trouble.place);
                if (trouble.state.server_opens)
                    trouble.state.leave_server(now, now);
            } else if (!grant) {
                trouble.state.admission.wake_outage_front();
            } else if (grant->probes) {
                trouble.state.grant_turn(grant->asks_first, now);
                if (trouble.recovery != nullptr)
                    trouble.recovery->reconsider(trouble.state);
            } else {
                trouble.state.leave_server(ended, now);
                if (trouble.recovery != nullptr && mended_by != action::retry)
                    trouble.recovery->raise(locked, trouble.state, mended_by);
            }
            if (trouble.recovery != nullptr)
                trouble.recovery->look_again(locked);
            locked.speak_up();
            after = locked.finish();
        }
        carry_out(**target, after);
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
