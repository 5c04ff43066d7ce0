// A server that accounts connect to: its outages, shared by these accounts.
#pragma once

#include <mend/detail/server_core.hpp>

#include <algorithm>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

void server_core::inform(recovery_state& account, turn& place, std::uint32_t via, time_point now)
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
    time_point const next = due > now ? due : now + server_breaker::step;  // a turn that is due is handed out anyway
    bool const first = breaker_.front() == nullptr || breaker_.front() == &place;
    account.admission.set_outage_moment(first ? next : later(next, admission_control::patience));
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
        woken_ = nullptr;  // the first in the queue must be notified of the new time
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
