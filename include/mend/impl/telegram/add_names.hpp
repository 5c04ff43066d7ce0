// Adds the rules for the RPC error names of Telegram.
#pragma once

#include <mend/classifier.hpp>

namespace mend::telegram {

/// Adds a rule for each known name, and for the families of names that grow.
void add_names(classifier& rules);

}  // namespace mend::telegram
