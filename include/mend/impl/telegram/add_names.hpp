// The RPC error names that Telegram uses.
#pragma once

#include <mend/classifier.hpp>

namespace mend::telegram {

/// Adds a rule for each name that is known.
void add_names(classifier& rules);

}  // namespace mend::telegram
