// What all operations and callbacks of one account share, and the decisions that are the account's: which recovery may begin,
// what a failure teaches, when an outage begins and ends.
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

/// A run of a callback: which, and what the callback is told.
struct callback_order {
    action act = action::retry;  ///< retry: on_probe
    category what = category::unknown;
    unsigned attempt = 0;
    std::optional<std::int64_t> number{};
    std::string context{};
    std::string message{};
    std::string method{};
    std::uint64_t operation = 0;  ///< for whose failure it runs, as events number it
    int code = 0;                 ///< of that failure
    milliseconds settle{0};
    milliseconds timeout{std::chrono::seconds{60}};
    unsigned escalate_after = 2;

    [[nodiscard]] bool is_recovery() const noexcept { return strength(act) != 0; }
    [[nodiscard]] bool is_probe() const noexcept { return act == action::retry; }
};

/// The run of a callback for this action, on the terms of the category's policy. `about`: what else the callback is told.
[[nodiscard]] callback_order order_for(action, category, policy const&, callback_order about = {});

/// May this recovery begin now?
struct recovery_decision {
    enum class kind : std::uint8_t {
        begins,
        joined,       ///< one that is strong enough runs
        queued,       ///< a weaker one runs; this one is owed when that has ended
        postponed,    ///< the account is quarantined: it begins before the first operation that may start again
        quarantined,  ///< a login that would only cost the budget
        over_budget,  ///< of logins; the account is quarantined until it refills
    };
    kind what = kind::begins;
    time_point until{};
};

/// What is to be reported of an outage of the account.
struct outage_notice {
    event_kind kind;
    milliseconds age;
    category what;
    outage_extent extent;
};

/// What the account's server has to hear after a visit.
struct server_message {
    bool evidence = false;
    bool answered = false;      ///< an attempt was answered
    bool probe_failed = false;
    bool probe_answered = false;  ///< on_probe was
    bool probe_is_mute = false;   ///< on_probe says nothing
    bool wants_turn = false;    ///< it has something to probe with
    bool wants_none = false;    ///< in the server's outage, it has nothing to probe with
    bool passes_turn = false;   ///< it had a turn, and nothing to probe with
    bool takes_step = false;    ///< in its turn on_probe, a recovery or an attempt begins
    bool rotated = false;       ///< it begins a rotation
    milliseconds max_wait{std::chrono::hours{24}};  ///< of the evidence's category
    std::optional<action> mended_by{};
};

/// Guarded by the account's lock; whoever calls a member holds it.
struct recovery_state {
    /// A login that only the network prevents is repeated so often, for so long.
    static constexpr std::chrono::seconds login_pause{30};
    static constexpr std::chrono::minutes login_patience{10};
    static constexpr std::chrono::minutes failed_login_quarantine{10};
    /// on_probe may take so long.
    static constexpr std::chrono::seconds probe_timeout{10};
    /// A recovery that nobody waits for is tried again for so long, in an outage.
    static constexpr std::chrono::hours owed_for{24};

    admission_control admission;
    login_budget logins;
    account_stamp stamp;                     // the driver publishes it where attempts can read it without the lock
    action last_recovery = action::retry;  // the action of the recovery that ended last
    outage_state outage;

    // What the driver finds out at each visit.
    callback_mask registered;
    std::uint64_t successes = 0;
    unsigned in_flight = 0;   // operations whose attempt is under way
    unsigned attempting = 0;  // of them, those that were let through here
    bool proxy_is_convicted = false;  // the trouble is that of the account's proxy alone
    bool may_rotate = true;           // in a server's outage
    bool server_opens = false;        // the server's outage is over, and its accounts are let out one after the other

    // The recovery that is needed when the one that runs has ended, and when an operation may go again; those that have begun,
    // until the driver takes them.
    std::optional<callback_order> owed;
    std::optional<callback_order> postponed;
    time_point postponed_until{};  // and not before the gap of the last recovery
    std::optional<callback_order> begun;
    std::optional<callback_order> question;  // on_probe
    operation_machine* begun_by = nullptr;  // the operation that the recovery that runs has begun for
    category recovery_because = category::unknown;
    bool begun_in_quarantine = false;  // the recovery that runs, for an operation that may go all the same
    time_point recovery_from{};  // its callback may not run before
    bool recovery_is_ready = false;  // it has settled, and wants to run its callback, or runs it
    bool recovery_calls = false;  // it runs it, and needs no turn for that any more
    bool gap_is_over = false;  // before its time, since the last visit: the recovery that runs has to look again
    bool asking = false;  // on_probe runs
    bool mended = false;  // its turn has mended it, and its operations have not had theirs yet
    bool granted = false;  // in a server's outage: it is this account that probes
    bool own_began = false;  // an outage of its own began before that, and its end is still to be reported
    milliseconds outage_max_wait{std::chrono::hours{24}};  // of the category that began the outage

    server_message to_server;
    category last_evidence = category::unknown;
    time_point seen_at{};  // the last visit
    std::array<outage_notice, 4> notices{};
    std::size_t notice_count = 0;

    /// At the beginning of a visit: what the driver has found out.
    void visit(callback_mask, std::uint64_t successes_now, unsigned undisturbed, time_point now);

    // --- recoveries

    /// The one decision on recoveries: every way to one leads through here.
    recovery_decision request(callback_order, unsigned logins_per_day, time_point now);

