// What a scenario of the field is made of and records: requests, messages, connects, events of outages.
#pragma once

#include "support/scenario.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace field {

using namespace support;

/// One request as the server sees it. A rule that answers an error may say that the request took effect all the same.
struct request {
    std::size_t account = 0;
    std::string_view method;
    std::int64_t peer = 0;
    ms at{0};
    std::size_t number = 0;  ///< of all requests, from 0
    unsigned attempt = 0;    ///< of its operation, from 1
    std::string_view context;
    bool took_effect = false;
    bool failed = false;
};

/// What the server answers; nothing: the next rule decides, and after the last the request succeeds.
using rule = std::function<std::optional<step>(request&)>;

/// How a connect ends that one of the callbacks makes; nothing: it succeeds unless the network is cut.
using connect_rule = std::function<std::optional<step>(std::size_t account, mend::action)>;

/// What happens to a socket when the network is cut: the client opens another by itself, or every request over it is reset, or
/// is never answered, until a callback has connected again.
enum class dead_socket : std::uint8_t { heals, resets, hangs };

/// The defaults that every user has, but for a fixed seed.
inline mend::options default_options()
{
    mend::options made;
    made.seed = 1;
    return made;
}

struct settings {
    std::size_t accounts = 1;
    unsigned workers = 8;  ///< of each account
    dead_socket sockets = dead_socket::heals;
    mend::options options = default_options();
    ms limit = std::chrono::hours{2};  ///< the manager is closed then: what still waits ends `closed`
    ms starts{0};                      ///< when the workers do
    ms latency{50};                    ///< of a request and of a connect
};

/// One message that a worker sends, or a request of another kind.
struct message {
    mend::call about{};
    std::size_t account = 0;
    bool takes_attempt = true;
    std::size_t received = 0;  ///< how often it took effect at the server
    unsigned attempts = 0;
    std::optional<mend::outcome<int>> result{};
    std::optional<ms> ended{};
    asio::cancellation_signal stop{};

    [[nodiscard]] bool has_ended() const { return ended && result; }
    [[nodiscard]] bool sent() const { return result && result->has_value(); }
    [[nodiscard]] mend::stop_reason why() const { return result.value().why(); }
    [[nodiscard]] bool in_doubt() const
    {
        return result && !result->has_value() && result->delivered() == mend::delivery::unknown;
    }
};

struct client {
    std::string id;
    mend::account account;
    ms connected_at{0};
    std::size_t proxy = 0;
};

struct connect_record {
    std::size_t account = 0;
    mend::action act{};
    ms at{0};
    bool succeeded = false;
};

/// An event about an outage.
struct outage_event {
    mend::event_kind kind{};
    ms at{0};
    mend::outage_extent extent{};
    std::string server, account;
    ms delay{0};
};

}  // namespace field
