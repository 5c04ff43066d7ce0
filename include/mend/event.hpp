// What mend tells those who watch: one stream of events.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend {

/// What happened. Behind each stands what the event carries besides the names that it concerns.
enum class event_kind : std::uint8_t {
    attempt_failed,      ///< what, act (as decided), where, delivered, code, message, delay before the next attempt
    waiting,             ///< the operation waits: delay (0: until woken), what set the wait
    retrying,            ///< an attempt after the first begins
    held,                ///< a scope is held: where, what, delay
    quarantined,         ///< a scope is quarantined: where, what, delay (`policy::forever`: for ever)
    released,            ///< account::release lifted the quarantines
    action_started,      ///< a callback is about to run: act, what
    action_ended,  ///< it has ended: act, result, delay (from disconnect over settle to its end), message of its exception
    callback_overdue,  ///< a cancelled callback still runs and is no longer waited for: act
    recovered,  ///< an operation succeeded after failing: delay since its first failure
    gave_up,  ///< an operation that had failed ended without success: why, delay since its first failure, retry_at
    refused,  ///< an operation ended without an attempt: why, retry_at
    cancelled,  ///< an operation that had failed was cancelled by its caller: result cancelled while it waited, none in an attempt
    unidentified_repeat,  ///< an attempt of unknown delivery is repeated by an operation that cannot know its id
    user_code_failed,  ///< a rule, a describe function or an observer threw: message
};

/// How many kinds there are; their values run from 0 without a gap.
inline constexpr std::size_t event_kind_count = 15;

/// How a callback ended.
enum class action_result : std::uint8_t {
    none,  ///< no callback has ended
    succeeded,
    failed,  ///< it threw
    timed_out,  ///< it outlived action_timeout
    missing,  ///< none is registered
    cancelled,  ///< the account or the manager was closed
};

/// The names as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] std::string_view to_string(event_kind) noexcept;
[[nodiscard]] std::string_view to_string(action_result) noexcept;

/// One thing that happened. The views are valid during the call that hands the event over; copy what is kept.
struct event {
    event_kind kind = event_kind::attempt_failed;
    std::chrono::system_clock::time_point at{};
    std::string_view account_id;
    std::string_view phone;
    std::string_view method;
    std::string_view context;
    std::int64_t peer = 0;
    std::uint64_t operation = 0;  ///< numbers the operations of the program that met trouble; 0: none is concerned
    unsigned attempt = 0;  ///< the attempt that failed or begins, from 1
    category what = category::unknown;
    action act = action::fail;
    scope where = scope::account;
    delivery delivered = delivery::unknown;
    stop_reason why = stop_reason::none;
    action_result result = action_result::none;
    int code = 0;
    std::string_view message;
    std::string_view unknown_name;  ///< attempt_failed: the RPC error name in its text that no rule names
    std::chrono::milliseconds delay{0};
    std::optional<std::chrono::system_clock::time_point> retry_at;
};

/// Sees every event of the managers it is subscribed to.
/// Thread safety: on_event is called from every thread that sends, possibly at once; never under a lock of mend's.
/// It must be quick and must not throw; what it throws is contained and reported as `user_code_failed`.
class observer {
public:
    virtual ~observer() = default;
    virtual void on_event(event const&) = 0;
};

}  // namespace mend
