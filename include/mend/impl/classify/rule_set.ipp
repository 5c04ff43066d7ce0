// The rules of a classifier, in order.
#pragma once

#include <mend/impl/classify/rule_set.hpp>

namespace mend::detail {

void rule_set::append(rule_set const& later)
{
    // Reserves first and copies by index, since `later` can be this object.
    auto const rule_count = later.rules.size();
    auto const describer_count = later.describers.size();
    rules.reserve(rules.size() + rule_count);
    describers.reserve(describers.size() + describer_count);
    for (std::size_t next = 0; next < rule_count; ++next)
        rules.push_back(later.rules[next]);
    for (std::size_t next = 0; next < describer_count; ++next)
        describers.push_back(later.describers[next]);
}

}  // namespace mend::detail
