// What this program knows about its failures, as rules and policies of mend.
#pragma once

#include "accounts.hpp"

#include <mend/classifier.hpp>
#include <mend/policy.hpp>

namespace broadcast {

[[nodiscard]] mend::classifier sending_rules();
[[nodiscard]] mend::policy_table sending_policies(timing const&);

}  // namespace broadcast
