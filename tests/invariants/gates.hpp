// Queues at a gate, and when each of their operations went.
#pragma once

#include "support/scenario.hpp"

namespace gates {

using namespace support;

/// Operations of one method that begin one after the other, a millisecond apart, and are alike.
inline std::vector<operation_record*> queue(scenario& in, std::size_t count, ms from, mend::call about, script const& steps)
{
    std::vector<operation_record*> made;
    for (std::size_t index = 0; index < count; ++index)
        made.push_back(&in.spawn(from + ms{index}, about, steps));
    return made;
}

inline std::vector<ms> first_starts(std::vector<operation_record*> const& operations)
{
    std::vector<ms> found;
    for (auto const* each : operations)
        found.push_back(each->attempts.empty() ? ms{-1} : each->attempts.front()->began);
    return found;
}

}  // namespace gates