    /// While the account is quarantined a recovery could mend nothing for anybody. What is needed then, and what had begun but not
    /// called its callback, is kept, the strongest of it, and begins here: before the first operation that may go again. So is
    /// what a login would have made good that cannot run, or fails.
    void begin_postponed(waiter const&, unsigned logins_per_day, time_point now);
    void postpone(callback_order, time_point now);

    /// Is the recovery that runs of no use at present? Then it ends before it calls its callback, and is postponed.
    [[nodiscard]] bool recovery_is_useless(time_point now) const noexcept
    {
        bool const wanted = begun_in_quarantine && admission.recovery_has_waiters();
        return !wanted && admission.account_quarantined_until() > now;
    }

    /// The action that `wanted` comes to by the ladder, and by what is known of the proxy.
    [[nodiscard]] action escalated(action wanted, category, unsigned escalate_after) const noexcept;

    /// When the callback of the recovery that runs may be called, but for its turn in a server's outage: not inside a told
    /// wait, and not before the gap where the last one has not proved itself.
    [[nodiscard]] time_point recovery_opens() const noexcept { return std::max(recovery_from, admission.account_held_until()); }
    /// Must it wait for its turn as well?
    [[nodiscard]] bool recovery_waits_for_turn() const noexcept { return outage.of_server() && !granted; }
    /// Is its server's outage over, and is the account to be let out?
    [[nodiscard]] bool waits_to_be_let_out() const noexcept { return outage.of_server() && server_opens; }

    /// A run of a callback has ended for good. `covers`: what it replaces, which is more than its action where the ladder has
    /// lowered that. `begun` has the recovery that follows, where one does. Returns the decision on the one that was owed, if any.
    std::optional<recovery_decision> finish(callback_order const&, bool succeeded, unsigned logins_per_day, time_point now,
                                            std::optional<action> covers = {});

    // --- lessons

    struct lesson {
        std::optional<admission_control::held> held{};
        time_point earliest{};
        time_point own{};  // but for the holds of others
        bool wall = false;  // others are concerned as well
        bool at_gate = false;  // the gate of that hold keeps the operation itself
    };
    /// A wait that was told, or that the action is, holds its scope.
    lesson learn_wait(waiter const&, classification const&, policy const&, action, milliseconds delay, std::string_view method,
                      double random, time_point now);

    /// How an attempt, or a callback, has ended badly.
    struct failed_attempt {
        category what = category::unknown;
        bool own_shortage = false;
        bool straggler = false;  ///< it began before a login that runs, the last recovery, the last outage or its last probe
        bool is_probe = false;  ///< of the outage
        bool first_failure = false;  ///< of its operation
        bool in_recovery = false;  ///< part of a recovery, whose callback will tell
        bool let_through = false;  ///< by the outage's gate, whether or not it is the probe still
    };
    /// Evidence, and the beginning of an outage; or the answer that ends one.
    void watch(failed_attempt const&, milliseconds max_wait, time_point now);
    /// `let_through`: the outage's gate has let it through, and learns from it; else one more goes first.
    void answered(bool let_through, time_point now);
    void probe_failed(category, time_point now);
    /// In a server's outage the turn goes to another account; else the next operation of this one goes.
    void probe_cancelled(time_point now);

    /// What a callback that has failed means to its account.
    struct callback_report {
        callback_order const& order;
        action
            published_act;  ///< as which it was told to those that watch: what fails in its disconnect is not yet what it became
        action asked_for;  ///< before the ladder
        action_result result;
        classification const* meaning;  ///< of what it threw; null: it threw nothing
        policy const* plan;
        bool own_shortage;
        double random;
        time_point first_failed;  ///< of these runs in a row
    };
    struct callback_decision {
        bool stays_owed = false;  ///< the recovery has to be made good
        bool again = false;  ///< it is tried again; recovery_from says when. Else it is postponed, or a stronger one follows
        std::optional<action> stronger{};  ///< then as this one
        std::optional<admission_control::held> held{};
        std::optional<admission_control::held> quarantined{};
        category because = category::unknown;
    };
    callback_decision callback_failed(callback_report const&, unsigned logins_per_day, time_point now);
    /// on_probe has ended, in whatever way.
    callback_decision probe_callback_ended(callback_report const&, unsigned logins_per_day, time_point now);

    /// The run has not come to its end: what was to follow a recovery does not begin, and an operation goes in the place of
    /// on_probe.
    void call_off(action) noexcept;

    // --- the server's outage

    void join_server(time_point since, std::uint32_t epoch, milliseconds max_wait, time_point now);
    void grant_turn(bool asks_first, time_point now);
    /// The turn has lasted too long, and goes to another. What has begun in it goes on, and is the probe no longer.
    void lose_turn(time_point now);
    void leave_server(time_point ended, time_point now);

    /// At the end of a visit: what the server has to hear.
    [[nodiscard]] server_message take_server_message(time_point now);

    /// For account::state().
    [[nodiscard]] admission_control::summary sum_up(time_point now) const noexcept;

    /// Nothing is remembered, and nothing stands in the way.
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

/// Has Telegram answered where an attempt ended so? (Whatever a user's own category means, it proves nothing.)
[[nodiscard]] bool is_answer(category) noexcept;
/// Does such a failure show trouble that is nobody's own?
[[nodiscard]] bool is_evidence(category) noexcept;

}  // namespace mend::detail
