// The events that observers receive.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/export.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace mend {

/// What happened. Each comment lists the members that the event sets, besides the names.
enum class event_kind : std::uint8_t {
    attempt_failed,  ///< an attempt failed: what, act (as decided), where, delivered, message, delay before the next attempt and
    ///< hold, took, why (none: the operation continues), result (missing: act has no callback), is_wall
    waiting,  ///< the operation waits: delay (0: until it is notified) and hold
    retrying,  ///< an attempt after the first begins
    held,  ///< a scope is held: where, what, delay, message, repeated
    quarantined,  ///< a scope is quarantined: where, what, delay (`policy::forever`: for ever), message, repeated
    released,  ///< account::release() lifted the quarantines
    action_started,  ///< a callback is about to run: act, what
    action_ended,  ///< a callback has ended: act, result, delay (from disconnect over settle to its end), message of its
    ///< exception. Result missing: none is registered; repeated
    callback_overdue,  ///< a cancelled callback is still running and no longer waited for: act
    recovered,  ///< an operation succeeded after failing: delay since its first failure
    gave_up,  ///< an operation that had failed ended without success: why, delay since its first failure, retry_at
    refused,  ///< an operation ended without an attempt: why, retry_at
    cancelled,  ///< an operation that had failed was cancelled by its caller: result (cancelled: while it waited; none: in an
    ///< attempt)
    unidentified_repeat,  ///< an operation that takes no `attempt&`, and so cannot know its id, repeats an attempt of unknown
    ///< delivery for the first time: what, delivered
    user_code_failed,  ///< a rule, a describe function or an observer threw, or a callback waits for a recovery for which
    ///< max_concurrent_recoveries leaves no slot: message
    outage_began,  ///< an outage began: outage (the account's or the server's), server, what, delay (its age so far)
    outage_ended,  ///< an outage ended because an attempt came through: outage, server, delay since the outage's first failure
    probing,  ///< an attempt starts as the probe of an outage, or on_probe starts: outage, server, delay since the outage's
    ///< first failure. Published again when on_probe has ended: outage, server, result, message
    executor_idle,  ///< a callback has waited 4 s for the manager's executor, which no thread seems to run: act, delay,
    ///< message. Published once, until the executor has started a callback. An operation that waits for the callback
    ///< detects this on its own executor; if every operation runs on the manager's, it is not detected
    duplicate_account,  ///< an account object was created while another of the manager has the same id: message. Each has its
    ///< own holds and recoveries, so that Telegram sees two senders. Accounts with an empty id are not compared
};

/// The number of kinds; their values are consecutive, from 0.
inline constexpr std::size_t event_kind_count = 20;

/// How a callback ended.
enum class action_result : std::uint8_t {
    none,  ///< no callback has ended
    succeeded,
    failed,  ///< it threw
    timed_out,  ///< it exceeded action_timeout
    missing,  ///< no callback is registered
    cancelled,  ///< the account or the manager was closed
};

/// The extent of an outage.
enum class outage_extent : std::uint8_t { none, account, server };

/// Return the names as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(event_kind) noexcept;
[[nodiscard]] MEND_API std::string_view to_string(outage_extent) noexcept;
[[nodiscard]] MEND_API std::string_view to_string(action_result) noexcept;

/// One event. The views are valid during the call of on_event; copy what you keep.
struct event {
    event_kind kind = event_kind::attempt_failed;
    std::chrono::system_clock::time_point at{};
    std::string_view account_id;
    std::string_view phone;
    std::string_view method;
    std::string_view context;
    std::int64_t peer = 0;
    std::uint64_t operation = 0;  ///< unique in the program, assigned when an operation fails or has to wait; 0: the event
        ///< concerns none. Of a callback: the operation for whose failure it runs
    unsigned attempt = 0;  ///< the attempt that failed or begins, from 1
    category what = category::unknown;
    action act = action::fail;
    scope where = scope::account;
    delivery delivered = delivery::unknown;
    stop_reason why = stop_reason::none;
    action_result result = action_result::none;
    outage_extent outage = outage_extent::none;
    std::string_view server;  ///< in the events of an outage: the name passed to account::server, "" for the manager's one server
    int code = 0;  ///< RPC or HTTP code of the operation's last failure, even if only its text names it; 0: none
    std::string_view message;  ///< without secrets and shortened, according to options.redact and options.message_limit
    std::string_view unknown_name;  ///< attempt_failed: the RPC error name in its text that no rule names
    std::chrono::milliseconds delay{0};  ///< see event_kind; `policy::forever`: without end
    std::chrono::milliseconds hold{0};  ///< part of a wait's delay: what holds set by others, or an outage, add to the
        ///< operation's own
    std::optional<std::chrono::milliseconds> took{};  ///< attempt_failed: its duration; absent for an attempt 1 that needed
        ///< no clock
    bool is_wall = false;  ///< attempt_failed: other operations must wait as well, and an event `held` or `quarantined` follows
    bool repeated = false;  ///< reported before: for a hold, with an end within 1.5 s of this one; for a missing callback,
        ///< with the same account and action
    std::optional<std::chrono::system_clock::time_point> retry_at;
};

/// Prints one line: the members that belong to the kind.
MEND_API std::ostream& operator<<(std::ostream&, event const&);

/// Receives every event of the managers it is subscribed to.
///
/// Thread safety: on_event is called from every thread that sends, possibly at the same time, and never while mend holds a
/// lock. It must be quick and must not throw; exceptions are caught and reported as `user_code_failed`.
class MEND_API observer {
public:
    virtual ~observer() = default;
    virtual void on_event(event const&) = 0;
};

}  // namespace mend
