// Holds the sender's reports against the deliveries in the server's log.
#pragma once

#include "input.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace audit {

struct delivery_findings {
    std::map<status, std::size_t> counts;
    std::map<status, std::map<std::string, std::size_t>> reasons;
    std::size_t unknown_that_arrived = 0;
    std::vector<std::string> wrong; // one sentence for each thing that is not as it must be
};

/// Messages are known in the log by chat and text. Of several reports the last that names a message decides, as they
/// are those of runs in a row; but what one has called delivered no later one may call anything else.
[[nodiscard]] delivery_findings check_deliveries(std::vector<message> const&, std::vector<report> const&,
                                                 std::vector<request> const&);

} // namespace audit
