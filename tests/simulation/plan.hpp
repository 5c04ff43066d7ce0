// A night as planned: everything that follows from the seed before anything has run.
#pragma once

#include "randomness.hpp"
#include "words.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// What a night is made from. The same dials make the same night, to the byte.
struct dials {
    std::uint64_t seed = 1;
    unsigned operations = 500;
    std::bitset<trouble_count> without{};  ///< troubles that do not occur
    std::vector<unsigned> only{};          ///< of the operations, only these; empty: all
    ms length{0};                          ///< of the night; 0: drawn
    std::vector<std::string> open{};  ///< with a violation whose text contains one of these the night is judged no further
    std::vector<std::string> known{};  ///< violations whose texts contain one of these do not count

    [[nodiscard]] bool has(trouble which) const { return !without[static_cast<std::size_t>(which)]; }
};

/// The arguments of mend_simulation that replay it.
[[nodiscard]] std::string arguments(dials const&);

/// How an operation is written.
enum class style : std::uint8_t {
    tries,  ///< try_with_recovery, takes attempt& and asks for its id, throws
    throws,  ///< with_recovery, takes attempt&, throws
    blind_tries,  ///< try_with_recovery, takes nothing
    blind_throws,  ///< with_recovery, takes nothing
    by_value,  ///< try_with_recovery, takes attempt&, returns something like std::expected
    by_code,  ///< with_recovery, takes attempt&, returns std::tuple<std::error_code, int>
    by_token,  ///< async_with_recovery
    careless,  ///< try_with_recovery, takes attempt&, and never asks for its id
};

/// Takes no attempt&.
[[nodiscard]] constexpr bool is_blind(style how) noexcept
{
    return how == style::blind_tries || how == style::blind_throws;
}
[[nodiscard]] constexpr bool sends_id(style how) noexcept
{
    return !is_blind(how) && how != style::careless;
}

struct planned_operation {
    unsigned index = 0;
    std::string context;
    unsigned account = 0;
    std::string_view method;
    std::int64_t peer = 0;
    ms at{0};
    style how = style::tries;
    bool reply = false;
    bool idempotent = true;  ///< as set, or what follows if nothing was set
    bool stubborn = false;  ///< its requests end when they are answered, cancelled or not
    ms attempt_timeout{0};
    std::optional<ms> deadline{};  ///< a moment
    std::optional<ms> cancel_at{};  ///< a moment
    bool says_idempotent = true;  ///< with false the manager's default applies
    std::int64_t own_id = 0;  ///< 0: mend draws one
    bool nested = false;  ///< inside a callback
    bool in_recovery = false;  ///< and says so
};

/// Something that the world or the user does at a moment.
struct planned_act {
    enum class kind : std::uint8_t {
        connection_breaks,  ///< for `lasts`; how: `number`
        proxy_dies,  ///< the account's proxy, likewise
        session_lost,
        outage,  ///< of the account's server, likewise; `takes_proxies`
        limited,  ///< PEER_FLOOD for `lasts`
        banned,
        moves,  ///< to another data centre
        wall_jumps,  ///< by `lasts`
        looks,  ///< at the account's state
        replaces,  ///< the account's object goes, and another comes for the same account
        release,
        close_account,
        close_manager,
        policies,  ///< `number`: which
        rules,  ///< `number`: which
    };
    kind what{};
    ms at{0};
    unsigned account = 0;
    ms lasts{0};
    unsigned number = 0;
    bool takes_proxies = false;
};

struct plan {
    dials made_from;
    ms length{0};
    unsigned accounts = 1;
    unsigned data_centres = 2;
    unsigned proxies = 3;
    unsigned servers = 1;  ///< account n talks to server n % servers, and says so if there are several
    bool tells_proxies = false;
    bool one_by_one = false;  ///< see clock
    unsigned max_attempts = 20;
    unsigned max_concurrent_recoveries = 16;
    unsigned relogins_per_day = 3;
    unsigned history_size = 100;
    std::optional<bool> idempotent{};  ///< for operations that do not say
    std::array<bool, callback_count> callbacks{};  ///< which are registered
    bool own_callbacks = false;  ///< account 0 registers its own
    unsigned bucket = 10;  ///< requests that a method of an account takes before it floods
    ms refill{1000};  ///< for one more
    double meddling = 0;  ///< share of the events during which another thread does something
    double noise = 0.02;  ///< share of requests that meet a trouble of their own
    double callback_noise = 0.1;  ///< share of callbacks, likewise
    bool sockets_heal = false;  ///< a client that makes its connections anew by itself
    std::vector<planned_operation> operations;  ///< by index; the ones that `only` leaves out are missing
    std::vector<planned_act> acts;
};

[[nodiscard]] plan make_plan(dials const&);

/// The operation that a callback runs as its own `number`-th of the night: a question, like getMe. Its index is beyond
/// those of the planned ones.
[[nodiscard]] planned_operation nested_operation(plan const&, unsigned number, unsigned account);

/// Does this method show a message to a person, as far as the night's methods go?
[[nodiscard]] bool sends(std::string_view method) noexcept;

/// Methods are compared without namespace, case and a suffix "Request".
[[nodiscard]] std::string plain_name(std::string_view method);

}  // namespace simulation
