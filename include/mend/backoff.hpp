// The growing delay between attempts, and its randomness.
#pragma once

#include <mend/detail/export.hpp>

#include <chrono>

namespace mend {

/// The delay before retry n, counted from 1: base * factor^(n-1), jittered, never above the cap. A plain value.
struct MEND_API backoff {
    std::chrono::milliseconds base{1000};
    double factor = 2.0;
    std::chrono::milliseconds cap{300'000};  ///< at most 300 s
    double jitter = 0.1;                     ///< 0: exact; 0.1: the delay varies by +-10 %, still <= cap

    /// Returns the delay before retry `retry`, from 1. `random`, in [0, 1), places it within the jitter: 0.5 is the middle.
    /// Saturates at the cap for any values of the members.
    [[nodiscard]] std::chrono::milliseconds delay(unsigned retry, double random) const noexcept;
};

}  // namespace mend
