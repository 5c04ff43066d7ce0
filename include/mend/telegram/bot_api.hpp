// Failures from replies of the Bot API.
#pragma once

#include <mend/failure.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace mend::telegram {

/// Describes a reply of the Bot API that was no success. `http_status` is HTTP's, or 0; `error_code`, `description` and
/// the two parameters (`parameters.retry_after` in seconds, `parameters.migrate_to_chat_id`) are those of Telegram's
/// JSON. Where the body was no such JSON, `error_code` is 0 and `description` the body, or as much of it as is at hand:
/// then a gateway or proxy has answered and not Telegram.
///
/// A told wait is first taken for that chat's own: its scope is the peer. Rules placed before basic() or
/// telegram::rules() still come first. Throws std::bad_alloc alone. Thread-safe.
[[nodiscard]] failure bot_api_failure(int http_status, int error_code, std::string description,
                                      std::optional<int> retry_after = {}, std::optional<std::int64_t> migrate_to_chat_id = {});

}  // namespace mend::telegram
