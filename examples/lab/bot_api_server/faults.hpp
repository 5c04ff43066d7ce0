// The faults that the server injects, and into which requests: pure functions of a plan and a seed.
//
// A plan is a JSON object. Every member is optional:
//
//   {
//     "seed": 7,                                  // --seed takes precedence
//     "rates": {"flood_wait": 0.02,               // the share of sendMessage requests that meet this fault,
//               "reset_after": 0.01},             //   dealt from decks of 100 cards that the seed shuffles: a rate
//                                                 //   above 0 is at least one card in every deck
//     "blocked": 0.05,                            // the share of chats that have blocked the bot, for ever
//     "blocked_chats": [42, 43],                  // and these in any case
//     "flood_wait_seconds": [1, 3],               // retry_after is drawn from this range, both ends included
//     "slow_mode_seconds": [1, 3],
//     "silence_ms": 30000,                        // a silence ends when the client hangs up, after this at the latest
//     "requests": [{"request": 5,                 // request 5 gets this fault instead of its card; its retry_after
//                   "fault": "flood_wait",        //   is drawn unless it is given
//                   "retry_after": 3}],
//     "outages": [{"from_ms": 8000,               // from 8 s after the first request until 3 s later every request meets
//                  "for_ms": 3000,                //   this fault, unless "requests" lists it; the cards of these
//                  "fault": "bad_gateway"}]       //   requests are lost
//   }
//
// Requests are counted from 1, and only those that would otherwise be delivered: a request that violates a wait, writes to a
// blocked chat or is malformed gets no further fault. The kinds:
//
//   flood_wait      429 with retry_after; every sendMessage of the token is refused until it is over
//   slow_mode       429 with retry_after; every sendMessage of the token into this chat is refused until it is over
//   internal_error  500 with Telegram's JSON; the message was not taken
//   bad_gateway     502 with an HTML page, as a proxy in front of the API answers; the message was not taken
//   reset_before    the connection is reset, the message was not taken
//   reset_after     the connection is reset, the message was taken and delivered
//   silence_before  no answer at all, the message was not taken
//   silence_after   no answer at all, the message was taken and delivered
//   blocked         403 "bot was blocked by the user"; set by "blocked" and "blocked_chats" or as a scripted request,
//                   and it lasts for ever
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bot_api_server {

enum class fault : std::uint8_t {
    none,
    flood_wait,
    slow_mode,
    internal_error,
    bad_gateway,
    reset_before,
    reset_after,
    silence_before,
    silence_after,
    blocked,
};

[[nodiscard]] std::string_view to_string(fault) noexcept;
[[nodiscard]] std::optional<fault> fault_from_string(std::string_view name) noexcept;

/// One fault to inject; only the two waits have a retry_after.
struct dealt_fault {
    fault kind = fault::none;
    std::chrono::seconds retry_after{0};
};

/// An invalid plan; what() names the field.
class bad_plan : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A value: equal plans inject the same faults into the same requests. Const members are thread-safe.
class fault_plan {
public:
    /// Injects nothing.
    fault_plan() = default;

    /// A low rate of every fault, for --seed without a plan.
    [[nodiscard]] static fault_plan of_everything();
    [[nodiscard]] static fault_plan parse(nlohmann::json const& document);
    [[nodiscard]] static fault_plan load(std::filesystem::path const& file);

    void set_seed(std::uint64_t seed) noexcept { seed_ = seed; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

    /// The fault of request `number` (from 1), which arrives that long after the first.
    [[nodiscard]] dealt_fault at(std::uint64_t number, std::chrono::milliseconds since_first) const;
    [[nodiscard]] bool blocks_chat(std::int64_t chat) const noexcept;
    /// With few chats or an unlucky seed no chat may be blocked although the plan has a share of them: then the chat of this
    /// request is blocked, so that every run of 300 messages meets every fault.
    [[nodiscard]] std::optional<std::uint64_t> blocked_at_the_latest() const noexcept;
    [[nodiscard]] std::chrono::milliseconds longest_silence() const noexcept { return longest_silence_; }
    /// The kinds that this plan injects, in the order of the enumeration.
    [[nodiscard]] std::vector<fault> kinds() const;

private:
    struct seconds_range {
        std::int64_t least = 1;
        std::int64_t most = 3;
    };
    struct outage {
        std::chrono::milliseconds from{0};
        std::chrono::milliseconds until{0}; // not included
        fault kind = fault::none;
    };
    static seconds_range parse_range(nlohmann::json const& value, std::string const& name);
    void parse_member(std::string const& name, nlohmann::json const& value);
    void parse_rates(nlohmann::json const& value);
    void parse_scripted(nlohmann::json const& value);
    void parse_outages(nlohmann::json const& value);
    [[nodiscard]] fault outage_at(std::chrono::milliseconds since_first) const noexcept;
    [[nodiscard]] dealt_fault deal(fault kind, std::uint64_t number) const;

    std::uint64_t seed_ = 0;
    std::map<fault, unsigned> cards_; // in each deck of 100
    std::map<std::uint64_t, dealt_fault> scripted_;
    std::vector<outage> outages_;
    double blocked_share_ = 0;
    std::set<std::int64_t> blocked_chats_;
    seconds_range flood_wait_;
    seconds_range slow_mode_;
    std::chrono::milliseconds longest_silence_{30'000};
};

} // namespace bot_api_server
