// Makes a failing night as small as it can be and still fail.
#pragma once

#include "night.hpp"

namespace simulation {

/// The dials of a smaller night that breaks the same invariant.
[[nodiscard]] dials shrink(dials, violation const&);

}  // namespace simulation
