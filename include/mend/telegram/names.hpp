// Telegram's RPC error names: which of them mend knows.
#pragma once

#include <mend/failure.hpp>

#include <string_view>

namespace mend::telegram {

/// Is it a name of the catalogue (src/telegram/ERRORS.md)? Digits may stand for its number: FLOOD_WAIT_37. Constant
/// time, no allocation after the first call; thread-safe.
[[nodiscard]] bool is_known_name(std::string_view name) noexcept;

/// The RPC error name in that failure's text, where the catalogue does not know it: something new of Telegram's, worth
/// a line in a log. Empty otherwise. A view into the failure's message.
[[nodiscard]] std::string_view unknown_name(failure const&) noexcept;

}  // namespace mend::telegram
