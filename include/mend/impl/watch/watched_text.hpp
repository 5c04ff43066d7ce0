// Prepares the text of a failure for observers: without secrets, and not longer than the limit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mend::detail {

/// Returns the text or, if it has more than `limit` bytes, its beginning and "... (N more bytes)". It is cut before the first
/// UTF-8 character that does not fit. Throws only std::bad_alloc.
[[nodiscard]] std::string limit_message(std::string_view text, std::size_t limit);

/// Returns the text for observers and history, according to options.redact and options.message_limit. Secrets are removed before
/// the text is cut, so that no part of one is left. Returns nothing, without an allocation, if the text needs no change. Throws
/// only std::bad_alloc.
[[nodiscard]] std::optional<std::string> for_watchers(std::string_view text, bool redact, std::size_t limit);

}  // namespace mend::detail
