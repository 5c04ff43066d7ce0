// The core: the next step of one operation, given an event and the time. No I/O, no clock, no thread.
#pragma once

#include <mend/action.hpp>
#include <mend/classification.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/recovery_state.hpp>
#include <mend/policy.hpp>
#include <mend/stop_reason.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mend::detail {

/// Settings that do not change while an operation runs.
struct operation_limits {
    unsigned max_attempts = 20;
    unsigned relogins_per_day = 3;
    bool idempotent = true;
    bool knows_its_attempt = false;  // it takes attempt&, so it can use its id and previous()
    milliseconds attempt_timeout{0};
};

/// The next step, which the driver must carry out.
struct step {
    enum class kind : std::uint8_t {
        attempt,  // run the operation, then call failed(), succeeded() or cancelled()
        wait,     // sleep until the moment or until notified, then call resume()
        refresh,  // run on_refresh for this operation, then call refreshed()
        give_up,  // the operation has ended; see why() and retry_at()
    };
    kind what = kind::attempt;
    time_point until = time_point::max();
};

/// Decides the steps of one operation. All members except plain getters must be called with the account's lock held.
class operation_machine : public waiter {
public:
    operation_machine(recovery_state&, operation_limits const&, std::string_view method, std::int64_t peer, bool reply,
                      time_point deadline) noexcept;

    /// Begins before attempt 1.
    [[nodiscard]] step start(time_point now);

    /// Attempt 1 has already begun, with this stamp of the account.
    MEND_API void started(account_stamp began) noexcept;

    /// The driver's findings about a failed attempt. `random` is in [0, 1).
    struct observation {
        classification const& meaning;
        policy const& what_to_do;
        double random = 0.5;
        bool own_shortage = false;        // of files, memory, ports on our side: no evidence of an outage
        std::string_view method{};        // named by the error
    };
    [[nodiscard]] step failed(observation const&, time_point now);

    /// Continues after a wait, a notification or the start of a recovery.
    [[nodiscard]] step resume(time_point now);

    /// on_refresh has ended.
    [[nodiscard]] step refreshed(time_point now);

    void succeeded(time_point now);

    /// The caller cancelled the operation, in any state; also called by the destructor of the driver.
    void cancelled(time_point now) noexcept;

    /// The decision of failed(), for the events.
    struct decision {
        action act = action::fail;
        milliseconds delay{0};
        milliseconds hold{0};        // the part of it that the holds of others add
        std::optional<admission_control::held> held{};
        std::optional<admission_control::held> quarantined{};
        category quarantine_because = category::unknown;
        bool callback_missing = false;
        bool unidentified_repeat = false;
        bool stale = false;          // the connection has been replaced since the attempt began
    };
    [[nodiscard]] decision const& decided() const noexcept { return decision_; }

    /// The length of the wait that was just requested, and the part of it that others' holds, or an outage, add. 0: until
    /// notified.
    struct wait_parts {
        milliseconds all{0};
        milliseconds hold{0};
    };
    [[nodiscard]] wait_parts parts_of_wait(time_point now) const noexcept;

    [[nodiscard]] time_point deadline() const noexcept { return deadline_; }
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] stop_reason why() const noexcept { return why_; }
    [[nodiscard]] category last_category() const noexcept { return last_; }
    [[nodiscard]] delivery worst_delivery() const noexcept { return delivered_; }

    /// After giving up: when a retry may help; nullopt if that is unknown or never.
    [[nodiscard]] std::optional<time_point> retry_at() const noexcept { return retry_at_; }

    /// Returns whether the wait that was just requested lasts until a callback has ended.
    [[nodiscard]] bool waits_for_callback() const noexcept;

    /// The recovery that this operation began has failed in an outage, and is repeated: that costs a retry.
    void charge_retry() noexcept;

protected:
    ~operation_machine() = default;  // NOLINT(modernize-use-override): nothing is destroyed through a waiter

    /// Returns the order for the callback of a recovery that this operation needs.
    [[nodiscard]] virtual callback_order order(action act) const { return order_for(act, last_, plan_); }
    /// Returns the policy of the last failure's category.
    [[nodiscard]] policy const& plan() const noexcept { return plan_; }

private:
    enum class state : std::uint8_t { idle, attempting, entering, delaying, recovering, refreshing, ended };

    step enter(time_point now);
    step delay(time_point now);
    step seek_recovery(time_point now);
    recovery_decision ask_for_recovery(action, time_point now);
    step refuse(admission_decision const&, time_point now);
    step give_up(stop_reason, std::optional<time_point> retry_at, time_point now);
    step await_recovery(time_point now) noexcept;
    void count_attempt() noexcept;
    void uncount_attempt() noexcept;
    void leave_attempt(bool met_a_wall, bool answered, time_point now) noexcept;
    [[nodiscard]] time_point end_of_wait(time_point until, bool outage, time_point now) noexcept;
    [[nodiscard]] bool has_waited_too_long(time_point now) noexcept;
    [[nodiscard]] milliseconds longest_outage() const noexcept
    {
        return failures_ != 0 ? plan_.max_wait : account_.outage_max_wait;
    }
    [[nodiscard]] bool has_deadline() const noexcept { return deadline_ != time_point::max(); }

    /// The findings about a failure, collected step by step.
    struct findings {
        bool missing = false;  // the action has no callback
        bool needs_recovery = false;
        bool wall = false;  // it affects other operations
        bool at_gate = false;  // the hold applies to this operation, too
        time_point earliest{};  // of the next attempt
        stop_reason stop = stop_reason::none;
        std::optional<time_point> retry_at{};
    };
    findings decide_action(observation const&, time_point now);
    void learn(observation const&, findings&, time_point now);
    [[nodiscard]] stop_reason find_stop(observation const&, findings const&) const noexcept;
    void seek(observation const&, findings&, time_point now);
    void quarantine(observation const&, findings&, time_point now);
    step conclude(observation const&, findings const&, time_point now);

    recovery_state& account_;
    operation_limits const& limits_;
    time_point deadline_;
    std::optional<time_point> retry_at_{};
    milliseconds delay_{0};  // before the next attempt, from the end of its action
    time_point delay_until_{};
    time_point own_until_{};  // end of the wait that its own failure requires
    time_point opens_{};  // end of the hold that it waits at, as far as known
    decision decision_{};
    account_stamp began_{};  // the account's stamp when the attempt began
    account_stamp joined_{};  // the stamp when it began to wait for a recovery
    unsigned attempts_ = 0;
    unsigned failures_ = 0;
    std::array<unsigned, category_count> retries_{};
    unsigned shortages_ = 0;  // on our own side: not counted as retries of the category
    action needed_ = action::retry;
    unsigned charged_ = 0;  // retries charged for failed recoveries
    policy plan_{};  // of the last failure's category
    std::optional<time_point> outage_wait_{};  // when it began to wait for the end of an outage
    std::string caused_by_;  // the method named by its last error
    category last_ = category::unknown;
    delivery delivered_ = delivery::not_sent;
    stop_reason why_ = stop_reason::none;
    state state_ = state::idle;
    bool counted_ = false;  // among the account's attempts under way
    bool repeat_reported_ = false;
    bool known_to_server_ = false;  // the server has answered `duplicate`
    bool waits_for_recovery_ = false;  // it joined a recovery that is strong enough
};

}  // namespace mend::detail
