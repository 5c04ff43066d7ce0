// What can be done about a failure.
#pragma once

#include <mend/detail/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend {

/// What a policy does about a failure before the operation is tried again.
enum class action : std::uint8_t {
    wait,          ///< hold the failure's scope for the told or computed time
    reconnect,     ///< call on_disconnect and on_reconnect; one run serves every operation of the account
    rotate_proxy,  ///< call on_disconnect and on_rotate_proxy; shared likewise
    relogin,       ///< call on_disconnect and on_relogin; shared likewise, and at most so often a day
    refresh,       ///< call on_refresh for this operation alone
    retry,         ///< only try again, after the backoff
    fail,          ///< stop: another attempt would fail as well
};

/// How many actions there are; their values run from 0 without a gap.
inline constexpr std::size_t action_count = 7;

/// The name as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(action) noexcept;

}  // namespace mend
