// Telegram's RPC error names.
#pragma once

#include <mend/detail/export.hpp>

#include <string_view>

namespace mend::telegram {

/// Returns whether the name is in the catalogue (src/telegram/ERRORS.md). Its number may be written as digits: FLOOD_WAIT_37.
/// Constant time, no allocation after the first call; thread-safe.
[[nodiscard]] MEND_API bool is_known_name(std::string_view name) noexcept;

}  // namespace mend::telegram
