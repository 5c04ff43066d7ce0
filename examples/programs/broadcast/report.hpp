// The results of the campaign: a table for people, and JSON for programs.
#pragma once

#include "campaign.hpp"
#include "messages.hpp"
#include "secret.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace broadcast {

/// The table: delivered, undelivered by reason, retries, recoveries by action, time lost, the last errors. Then every
/// message that may have arrived and, after a stop, the messages that were not sent.
[[nodiscard]] std::string summary(campaign const&, std::vector<bad_line> const& skipped);

/// {"messages": [{"line", "id", "chat", "status", "reason"}, ...], "skipped": [{"line", "reason"}, ...]}; a message whose
/// group was migrated also has "moved_to", the new id.
/// The reasons show none of the secrets.
[[nodiscard]] std::string json_report(campaign const&, std::vector<bad_line> const& skipped, redactor const& = redactor({}));

}  // namespace broadcast
