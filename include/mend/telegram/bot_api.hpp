// Failures from replies of the Bot API.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>
#include <mend/telegram/retry_after.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mend::telegram {

/// Describes an unsuccessful reply of the Bot API. `http_status` is HTTP's, or 0; `error_code`, `description` and the two
/// parameters (`parameters.retry_after` in seconds, `parameters.migrate_to_chat_id`) are those of Telegram's JSON. If the
/// body is not such JSON, pass 0 as `error_code` and the body, or the available part of it, as `description`: a gateway or
/// proxy has answered then, not Telegram.
///
/// The wait is at first assumed to belong to that chat: its scope is the peer. Rules placed before basic() or
/// telegram::rules() still come first. Throws only std::bad_alloc. Thread-safe.
[[nodiscard]] MEND_API failure bot_api_failure(int http_status, int error_code, std::string description,
                                               std::optional<int> retry_after = {},
                                               std::optional<std::int64_t> migrate_to_chat_id = {});

/// The same, with the wait as received: `parameters.retry_after` as written in the JSON ("3", "2.5", "\"3\""), or if there is
/// none, HTTP's Retry-After header. A wait that cannot be read counts as none; see read_retry_after().
template <std::convertible_to<std::string_view> Text>
[[nodiscard]] failure bot_api_failure(int http_status, int error_code, std::string description,
                                      Text const& retry_after_as_it_came, std::optional<std::int64_t> migrate_to_chat_id = {})
{
    auto const wait = read_retry_after(retry_after_as_it_came);
    std::optional<int> whole_seconds;
    if (wait)
        whole_seconds = static_cast<int>(std::min<std::int64_t>(wait->count() / 1000, std::numeric_limits<int>::max()));
    auto result = bot_api_failure(http_status, error_code, std::move(description), whole_seconds, migrate_to_chat_id);
    if (wait)
        result.retry_after = wait;
    return result;
}

}  // namespace mend::telegram
