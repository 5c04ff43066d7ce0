// The kinds of failure that mend tells apart.
#pragma once

#include <mend/detail/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend {

/// What kind of failure ended an attempt. The policy table holds one policy for each.
enum class category : std::uint8_t {
    flood_wait,          ///< the server named a wait, or said "flood" without a duration
    rate_limit,          ///< too many requests, and no duration was told
    proxy,               ///< the proxy itself refuses, fails or cannot be reached
    connection,          ///< the connection broke, or could not be made
    auth,                ///< a step of authorization failed; no session is lost
    temporary,           ///< the server is in trouble; the same request may succeed later
    permanent,           ///< the request is wrong; it will fail again
    unknown,             ///< no rule matched
    slow_mode,           ///< wait, but only for this peer
    account_limited,     ///< PEER_FLOOD and kin: no duration given; stop sending from this account for long
    account_dead,        ///< banned, deactivated, frozen: no retry, no login, ever
    session_lost,        ///< revoked, expired, duplicated: a new login may help
    target_unavailable,  ///< this account cannot write to this peer; says nothing about the account
    migrated,            ///< ask another data centre or another chat id
    stale,               ///< a reference the request carried must be fetched again
    duplicate,           ///< the server already has this operation: it was, or is being, sent
    custom_0,            ///< the user's own, as are the seven that follow
    custom_1,
    custom_2,
    custom_3,
    custom_4,
    custom_5,
    custom_6,
    custom_7,
};

/// How many categories there are; their values run from 0 without a gap.
inline constexpr std::size_t category_count = 24;

/// Is it one of them? A value may have been made by a cast.
[[nodiscard]] constexpr bool is_valid(category what) noexcept
{
    return static_cast<std::size_t>(what) < category_count;
}

/// The name as written in the source, "flood_wait" for instance; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(category) noexcept;

}  // namespace mend
