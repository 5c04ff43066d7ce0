// What one account knows of trouble beyond its own operations: evidence in a row, recoveries that have not helped, its outage.
#pragma once

#include <mend/detail/outage_state.hpp>

#include <algorithm>
#include <limits>

namespace mend::detail {

namespace {

constexpr std::chrono::seconds most_gap{30};

}  // namespace

milliseconds probe_gap(milliseconds age) noexcept
{
    return std::clamp<milliseconds>(age / 10, milliseconds{500}, most_gap);
}

bool outage_state::add_evidence(moment const& seen, unsigned weight) noexcept
{
    on_successes(seen.successes);
    auto const too_old = [&](time_point each) { return seen.now - each > memory; };
    auto const first = std::find_if_not(row_.begin(), row_.begin() + row_size_, too_old);
    row_size_ = static_cast<std::uint8_t>(std::move(first, row_.begin() + row_size_, row_.begin()) - row_.begin());
    if (row_size_ == 0)
        row_needed_ = static_cast<std::uint8_t>(std::clamp((seen.in_flight + 1) / 2, least_needed, most_needed));
    successes_ = seen.successes;
    if (trouble_since_ == time_point::max())
        trouble_since_ = seen.now;
    for (; weight != 0 && row_size_ != most_needed; --weight)
        row_[row_size_++] = seen.now;
    return row_size_ >= row_needed_;
}

bool outage_state::add_unknown(moment const& seen) noexcept
{
    on_successes(seen.successes);
    if (unknowns_ == 0 || seen.now - unknown_since_ > memory) {
        unknowns_ = 0;
        unknown_since_ = seen.now;
    }
    successes_ = seen.successes;
    if (++unknowns_ < 3)
        return false;
    unknowns_ = 0;
    return add_evidence(seen, 3);
}

void outage_state::on_answer() noexcept
{
    row_size_ = 0;
    unknowns_ = 0;
    reconnects_ = 0;
    unproved_ = false;
    trouble_since_ = time_point::max();
}

void outage_state::on_successes(std::uint64_t successes) noexcept
{
    bool const remembers = row_size_ != 0 || unknowns_ != 0 || unproved_ || trouble_since_ != time_point::max();
    if (remembers && successes != successes_)
        on_answer();
}

action outage_state::escalated(action wanted, unsigned escalate_after, callback_mask registered) const noexcept
{
    bool const in_vain = escalate_after != 0 && reconnects_ >= escalate_after;
    return wanted == action::reconnect && in_vain && registered.has(action::rotate_proxy) ? action::rotate_proxy : wanted;
}

void outage_state::on_recovery(action act, std::uint64_t successes) noexcept
{
    on_successes(successes);
    successes_ = successes;  // earlier ones prove nothing about this recovery, also if they came during a server's outage
    unproved_ = true;
    if (act == action::reconnect && reconnects_ != std::numeric_limits<std::uint8_t>::max())
        ++reconnects_;
}

time_point outage_state::recovery_not_before(time_point now) const noexcept
{
    if (!unproved_)
        return now;
    if (active())
        return now + gap(now);
    return trouble_since_ < now ? now + std::min<milliseconds>(between(trouble_since_, now) / 10, most_gap) : now;
}

void outage_state::begin(phase whose, std::uint64_t successes, time_point now) noexcept
{
    bool const returns = ended_ && now - ended_at_ <= memory;
    if (!active()) {
        time_point const first = row_size_ != 0 ? row_[0] : now;
        since_ = returns ? std::max(first, ended_at_) - (ended_at_ - since_) : first;  // it continues with its earlier age
    }
    phase_ = whose;
    successes_ = successes;
    ended_ = false;
}

void outage_state::begin_server(time_point since, std::uint32_t epoch, std::uint64_t successes) noexcept
{
    if (!active()) {  // earlier successes prove nothing about later recoveries
        on_successes(successes);
        successes_ = successes;
    }
    phase_ = phase::server;
    ended_ = false;
    since_ = since;
    epoch_ = epoch;
}

void outage_state::end(time_point now) noexcept
{
    phase_ = phase::none;
    ended_ = true;
    ended_at_ = now;
    mute_ = false;
}

void outage_state::forget_old(time_point now) noexcept
{
    if (active())
        return;
    if (ended_ && now - ended_at_ > memory)
        ended_ = false;
    if (row_size_ != 0 && now - row_[row_size_ - 1U] > memory && !unproved_) {
        row_size_ = 0;
        trouble_since_ = time_point::max();
    }
    if (unknowns_ != 0 && now - unknown_since_ > memory)
        unknowns_ = 0;
}

bool outage_state::empty() const noexcept
{
    return !active() && !ended_ && row_size_ == 0 && unknowns_ == 0 && !unproved_;
}

}  // namespace mend::detail
