// One night from its dials to its verdict.
#pragma once

#include "checker.hpp"

#include <optional>
#include <string>
#include <vector>

namespace simulation {

struct verdict {
    std::optional<violation> broken;
    bool judged_no_further = false;
    std::vector<entry> entries;
    std::size_t operations = 0;
    std::size_t attempts = 0;
};

[[nodiscard]] verdict run(plan const&);

}  // namespace simulation
