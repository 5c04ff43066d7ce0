// Rules that classifier::basic() and telegram::rules() share and that the public interface cannot express.
#pragma once

#include <mend/classifier.hpp>
#include <mend/impl/classify/rule.hpp>

namespace mend::detail {

[[nodiscard]] rule known_rule();        ///< failure.known
[[nodiscard]] rule retry_after_rule();  ///< failure.retry_after: a flood wait
[[nodiscard]] rule network_rule();      ///< failure.error: connection

/// Adds the last of basic()'s rules: codes, and the names that basic() knows besides the floods.
void add_basic_codes(classifier&);

}  // namespace mend::detail
