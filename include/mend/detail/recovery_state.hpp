// The state shared by all operations and callbacks of one account, and the decisions made for the account: which recovery may
// begin, what a failure teaches, when an outage begins and ends.
#pragma once

#include <mend/action.hpp>
#include <mend/classification.hpp>
#include <mend/detail/account_stamp.hpp>
#include <mend/detail/admission.hpp>
#include <mend/detail/callback_mask.hpp>
#include <mend/detail/login_budget.hpp>
#include <mend/detail/outage_state.hpp>
#include <mend/event.hpp>
#include <mend/policy.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace mend::detail {

class operation_machine;

/// A run of a callback, with the values to pass to the callback.
struct callback_order {
    action act = action::retry;  ///< retry: on_probe
    category what = category::unknown;
    unsigned attempt = 0;
    std::optional<std::int64_t> number{};
    std::string context{};
    std::string message{};
    std::string method{};
    std::uint64_t operation = 0;  ///< the operation whose failure caused it, as numbered in events
    int code = 0;                 ///< of that failure
    milliseconds settle{0};
    milliseconds timeout{std::chrono::seconds{60}};
    unsigned escalate_after = 2;

    [[nodiscard]] bool is_recovery() const noexcept { return strength(act) != 0; }
    [[nodiscard]] bool is_probe() const noexcept { return act == action::retry; }
};

/// Returns the order to run the callback for this action, with the settings of the category's policy. `about`: the other values
/// for the callback.
[[nodiscard]] callback_order order_for(action, category, policy const&, callback_order about = {});

/// The answer to a request for a recovery.
struct recovery_decision {
    enum class kind : std::uint8_t {
        begins,
        joined,       ///< a recovery that is strong enough runs
        queued,       ///< a weaker recovery runs; this one is owed when it has ended
        postponed,    ///< the account is quarantined: it begins before the first operation that may start again
        quarantined,  ///< a login, which would only use up the budget
        over_budget,  ///< the login budget is spent; the account is quarantined until it refills
        dropped,  ///< it was postponed, and can no longer begin: its callback was removed, or the budget of logins is spent
    };
    kind what = kind::begins;
    time_point until{};
};

/// A report about an outage of the account.
struct outage_notice {
    event_kind kind;
    milliseconds age;
    category what;
    outage_extent extent;
};

/// The message to the account's server after a visit.
struct server_message {
    bool evidence = false;
    bool answered = false;  ///< an attempt was answered
    bool probe_failed = false;
    bool probe_answered = false;  ///< on_probe was answered
    bool probe_is_mute = false;  ///< on_probe gives no answer
    bool wants_turn = false;  ///< the account has something to probe with
    bool wants_none = false;  ///< in the server's outage, it has nothing to probe with
    bool passes_turn = false;  ///< it had a turn, and nothing to probe with
    bool takes_step = false;  ///< on_probe, a recovery or an attempt begins in its turn
    bool rotated = false;  ///< it begins a rotation
    milliseconds max_wait{std::chrono::hours{24}};  ///< of the evidence's category
    std::optional<action> mended_by{};
};

/// Guarded by the account's lock: the caller of a member must hold it.
struct recovery_state {
    /// A login prevented only by the network is repeated at this interval, and for this long.
    static constexpr std::chrono::seconds login_pause{30};
    static constexpr std::chrono::minutes login_patience{10};
    static constexpr std::chrono::minutes failed_login_quarantine{10};
    /// The time limit of on_probe.
    static constexpr std::chrono::seconds probe_timeout{10};
    /// In an outage, a recovery without waiters is repeated for this long.
    static constexpr std::chrono::hours owed_for{24};

    admission_control admission;
    login_budget logins;
    account_stamp stamp;  // published by the driver, so that attempts can read it without the lock
    action last_recovery = action::retry;  // the action of the last recovery that ended
    outage_state outage;

    // Set by the driver at each visit.
    callback_mask registered;
    std::uint64_t successes = 0;
    unsigned in_flight = 0;  // operations with an attempt under way
    unsigned attempting = 0;  // of these, the ones admitted during a visit
    bool proxy_is_convicted = false;  // the trouble is that of the account's proxy alone
    bool may_rotate = true;  // in a server's outage
    bool server_opens = false;  // the server's outage is over, and its accounts are let out one by one

