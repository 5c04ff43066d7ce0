// Counts events and the durations of recoveries.
#pragma once

#include <mend/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace mend {

namespace {

// Each millisecond below 32 ms has a bucket; above, each power of two has 32.
constexpr unsigned step_bits = 5;
constexpr std::uint64_t steps = 1U << step_bits;

std::uint64_t bucket_of(std::uint64_t duration) noexcept
{
    if (duration < steps)
        return duration;
    auto const exponent = static_cast<unsigned>(std::bit_width(duration)) - 1 - step_bits;
    return (exponent << step_bits) + (duration >> exponent);
}

/// The longest duration in the bucket.
std::uint64_t end_of(std::size_t bucket) noexcept
{
    if (bucket < steps)
        return bucket;
    std::uint64_t const exponent = (bucket >> step_bits) - 1;
    std::uint64_t const step = (bucket & (steps - 1)) + steps;
    return ((step + 1) << exponent) - 1;
}

}  // namespace

std::uint64_t statistics::failures_of(category what) const noexcept
{
    auto const index = static_cast<std::size_t>(what);
    return index < failures_by_category.size() ? failures_by_category[index] : 0;
}

statistics::action_count statistics::actions_of(action act) const noexcept
{
    auto const index = static_cast<std::size_t>(act);
    return index < counts_by_action.size() ? counts_by_action[index] : action_count{};
}

std::chrono::milliseconds statistics::recovery_time(double quantile) const
{
    std::uint64_t const total = std::accumulate(recovery_time_counts.begin(), recovery_time_counts.end(), std::uint64_t{0});
    if (total == 0)
        return std::chrono::milliseconds{0};
    double const share = quantile > 0 ? std::min(quantile, 1.0) : 0.0;  // NaN counts as 0
    auto const rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total))));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket != recovery_time_counts.size(); ++bucket) {
        seen += recovery_time_counts[bucket];
        if (seen >= rank)
            return std::chrono::milliseconds{static_cast<std::int64_t>(end_of(bucket))};
    }
    return std::chrono::milliseconds{0};
}

std::chrono::milliseconds statistics::recovery_time_mean() const
{
    return recovered == 0 ? std::chrono::milliseconds{0} : recovery_time_sum / static_cast<std::int64_t>(recovered);
}

statistics_recorder::action_counter& statistics_recorder::of(action act) noexcept
{
    return by_action_[std::min(static_cast<std::size_t>(act), static_cast<std::size_t>(action::fail))];
}

void statistics_recorder::end_wait(event const& happened, bool succeeded) noexcept
{
    // Runs of callbacks have events of their own.
    if (happened.act == action::wait || happened.act == action::retry)
        ++(succeeded ? of(happened.act).succeeded : of(happened.act).failed);
}

void statistics_recorder::on_event(event const& happened)
{
    switch (happened.kind) {
    case event_kind::attempt_failed:
        ++failures_;
        ++by_category_[static_cast<std::size_t>(is_valid(happened.what) ? happened.what : category::unknown)];
        if (!happened.unknown_name.empty())
            unknown_names_.add(happened.unknown_name);
        if (happened.act == action::wait || happened.act == action::retry || happened.act == action::fail)
            ++of(happened.act).started;
        if (happened.act == action::fail)
            ++of(happened.act).succeeded;
        break;
    case event_kind::retrying:
        end_wait(happened, true);
        break;
    case event_kind::action_started:
        ++of(happened.act).started;
        break;
    case event_kind::action_ended:
        if (happened.result == action_result::missing)
            ++of(happened.act).started;
        ++(happened.result == action_result::succeeded ? of(happened.act).succeeded : of(happened.act).failed);
        break;
    case event_kind::outage_began:
        ++outages_;
        break;
    case event_kind::probing:
        if (happened.result == action_result::none)  // else a run of on_probe has ended
            ++probes_;
        break;
    case event_kind::outage_ended:
        outage_milliseconds_ += static_cast<std::uint64_t>(std::max<std::int64_t>(0, happened.delay.count()));
        break;
    case event_kind::recovered: {
        ++recovered_;
        auto const taken = static_cast<std::uint64_t>(std::max<std::int64_t>(0, happened.delay.count()));
        recovery_milliseconds_ += taken;
        ++recovery_times_[std::min(bucket_of(taken), bucket_count - 1)];
        break;
    }
    case event_kind::gave_up:
        ++gave_up_;
        end_wait(happened, false);
        break;
    case event_kind::cancelled:
        ++cancelled_;
        if (happened.result == action_result::cancelled)  // during its wait
            end_wait(happened, false);
        break;
    case event_kind::refused:
        if (happened.why != stop_reason::closed)
            ++refused_;
        break;
    default:
        break;
    }
}

statistics statistics_recorder::snapshot() const
{
    statistics counted;
    counted.failures = failures_;
    counted.recovered = recovered_;
    counted.gave_up = gave_up_;
    counted.cancelled = cancelled_;
    counted.recoveries = counted.recovered + counted.gave_up + counted.cancelled;
    counted.refused = refused_;
    counted.outages = outages_;
    counted.probes = probes_;
    counted.outage_time = std::chrono::milliseconds{static_cast<std::int64_t>(outage_milliseconds_.load())};
    counted.recovery_time_sum = std::chrono::milliseconds{static_cast<std::int64_t>(recovery_milliseconds_.load())};
    std::copy(by_category_.begin(), by_category_.end(), counted.failures_by_category.begin());
    for (std::size_t index = 0; index != by_action_.size(); ++index) {
        auto const& counts = by_action_[index];
        counted.counts_by_action[index] = {counts.started, counts.succeeded, counts.failed};
    }
    auto const last =
        std::find_if(recovery_times_.rbegin(), recovery_times_.rend(), [](counter const& each) { return each != 0; });
    counted.recovery_time_counts.assign(recovery_times_.begin(), last.base());
    counted.unknown_names = unknown_names_.counts();
    counted.failures_of_further_names = unknown_names_.failures_of_further_names();
    return counted;
}

}  // namespace mend
