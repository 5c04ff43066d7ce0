// What observers see: one stream of events.
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

/// What happened, and which members the event sets for it besides the names.
enum class event_kind : std::uint8_t {
    attempt_failed,  ///< what, act (as decided), where, delivered, message, delay before the next attempt and hold, took, why (none: the
    ///< operation goes on), result (missing: act has no callback), is_wall
    waiting,  ///< the operation waits: delay (0: until it is notified) and hold
    retrying,  ///< an attempt after the first begins
    held,  ///< a scope is held: where, what, delay, message, repeated
    quarantined,  ///< a scope is quarantined: where, what, delay (`policy::forever`: for ever), message, repeated
    released,  ///< account::release lifted the quarantines
    action_started,  ///< a callback is about to run: act, what
    action_ended,  ///< it has ended: act, result, delay (from disconnect over settle to its end), message of its exception. Result
    ///< missing: none is registered; repeated
    callback_overdue,  ///< a cancelled callback still runs and is no longer waited for: act
    recovered,  ///< an operation succeeded after failing: delay since its first failure
    gave_up,  ///< an operation that had failed ended without success: why, delay since its first failure, retry_at
    refused,  ///< an operation ended without an attempt: why, retry_at
    cancelled,  ///< an operation that had failed was cancelled by its caller: result cancelled while it waited, none in an attempt
    unidentified_repeat,  ///< an attempt of unknown delivery is repeated, for the first time, by an operation that takes no
    ///< `attempt&` and so cannot know its id: what, delivered
    user_code_failed,  ///< a rule, a describe function or an observer threw, or a callback waits for a recovery that
    ///< max_concurrent_recoveries leaves no slot for: message
    outage_began,  ///< an outage began: outage (the account's or the server's), server, what, delay (its age so far)
    outage_ended,  ///< the first attempt came through: outage, server, delay since the outage's first failure
    probing,  ///< an attempt goes as the probe of an outage, or on_probe is asked: outage, server, delay since the outage's
    ///< first failure. Once more when on_probe has ended: outage, server, result, message
    executor_idle,  ///< a callback has waited 4 s for the manager's executor, which nobody seems to run: act, delay, message. Once, until
    ///< the executor has begun one. An operation that waits for a callback notices, on its own executor: if all run on the manager's, none can
    duplicate_account,  ///< an account object was made while another of the manager has the same id: message. Each has holds and recoveries
    ///< of its own, so that Telegram sees two senders. Accounts with an empty id are not compared
};

/// How many kinds there are; their values run from 0 without a gap.
inline constexpr std::size_t event_kind_count = 20;

/// How a callback ended.
enum class action_result : std::uint8_t {
    none,  ///< no callback has ended
    succeeded,
    failed,  ///< it threw
    timed_out,  ///< it outlived action_timeout
    missing,  ///< none is registered
    cancelled,  ///< the account or the manager was closed
};

/// Whose outage it is.
enum class outage_extent : std::uint8_t { none, account, server };

/// The names as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(event_kind) noexcept;
[[nodiscard]] MEND_API std::string_view to_string(outage_extent) noexcept;
[[nodiscard]] MEND_API std::string_view to_string(action_result) noexcept;

/// One thing that happened. The views are valid during the call that hands the event over; copy what is kept.
struct event {
    event_kind kind = event_kind::attempt_failed;
    std::chrono::system_clock::time_point at{};
    std::string_view account_id;
    std::string_view phone;
    std::string_view method;
    std::string_view context;
    std::int64_t peer = 0;
    std::uint64_t operation = 0;  ///< unique in the program, given when an operation fails or has to wait; 0: none is
    ///< concerned. Of a callback: the operation for whose failure it runs
    unsigned attempt = 0;  ///< the attempt that failed or begins, from 1
    category what = category::unknown;
    action act = action::fail;
    scope where = scope::account;
    delivery delivered = delivery::unknown;
    stop_reason why = stop_reason::none;
    action_result result = action_result::none;
    outage_extent outage = outage_extent::none;
    std::string_view server;  ///< of an outage's events: the name that account::server gave, "" for the manager's one server
    int code = 0;  ///< RPC or HTTP code of the operation's last failure, also if its text alone names it; 0: none
    std::string_view message;  ///< without secrets and cut, as options.redact and options.message_limit say
    std::string_view unknown_name;  ///< attempt_failed: the RPC error name in its text that no rule names
    std::chrono::milliseconds delay{0};  ///< see event_kind; `policy::forever`: without end
    std::chrono::milliseconds hold{0};  ///< of a wait's delay: what holds set by others, or an outage, add to its own
    std::optional<std::chrono::milliseconds> took{};  ///< attempt_failed: its time; absent for an attempt 1 that needed no clock
    bool is_wall = false;  ///< attempt_failed: others must wait as well, and an event `held` or `quarantined` follows
    bool repeated = false;  ///< the same was reported before: of a hold, an end within 1.5 s of this one; of a callback that
    ///< is missing, the account and the action
    std::optional<std::chrono::system_clock::time_point> retry_at;
};

/// One line: what belongs to the kind, and nothing else.
MEND_API std::ostream& operator<<(std::ostream&, event const&);

/// Sees every event of the managers it is subscribed to.
/// Thread safety: on_event is called from every thread that sends, possibly at once; never under a lock of mend's.
/// It must be quick and must not throw; what it throws is contained and reported as `user_code_failed`.
class MEND_API observer {
public:
    virtual ~observer() = default;
    virtual void on_event(event const&) = 0;
};

}  // namespace mend