    // The recovery that is needed when the running one has ended, and the one that is needed when an operation may start again;
    // then the orders that have begun, until the driver takes them.
    std::optional<callback_order> owed;
    std::optional<callback_order> postponed;
    time_point postponed_until{};  // not before the gap of the last recovery
    std::optional<callback_order> begun;
    std::optional<callback_order> question;  // on_probe
    operation_machine* begun_by = nullptr;  // the operation that the running recovery has begun for
    category recovery_because = category::unknown;
    bool begun_in_quarantine = false;  // the running recovery has begun for an operation that may start nevertheless
    time_point recovery_from{};  // its callback must not run earlier
    bool recovery_is_ready = false;  // it has settled, and its callback runs or is to run
    bool recovery_calls = false;  // its callback runs, and needs no turn any more
    bool gap_is_over = false;  // it ended early, since the last visit: the running recovery must check again
    bool asking = false;  // on_probe runs
    bool mended = false;  // its turn has repaired the connection, and its operations have not had their turns yet
    bool granted = false;  // in a server's outage: this account probes
    bool own_began = false;  // an outage of its own has begun, and its end has not been reported yet
    milliseconds outage_max_wait{std::chrono::hours{24}};  // of the category that began the outage

    server_message to_server;
    category last_evidence = category::unknown;
    time_point seen_at{};  // time of the last visit
    std::array<outage_notice, 4> notices{};
    std::size_t notice_count = 0;

    /// Called at the beginning of a visit, with the findings of the driver.
    void visit(callback_mask, std::uint64_t successes_now, unsigned undisturbed, time_point now);

    // --- recoveries

    /// The only decision on recoveries: every request for one leads here.
    recovery_decision request(callback_order, unsigned logins_per_day, time_point now);

    /// While the account is quarantined, a recovery would help no operation. The strongest of the recoveries that are needed
    /// then, or that had begun without having called their callbacks, is kept, and begins here: before the first operation that
    /// may start again. The same applies to a recovery that a login would have covered, if the login cannot run, or fails.
    void begin_postponed(waiter const&, unsigned logins_per_day, time_point now);
    void postpone(callback_order, time_point now);

    /// Returns whether the running recovery is useless now. If so, it ends before its callback is called, and is postponed.
    [[nodiscard]] bool recovery_is_useless(time_point now) const noexcept
    {
        bool const wanted = begun_in_quarantine && admission.recovery_has_waiters();
        return !wanted && admission.account_quarantined_until() > now;
    }

    /// Returns the action to take for `wanted`, given the recoveries that did not help and the state of the proxy.
    [[nodiscard]] action escalated(action wanted, category, unsigned escalate_after) const noexcept;

    /// Returns when the callback of the running recovery may be called, apart from its turn in a server's outage: not inside a
    /// told wait, and not before the gap if the last recovery is not proved yet.
    [[nodiscard]] time_point recovery_opens() const noexcept { return std::max(recovery_from, admission.account_held_until()); }
    /// Returns whether it must also wait for its turn.
    [[nodiscard]] bool recovery_waits_for_turn() const noexcept { return outage.of_server() && !granted; }
    /// Returns whether the server's outage is over and the account is still to be let out.
    [[nodiscard]] bool waits_to_be_let_out() const noexcept { return outage.of_server() && server_opens; }

    /// A run of a callback has ended for good. `covers`: the action that it replaces, which may be stronger than its own if that
    /// was lowered. Stores a recovery that follows in `begun`. Returns the decision on the recovery that was owed, if any.
    std::optional<recovery_decision> finish(callback_order const&, bool succeeded, unsigned logins_per_day, time_point now,
                                            std::optional<action> covers = {});

    // --- lessons

