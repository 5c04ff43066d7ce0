// The categories of failures.
#pragma once

#include <mend/detail/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend {

/// The category of the failure that ended an attempt. The policy table holds one policy for each.
enum class category : std::uint8_t {
    flood_wait,          ///< the server named a wait, or reported a flood without a duration
    rate_limit,          ///< too many requests, without a duration
    proxy,               ///< the proxy itself refuses, fails or cannot be reached
    connection,          ///< the connection broke or could not be opened
    auth,                ///< a step of the authorization failed; the session is not lost
    temporary,           ///< the server is in trouble; the same request may succeed later
    permanent,           ///< the request is invalid; it would fail again
    unknown,             ///< no rule matched
    slow_mode,           ///< wait, but only for this peer
    account_limited,     ///< PEER_FLOOD and similar: no duration given; stop sending from this account for a long time
    account_dead,        ///< banned, deactivated, frozen: no retry, no login, ever
    session_lost,        ///< revoked, expired, duplicated: a new login may help
    target_unavailable,  ///< this account cannot write to this peer; the account itself is not affected
    migrated,            ///< use another data centre or another chat id
    stale,               ///< a reference in the request must be fetched again
    duplicate,           ///< the server already has this operation: it was sent, or is being sent
    custom_0,            ///< for the user's rules, as are the next seven
    custom_1,
    custom_2,
    custom_3,
    custom_4,
    custom_5,
    custom_6,
    custom_7,
};

/// The number of categories; their values are consecutive, from 0.
inline constexpr std::size_t category_count = 24;

/// Returns whether the value is one of the enumerators; a cast can make others.
[[nodiscard]] constexpr bool is_valid(category what) noexcept
{
    return static_cast<std::size_t>(what) < category_count;
}

/// Returns the name as written in the source, for example "flood_wait"; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(category) noexcept;

}  // namespace mend
