// The simulation's own words: what can go wrong in a night, what the simulated Telegram answers, which callbacks there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace simulation {

/// What can be switched off, to find out what a failing night really needs.
enum class trouble : std::uint8_t {
    floods,
    slow_mode,
    bot_limits,
    bare_limits,
    peer_floods,
    chat_bans,
    migrations,
    outages,        ///< of servers
    lost_sessions,
    bans,
    stale_references,
    lost_replies,
    broken_connections,
    dead_proxies,
    closed_chats,
    bad_requests,
    strange_errors,
    house_rules,
    hanging_requests,
    failing_callbacks,
    hanging_callbacks,
    missing_callbacks,
    cancellations,
    stubborn_requests,
    deadlines,
    timeouts,
    reloads,
    releases,
    closings,
    throwing_observers,
    throwing_rules,
    other_threads,  ///< act inside observers
    moves,          ///< of accounts to other data centres
    wall_jumps,     ///< of the wall clock
    tight_limits,   ///< methods that flood after very few requests
    looks,          ///< at the accounts' states
    dead_sockets,   ///< what died stays dead until it is made anew; without it connections heal by themselves
    callback_errors,   ///< callbacks throw what Telegram answers
    vain_callbacks,    ///< succeed, and the connection is as dead as before
    nested_operations, ///< inside callbacks
    probes,         ///< on_probe is registered
    named_servers,  ///< accounts say which server they talk to
    named_proxies,  ///< and which proxy they use
    named_methods,  ///< errors that name another method than the operation's
    spellings,      ///< one method, written in several ways
    groups,         ///< chats below zero
    unset_idempotence, ///< it is not set whether an operation may be repeated
    shared_moments, ///< two chats meet told waits that end at nearly the same moment
};
inline constexpr std::size_t trouble_count = 48;

/// What a request comes back with.
enum class said : std::uint8_t {
    ok,
    flood_wait,        ///< FLOOD_WAIT_n
    slow_mode_wait,    ///< SLOWMODE_WAIT_n
    retry_after,       ///< the Bot API's 429 with parameters.retry_after
    too_many,          ///< 429 without a number
    peer_flood,        ///< PEER_FLOOD
    banned_in_chat,    ///< USER_BANNED_IN_CHANNEL
    user_migrate,      ///< USER_MIGRATE_n
    internal,          ///< 500
    overloaded,        ///< -503
    key_unregistered,  ///< AUTH_KEY_UNREGISTERED
    key_duplicated,    ///< AUTH_KEY_DUPLICATED
    deactivated,       ///< USER_DEACTIVATED_BAN
    frozen,            ///< FROZEN_METHOD_INVALID
    reference_expired, ///< FILE_REFERENCE_EXPIRED
    id_duplicate,      ///< RANDOM_ID_DUPLICATE
    reset,             ///< the connection broke after the request had gone out
    refused,           ///< the connection could not be made
    proxy_refused,     ///< before anything was sent through it
    bad_gateway,       ///< 502
    out_of_descriptors, ///< EMFILE: a shortage on our own side
    user_blocked,      ///< USER_IS_BLOCKED
    message_empty,     ///< MESSAGE_EMPTY
    strange,           ///< an exception of an unknown type
    shop_closed,       ///< SHOP_CLOSED_n: only the house's own rules know it
    cut,               ///< nothing: the request was cancelled
    nothing,           ///< nothing, ever
};

/// The user's callbacks.
enum class callback : std::uint8_t { disconnect, reconnect, rotate_proxy, relogin, refresh, probe };
inline constexpr std::size_t callback_count = 6;

[[nodiscard]] std::string_view to_string(trouble) noexcept;
[[nodiscard]] std::string_view to_string(said) noexcept;
[[nodiscard]] std::string_view to_string(callback) noexcept;
[[nodiscard]] std::optional<trouble> trouble_named(std::string_view) noexcept;

}  // namespace simulation
