// The claim of the README, measured: the same nights with a naive loop, with a backoff alone, and with mend.
#pragma once

#include <cstdint>
#include <string>

namespace simulation {

/// A Markdown table.
[[nodiscard]] std::string claim(std::uint64_t first_seed, std::uint64_t seeds);

}  // namespace simulation
