// The actions that a policy can take.
#pragma once

#include <mend/detail/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend {

/// What a policy does about a failure before the operation is retried.
enum class action : std::uint8_t {
    wait,          ///< hold the failure's scope for the named or computed time
    reconnect,     ///< call on_disconnect and on_reconnect; one run serves every operation of the account
    rotate_proxy,  ///< call on_disconnect and on_rotate_proxy; shared likewise
    relogin,       ///< call on_disconnect and on_relogin; shared likewise, and limited by options.relogins_per_day
    refresh,       ///< call on_refresh for this operation alone
    retry,         ///< retry after the backoff, without an action
    fail,          ///< stop: another attempt would fail as well
};

/// The number of actions; their values are consecutive, from 0.
inline constexpr std::size_t action_count = 7;

/// Returns the name as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(action) noexcept;

}  // namespace mend
