// The rules of a classifier, in order.
#pragma once

#include <mend/impl/classify/rule.hpp>

#include <vector>

namespace mend::detail {

struct rule_set {
    std::vector<rule> rules;
    std::vector<describer> describers;

    /// `later` can be this object.
    void append(rule_set const& later);
};

}  // namespace mend::detail
