#include "words.hpp"

#include <algorithm>
#include <array>

namespace simulation {

namespace {

constexpr std::array<std::string_view, trouble_count> troubles{"floods",
                                                               "slow_mode",
                                                               "bot_limits",
                                                               "bare_limits",
                                                               "peer_floods",
                                                               "chat_bans",
                                                               "migrations",
                                                               "outages",
                                                               "lost_sessions",
                                                               "bans",
                                                               "stale_references",
                                                               "lost_replies",
                                                               "broken_connections",
                                                               "dead_proxies",
                                                               "closed_chats",
                                                               "bad_requests",
                                                               "strange_errors",
                                                               "house_rules",
                                                               "hanging_requests",
                                                               "failing_callbacks",
                                                               "hanging_callbacks",
                                                               "missing_callbacks",
                                                               "cancellations",
                                                               "stubborn_requests",
                                                               "deadlines",
                                                               "timeouts",
                                                               "reloads",
                                                               "releases",
                                                               "closings",
                                                               "throwing_observers",
                                                               "throwing_rules",
                                                               "other_threads",
                                                               "moves",
                                                               "wall_jumps",
                                                               "tight_limits",
                                                               "looks",
                                                               "dead_sockets",
                                                               "callback_errors",
                                                               "vain_callbacks",
                                                               "nested_operations",
                                                               "probes",
                                                               "named_servers",
                                                               "named_proxies",
                                                               "named_methods",
                                                               "spellings",
                                                               "groups",
                                                               "unset_idempotence",
                                                               "shared_moments"};

constexpr std::array answers{"ok",
                             "FLOOD_WAIT",
                             "SLOWMODE_WAIT",
                             "429 retry_after",
                             "429",
                             "PEER_FLOOD",
                             "USER_BANNED_IN_CHANNEL",
                             "USER_MIGRATE",
                             "500 INTERNAL",
                             "-503",
                             "AUTH_KEY_UNREGISTERED",
                             "AUTH_KEY_DUPLICATED",
                             "USER_DEACTIVATED_BAN",
                             "FROZEN_METHOD_INVALID",
                             "FILE_REFERENCE_EXPIRED",
                             "RANDOM_ID_DUPLICATE",
                             "connection reset",
                             "connection refused",
                             "proxy refused",
                             "502 Bad Gateway",
                             "EMFILE",
                             "USER_IS_BLOCKED",
                             "MESSAGE_EMPTY",
                             "something strange",
                             "SHOP_CLOSED",
                             "cut off",
                             "nothing"};

constexpr std::array callbacks{"disconnect", "reconnect", "rotate_proxy", "relogin", "refresh", "probe"};

}  // namespace

std::string_view to_string(trouble which) noexcept
{
    return troubles[static_cast<std::size_t>(which)];
}
std::string_view to_string(said what) noexcept
{
    return answers[static_cast<std::size_t>(what)];
}
std::string_view to_string(callback which) noexcept
{
    return callbacks[static_cast<std::size_t>(which)];
}

std::optional<trouble> trouble_named(std::string_view name) noexcept
{
    auto const found = std::find(troubles.begin(), troubles.end(), name);
    if (found == troubles.end())
        return std::nullopt;
    return static_cast<trouble>(found - troubles.begin());
}

}  // namespace simulation
