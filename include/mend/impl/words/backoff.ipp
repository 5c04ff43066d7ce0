// Computes the delay before an attempt, which grows, and its jitter.
#pragma once

#include <mend/backoff.hpp>

#include <algorithm>
#include <cmath>

namespace mend {

std::chrono::milliseconds backoff::delay(unsigned retry, double random) const noexcept
{
    constexpr double never_above = 300'000;
    auto const limit = std::clamp(static_cast<double>(cap.count()), 0.0, never_above);
    auto const start = std::max(static_cast<double>(base.count()), 0.0);
    if (start == 0.0)  // 0 * infinity is NaN
        return std::chrono::milliseconds{0};

    auto value = start * std::pow(factor, retry == 0 ? 0.0 : static_cast<double>(retry - 1));
    if (!(value < limit))  // also if it is NaN
        value = limit;
    auto const spread = jitter >= 0 ? std::min(jitter, 1.0) : 0.0;
    auto const place = random >= 0 ? std::min(random, 1.0) : 0.5;
    value *= 1.0 + spread * (2.0 * place - 1.0);
    value = value > 0.0 ? std::min(value, limit) : 0.0;  // NaN counts as 0
    return std::chrono::milliseconds{std::llround(value)};
}

}  // namespace mend
