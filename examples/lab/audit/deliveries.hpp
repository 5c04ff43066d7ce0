// Checks the sender's reports against the deliveries in the server's log.
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
    std::vector<std::string> wrong; // one sentence for each violation
};

/// Finds messages in the log by chat and text. The last report that names a message decides, because the reports are those of
/// successive runs; but a message that one report calls delivered must be delivered in all later ones.
[[nodiscard]] delivery_findings check_deliveries(std::vector<message> const&, std::vector<report> const&,
                                                 std::vector<request> const&);

} // namespace audit
