// Telegram's RPC error names: which of them mend knows.
#pragma once

#include <mend/detail/export.hpp>

#include <string_view>

namespace mend::telegram {

/// Is it a name of the catalogue (src/telegram/ERRORS.md)? Digits may stand for its number: FLOOD_WAIT_37. Constant
/// time, no allocation after the first call; thread-safe.
[[nodiscard]] MEND_API bool is_known_name(std::string_view name) noexcept;

}  // namespace mend::telegram