    struct lesson {
        std::optional<admission_control::held> held{};
        time_point earliest{};
        time_point own{};  // without the holds of others
        bool wall = false;  // it also affects other operations
        bool at_gate = false;  // the gate of that hold applies to the operation itself
    };
    /// Holds the scope of a told wait, or of a wait that is the action.
    lesson learn_wait(waiter const&, classification const&, policy const&, action, milliseconds delay, std::string_view method,
                      double random, time_point now);

    /// The bad end of an attempt or of a callback.
    struct failed_attempt {
        category what = category::unknown;
        bool own_shortage = false;
        bool straggler = false;  ///< it began before a running login, the last recovery, the last outage or its last probe
        bool is_probe = false;  ///< of the outage
        bool first_failure = false;  ///< of its operation
        bool in_recovery = false;  ///< part of a recovery, whose callback reports it
        bool let_through = false;  ///< by the outage's gate, even if it is no longer the probe
    };
    /// Handles evidence, which may begin an outage, or an answer, which ends one.
    void watch(failed_attempt const&, milliseconds max_wait, time_point now);
    /// `let_through`: the outage's gate has let it through, and learns from it; otherwise one more operation goes first.
    void answered(bool let_through, time_point now);
    void probe_failed(category, time_point now);
    /// In a server's outage, the turn goes to another account; otherwise the next operation of this one starts.
    void probe_cancelled(time_point now);

    /// The result of a callback, for its account.
    struct callback_report {
        callback_order const& order;
        action published_act;  ///< as published: a disconnect that fails still counts as the action before a raise
        action asked_for;  ///< before escalation
        action_result result;
        classification const* meaning;  ///< of the exception; null if there was none
        policy const* plan;
        bool own_shortage;
        double random;
        time_point first_failed;  ///< of these runs in a row
    };
    struct callback_decision {
        bool stays_owed = false;  ///< the recovery must be repeated
        bool again = false;  ///< repeat from recovery_from on. If false, it is postponed, or a stronger one follows
        std::optional<action> stronger{};  ///< repeat as this action
        std::optional<admission_control::held> held{};
        std::optional<admission_control::held> quarantined{};
        category because = category::unknown;
    };
    callback_decision callback_failed(callback_report const&, unsigned logins_per_day, time_point now);
    /// on_probe has ended, with any result.
    callback_decision probe_callback_ended(callback_report const&, unsigned logins_per_day, time_point now);

    /// The run was called off before its end: a recovery that was to follow does not begin, and an operation starts in place of
    /// on_probe.
    void call_off(action) noexcept;

    // --- the server's outage

    void join_server(time_point since, std::uint32_t epoch, milliseconds max_wait, time_point now);
    void grant_turn(bool asks_first, time_point now);
    /// The turn has lasted too long, and goes to another account. What has begun in it continues, but is no longer the probe.
    void lose_turn(time_point now);
    void leave_server(time_point ended, time_point now);

    /// Called at the end of a visit. Returns the message to the server.
    [[nodiscard]] server_message take_server_message(time_point now);

    /// Returns the summary for account::state().
    [[nodiscard]] admission_control::summary sum_up(time_point now) const noexcept;

    /// Returns whether there is nothing to remember and no obstacle.
    [[nodiscard]] bool is_well() const noexcept;

    void note(event_kind, category, time_point now) noexcept;

private:
    void fail_turn(callback_order const&, category, time_point now);
    void end_outage(bool let_through, time_point ended, time_point now);
    void end_gap(time_point now) noexcept;
    recovery_decision begin(callback_order, unsigned logins_per_day, time_point now);
    std::optional<callback_order> take_postponed();
    void stay_owed(callback_order const&, action asked_for, callback_decision&, time_point now);
    action learn(callback_report const&, callback_decision&, time_point now);
    void seek(callback_report const&, action, unsigned logins_per_day, callback_decision&, time_point now);
    callback_decision login_failed(callback_report const&, callback_decision, category, time_point now);
};

/// Returns whether a failure of this category means that Telegram answered. (A user's own category proves nothing.)
[[nodiscard]] bool is_answer(category) noexcept;
/// Returns whether such a failure is evidence of an outage.
[[nodiscard]] bool is_evidence(category) noexcept;

}  // namespace mend::detail
