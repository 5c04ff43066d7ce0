// The heart: what one operation does next, given what happened and what time it is. No I/O, no clock, no thread.
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

/// What does not change while an operation runs.
struct operation_limits {
    unsigned max_attempts = 20;
    unsigned relogins_per_day = 3;
    bool idempotent = true;
    bool knows_its_attempt = false;  // it takes attempt&: it can know its id and read previous()
    milliseconds attempt_timeout{0};
};

/// What the machine wants its driver to do.
struct step {
    enum class kind : std::uint8_t {
        attempt,  // run the operation, then tell failed(), succeeded() or cancelled()
        wait,     // sleep until the moment or until woken, then resume()
        refresh,  // run on_refresh for this operation, then refreshed()
        give_up,  // the operation has ended; see why() and retry_at()
    };
    kind what = kind::attempt;
    time_point until = time_point::max();
};

/// Drives one operation. Every member but the plain getters is called with the account's lock held.
class operation_machine : public waiter {
public:
    operation_machine(recovery_state&, operation_limits const&, std::string_view method, std::int64_t peer, bool reply,
                      time_point deadline) noexcept;

    /// Before attempt 1.
    [[nodiscard]] step start(time_point now);

    /// Attempt 1 has begun already, when the account's word was this.
    MEND_API void started(account_stamp began) noexcept;

    /// What the driver found out about a failed attempt. `random` is in [0, 1).
    struct observation {
        classification const& meaning;
        policy const& what_to_do;
        double random = 0.5;
        bool own_shortage = false;        // of files, memory, ports on our side: no evidence of anything
        std::string_view method{};        // that the error names
    };
    [[nodiscard]] step failed(observation const&, time_point now);

    /// After a wait, a wake or the start of a recovery.
    [[nodiscard]] step resume(time_point now);

    /// on_refresh has ended.
    [[nodiscard]] step refreshed(time_point now);

    void succeeded(time_point now);

    /// The caller cancelled the operation, wherever it stood; also what the destructor of the driver calls.
    void cancelled(time_point now) noexcept;

    /// What failed() decided, for the events.
    struct decision {
        action act = action::fail;
        milliseconds delay{0};
        milliseconds hold{0};        // the part of it that the holds of others add
        std::optional<admission_control::held> held{};
        std::optional<admission_control::held> quarantined{};
        category quarantine_because = category::unknown;
        bool callback_missing = false;
        bool unidentified_repeat = false;
        bool stale = false;          // its connection has been replaced since the attempt began
    };
    [[nodiscard]] decision const& decided() const noexcept { return decision_; }

    /// How long the wait is that the machine has just asked for, and the part of it that others' holds, or an outage, add. 0: until
    /// it is notified.
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

    /// After giving up: when it may be worth trying again; nullopt: unknown, or never.
    [[nodiscard]] std::optional<time_point> retry_at() const noexcept { return retry_at_; }

    /// Does the wait that was just asked for last until a callback has ended?
    [[nodiscard]] bool waits_for_callback() const noexcept;

    /// The recovery that this operation began has failed in an outage, and is tried again: that costs a retry.
    void charge_retry() noexcept;

protected:
    ~operation_machine() = default;  // NOLINT(modernize-use-override): nothing is destroyed through a waiter

    /// What the callback of a recovery that this operation needs is to be told.
    [[nodiscard]] virtual callback_order order(action act) const { return order_for(act, last_, plan_); }
    /// Of the last failure's category.
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

    /// What is found out, step by step, about a failure.
    struct findings {
        bool missing = false;  // the action has no callback
        bool needs_recovery = false;
        bool wall = false;  // others are concerned
        bool at_gate = false;  // the hold keeps this operation, too
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
    time_point own_until_{};  // until then it waits for its own failure's sake
    time_point opens_{};  // the hold that it waits at, as far as is known
    decision decision_{};
    account_stamp began_{};  // the account's word when the attempt began
    account_stamp joined_{};  // and when it began to wait for a recovery
    unsigned attempts_ = 0;
    unsigned failures_ = 0;
    std::array<unsigned, category_count> retries_{};
    unsigned shortages_ = 0;  // on our own side: they are no retries of their category
    action needed_ = action::retry;
    unsigned charged_ = 0;  // retries that failed recoveries have cost
    policy plan_{};  // of the last failure's category
    std::optional<time_point> outage_wait_{};  // since when it waits for the end of one
    std::string caused_by_;  // the method that its last error named
    category last_ = category::unknown;
    delivery delivered_ = delivery::not_sent;
    stop_reason why_ = stop_reason::none;
    state state_ = state::idle;
    bool counted_ = false;  // among the account's attempts under way
    bool repeat_reported_ = false;
    bool known_to_server_ = false;  // it has answered `duplicate`
    bool waits_for_recovery_ = false;  // joined one that was strong enough
};

}  // namespace mend::detail
