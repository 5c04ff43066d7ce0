// How the text of a failure looks to those who watch: without secrets, and not longer than it may be.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mend::detail {

/// The text, or if it has more than `limit` bytes, its beginning and "... (N more bytes)". It is cut before the first
/// character (of UTF-8) that does not fit into the limit as a whole. Throws std::bad_alloc alone.
[[nodiscard]] std::string limit_message(std::string_view text, std::size_t limit);

/// The text for observers and history, as options.redact and options.message_limit say. Secrets go first, so that the cut
/// cannot leave half of one. Nothing if the text can stay as it is: then there was no allocation. Throws std::bad_alloc
/// alone.
[[nodiscard]] std::optional<std::string> for_watchers(std::string_view text, bool redact, std::size_t limit);

}  // namespace mend::detail
