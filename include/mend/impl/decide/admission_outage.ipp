// The gate of an outage: closed until the next probe, open for one probe, and an ordinary gate once the outage is over.
#pragma once

#include <mend/detail/admission.hpp>

#include <algorithm>

namespace mend::detail {

hold* admission_control::outage_gate() noexcept
{
    auto const found = holds_.find(key_view{scope::account, barrier::outage, 0, {}});
    return found != holds_.end() ? &found->second : nullptr;
}

/// Returns null also if the outage is over.
hold const* admission_control::active_outage_gate() const noexcept
{
    auto const found = holds_.find(key_view{scope::account, barrier::outage, 0, {}});
    return found != holds_.end() && !found->second.over ? &found->second : nullptr;
}

void admission_control::close_for_outage(category what, time_point next_probe, bool asks_first, time_point now)
{
    auto& entry = find_or_add({scope::account, barrier::outage, 0, {}}, now);
    hold& gate = entry.second;
    gate.over = false;
    gate.asks_first = asks_first;
    gate.until = time_point::min();  // the next probe may come earlier than the last one
    extend(entry, what, next_probe, milliseconds::max(), milliseconds{0}, now);
}

void admission_control::let_probe(time_point now, bool asks_first)
{
    hold* const gate = outage_gate();
    if (gate == nullptr)
        return;
    gate->asks_first = asks_first;
    gate->until = now;
    gate->permits = std::max(gate->permits, gate->notified + 1);
    admit_waiting(*gate, now);
}

void admission_control::end_outage(bool let_through, time_point now)
{
    outage_moment_ = time_point::max();
    hold* const gate = outage_gate();
    if (gate == nullptr || gate->over)
        return;
    gate->over = true;
    gate->asks_first = false;
    gate->until = now;
    if (!let_through)
        gate->permits = std::max(gate->permits, 1);
    // Operations that wait for a recovery come to this gate when it has ended. Without the gate, all would start at once.
    if (gate->queue.empty() && gate->notified == 0 && waiting_for_recovery_.empty())
        erase(holds_.find(key_view{scope::account, barrier::outage, 0, {}}));
    else
        admit_waiting(*gate, now);
}

bool admission_control::is_probe(waiter const& who) const noexcept
{
    hold const* const gate = active_outage_gate();
    return gate != nullptr && who.passes_gates_ && is_last_to_pass(*gate, who);
}

bool admission_control::was_let_through(waiter const& who) const noexcept
{
    hold const* const gate = active_outage_gate();
    return gate != nullptr && who.passes_gates_ && gate->closed < who.admitted_;
}

bool admission_control::outage_has_waiters() const noexcept
{
    hold const* const gate = active_outage_gate();
    return gate != nullptr && (!gate->queue.empty() || gate->notified != 0);
}

bool admission_control::probe_under_way() const noexcept
{
    hold const* const gate = active_outage_gate();
    return gate != nullptr && (gate->permits == 0 || gate->notified != 0);
}

bool admission_control::probe_has_begun() const noexcept
{
    hold const* const gate = active_outage_gate();
    return gate != nullptr && gate->permits == 0;
}

bool admission_control::callback_waits_for_recovery() const noexcept
{
    bool found = false;
    waiting_for_recovery_.for_each([&](waiter const& each) { found = found || each.is_in_callback(); });
    return found;
}

void admission_control::wake_outage_front() noexcept
{
    if (hold* const gate = outage_gate(); gate != nullptr && !gate->queue.empty())
        gate->queue.front()->wake();
}

}  // namespace mend::detail
