// What stands in the way of an account's operations: holds with their gates, quarantines, a recovery under way.
#pragma once

#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/detail/waiter_queue.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mend::detail {

/// "Nothing in this scope may be sent before this moment", and the gate that opens afterwards.
struct hold {
    category what = category::unknown;
    time_point since{};            // when a failure last set it
    time_point until{};
    milliseconds max_wait{0};      // of the category that set it
    milliseconds jitter{0};        // what `until` has beyond the told wait
    double spread = 0;             // the random number that the jitter of this hold is made from
    time_point reported{};         // the end that was reported last
    time_point probe_deadline = time_point::max();  // when the gate lets another pass though nobody has come through
    std::uint64_t closed = 0;      // serial number of the last closing: attempts admitted before it prove nothing
    std::uint64_t last_passed = 0; // serial number of the last admission: in an outage, that attempt alone is the probe
    bool asks_first = false;       // of an outage: on_probe is asked before an operation goes
    bool over = false;             // of an outage: it has ended, the gate alone is left
    bool untouched = true;         // none has passed or been called since it was closed last
    bool lent = false;             // one may pass in a late one's place, and has not: that one brings no permit back
    int permits = 1;               // how many may pass the gate now
    int notified = 0;                // how many have been woken to take one
    waiter_queue notified_queue;         // those
    waiter* armed = nullptr;       // the one in the queue that wakes by itself when the time comes
    time_point armed_until = time_point::max();
    waiter_queue queue;

    /// When the one at the head of the queue has to look again.
    [[nodiscard]] time_point next(time_point now) const noexcept { return until > now ? until : probe_deadline; }
};

/// May this operation's attempt start now?
struct admission_decision {
    enum class kind : std::uint8_t {
        go,
        wait,
        refuse,
        ask,  // it has its turn to probe, and waits while on_probe is asked first
    };

    kind what = kind::go;
    stop_reason why = stop_reason::none;  // refuse: quarantined, wait_too_long or deadline
    category because = category::unknown; // of the hold that stands in the way
    time_point until = time_point::max(); // wait: ask again then (or when woken); refuse: when it may be worth trying again
    bool outage = false;                  // wait: for the end of an outage, whose time the waiter's own patience limits
    time_point opens = time_point::max(); // wait: when the hold ends, as far as is known
};

/// Everything that a failure teaches about one account. Knows no clock, no lock and no thread: the caller has the time
/// and the lock. A waiter must leave before it is destroyed.
class admission_control {
public:
    /// A probe that takes longer than this lets the next one go.
    static constexpr std::chrono::seconds patience{30};
    /// A second chat that reports the spam limit within this time: the limit is that of all groups.
    static constexpr std::chrono::hours second_chat{1};
    /// Two chats whose waits end within this time of one another were told one and the same limit.
    static constexpr std::chrono::milliseconds same_end{1500};
    /// Beyond this number of holds, those that ended and that nobody waits at are forgotten, whatever their scope.
    static constexpr std::size_t remembered_holds = 1024;
    /// So many chats of one account are quarantined at most. Beyond, the tenth that was quarantined longest ago is let go.
    static constexpr std::size_t most_quarantined_peers = 10'000;
    /// A chat's hold that ended so long ago, and that nobody has asked for since, is forgotten: the account is well again.
    static constexpr std::chrono::seconds gate_memory{3600};

    admission_control() = default;
    admission_control(admission_control const&) = delete;
    admission_control& operator=(admission_control const&) = delete;

    /// Does a quarantine reach this operation, or a hold that it cannot wait for? Then until when; else nothing.
    [[nodiscard]] std::optional<admission_decision> refusal(waiter const&, time_point now);

    /// Asks for the start of an attempt. `go`: the attempt counts as begun, and on_success() or return_permit() must follow.
    /// `wait`: the waiter is queued; ask again when woken or when the time has come.
    [[nodiscard]] admission_decision enter(waiter&, time_point now);

    /// The waiter waits no longer.
    void leave(waiter&, time_point now) noexcept;

    /// Its attempt ended in any way but a wall, cancellation or close. Not answered by Telegram, it proves nothing to an
    /// outage's gate.
    void on_success(waiter&, bool answered, time_point now) noexcept;

    /// Its attempt met a wall, or was cancelled: the next may go in its place.
    void return_permit(waiter&, time_point now) noexcept;

    struct wall {
        scope where = scope::account;
        category what = category::unknown;
        milliseconds wait{0};  // without jitter
        double jitter = 0;  // of the policy
        milliseconds max_wait{0};
        bool told = false;  // by the server: jitter only adds, and never more than 10 % or 5 s
        std::string_view method{};  // that the error names; empty: the operation's own
    };

    /// Holds the waiter's scope; an existing hold is only ever extended. Returns where it took effect and until when.
    /// `random`, in [0, 1), is used once for each hold.
    struct held {
        scope where;
        time_point until;
        time_point own{};       // what this failure alone asks for
        bool repeated = false;  // about the same was reported before
        bool stops_itself = true;  // the waiter is one of those it holds
    };
    held set_hold(waiter const&, wall const&, time_point now, double random);

    /// Quarantines the waiter's scope: its operations are refused until then, or for longer where it was quarantined already.
    held quarantine(waiter const&, scope, category, time_point until, time_point now);
    held quarantine_account(category, time_point until, time_point now);

    /// Nothing is held any longer, but one operation goes first all the same: after a login, which may have been in vain.
    void close_gate_for_probe(category, time_point now);

    /// Until when the whole account is quarantined; time_point::min() when it is not.
    [[nodiscard]] time_point account_quarantined_until() const noexcept;

    /// Until when the whole account is held, connects and logins included; time_point::min() when it is not.
    [[nodiscard]] time_point account_held_until() const noexcept;

    // --- the gate of an outage

    /// Nothing goes before `next_probe` (time_point::max(): until let_probe()); then one. `asks_first`: as soon as one wants to,
    /// on_probe is asked instead, and let_probe() lets the operation go.
    void close_for_outage(category, time_point next_probe, bool asks_first, time_point now);
    /// One may go now.
    void let_probe(time_point now, bool asks_first = false);
    /// The outage is over: an ordinary gate is left, where one goes first. `let_through`: that one has come through.
    void end_outage(bool let_through, time_point now);
    /// Was the attempt under way let through as the probe, and none since? One that has lost its turn is the probe no longer.
    [[nodiscard]] bool is_probe(waiter const&) const noexcept;
    /// Has it passed the outage's gate since that was closed last, whether or not it is the probe still?
    [[nodiscard]] bool was_let_through(waiter const&) const noexcept;
    /// Does an operation wait for the outage's gate?
    [[nodiscard]] bool outage_has_waiters() const noexcept;
    /// Is one let through, called, or under way as the probe?
    [[nodiscard]] bool probe_under_way() const noexcept;
    /// Is an attempt under way as the probe? (One that has only been called does not go while a recovery runs.)
    [[nodiscard]] bool probe_has_begun() const noexcept;
    /// The first in the queue looks again then, where it waits for an outage whose end others tell.
    void set_outage_moment(time_point when) noexcept { outage_moment_ = when; }
    /// The first in the outage's queue looks again now.
    void wake_outage_front() noexcept;

    /// Does anybody wait for the recovery that runs?
    [[nodiscard]] bool recovery_has_waiters() const noexcept { return !waiting_for_recovery_.empty(); }
    /// And among them, a callback of another account, which may have the slot that the recovery needs?
    [[nodiscard]] bool callback_waits_for_recovery() const noexcept;
    /// Does an operation sleep out a delay of its own, or is on its way back from a recovery that has ended?
    [[nodiscard]] bool has_sleepers() const noexcept { return !asleep_.empty(); }
    [[nodiscard]] time_point outage_moment() const noexcept { return outage_moment_; }

    /// Lifts every quarantine, and no told wait. Returns whether there was one.
    bool lift_quarantines() noexcept;

    /// One recovery of the account at a time; while it runs no attempt starts.
    void begin_recovery(action act) noexcept;
    void end_recovery() noexcept;
    [[nodiscard]] bool recovering() const noexcept { return recovering_; }
    [[nodiscard]] action recovery() const noexcept { return recovery_; }

    /// Queues a waiter whose attempt has failed until the recovery ends.
    void await_recovery(waiter&) noexcept;

    /// Queues a waiter that waits for nothing of the account's: it wakes by itself, and with everybody.
    void sleep(waiter&) noexcept;

    /// Wakes everybody who waits.
    void wake_all() noexcept;

    /// Nothing stands in the way of anybody.
    [[nodiscard]] bool clear() const noexcept { return holds_.empty() && !recovering_; }

    /// How many scopes are held, or have been and are remembered.
    [[nodiscard]] std::size_t size() const noexcept { return holds_.size(); }

    /// What matters most at this moment, for account::state(): a quarantine, else a recovery, else the longest hold.
    struct summary {
        account_state::kind what = account_state::kind::healthy;
        category because = category::unknown;
        time_point until = time_point::max();  // not known, or for ever
        std::optional<time_point> since{};  // of an outage
    };
    [[nodiscard]] summary sum_up(time_point now) const noexcept;

private:
    enum class barrier : std::uint8_t {
        hold,
        quarantine,  // refuses
        outage,
    };
    struct key_view {
        scope where = scope::account;
        barrier what = barrier::hold;
        std::int64_t peer = 0;
        std::string_view method;
    };
    struct key {
        scope where = scope::account;
        barrier what = barrier::hold;
        std::int64_t peer = 0;
        std::string method;

        operator key_view() const noexcept { return {where, what, peer, method}; }
    };
    struct less {
        using is_transparent = void;
        bool operator()(key_view const&, key_view const&) const noexcept;
    };
    using hold_map = std::map<key, hold, less>;

    /// What keeps an operation from going now; each null where there is none.
    struct obstacles {
        hold* quarantine = nullptr;  // the one that lasts longest
        hold* longest = nullptr;  // of the waits
        hold* too_long = nullptr;  // a wait longer than its category's max_wait
        hold* outage = nullptr;  // until the next probe
    };
    [[nodiscard]] obstacles find_obstacles(waiter const&, time_point now);
    [[nodiscard]] static std::optional<admission_decision> refusal(obstacles const&, waiter const&) noexcept;

    template <class Visit>
    void for_each_matching(waiter const&, Visit);
    template <class Visit>
    void for_each_passed(waiter const&, time_point at, Visit);
    hold_map::value_type& find_or_add(key_view const&, time_point now);
    template <class Predicate>
    [[nodiscard]] hold const* find_other_chat(waiter const&, barrier, Predicate) const noexcept;
    struct extent {
        scope where;
        time_point until;
    };
    [[nodiscard]] extent reach_of_hold(waiter const&, wall const&, time_point until, time_point now) const noexcept;
    [[nodiscard]] scope reach_of_quarantine(waiter const&, scope, category, time_point now) const noexcept;
    [[nodiscard]] static scope narrow(waiter const&, scope, std::string_view method) noexcept;
    static key_view key_of(waiter const&, scope, barrier, std::string_view method) noexcept;
    [[nodiscard]] static bool is_reported(hold& each, bool was_active) noexcept;
    void extend(hold_map::value_type&, category, time_point until, milliseconds max_wait, milliseconds jitter,
                time_point now) noexcept;
    admission_decision admission_for(waiter&, time_point now);
    admission_decision queue_at(hold&, waiter&, time_point now) noexcept;
    void call_the_late(hold&, time_point now) noexcept;
    void enqueue(waiter_queue&, waiter&) noexcept;
    hold* detach(waiter&) noexcept;
    void admit(waiter&, bool passes_gates, time_point now) noexcept;
    void leave_gates(waiter&, bool came_through, bool answered, time_point now) noexcept;
    static bool is_last_to_pass(hold const& gate, waiter const& who) noexcept
    {
        return gate.closed < who.admitted_ && gate.last_passed == who.admitted_;
    }
    void admit_waiting(hold&, time_point now) noexcept;
    static bool is_too_long(hold const& each, time_point now) noexcept
    {
        return each.until == time_point::max() || between(now, each.until) > sum(each.max_wait, each.jitter);
    }
    static bool matches(key_view const&, waiter const&) noexcept;
    static bool is_exempt(key const&, hold const&, waiter const&) noexcept;
    static bool stops(key const&, hold const&, waiter const&, time_point now) noexcept;
    static bool has_gate(key_view const& where, hold const& each, time_point at) noexcept
    {
        return where.what != barrier::quarantine || each.until <= at;
    }
    [[nodiscard]] hold* outage_gate() noexcept;
    [[nodiscard]] hold const* active_outage_gate() const noexcept;
    static bool may_pass(hold const&, waiter const&) noexcept;
    void forget_idle(time_point now, std::chrono::seconds age, bool chats_alone) noexcept;
    void forget_oldest_peers();

    template <class Predicate>
    void erase_holds_if(Predicate predicate)
    {
        std::erase_if(holds_, [&](hold_map::value_type const& entry) {
            bool const erased = predicate(entry);
            quarantined_peers_ -= erased && is_quarantined_peer(entry.first) ? 1U : 0U;
            wide_holds_ -= erased && is_wide(entry.first.where) ? 1U : 0U;
            return erased;
        });
    }

    /// Wakes those who wait, wherever, and whom the predicate picks.
    template <class Predicate>
    void wake_if(Predicate predicate) noexcept
    {
        auto const visit = [&](waiter& each) {
            if (predicate(each))
                each.wake();
        };
        asleep_.for_each(visit);
        waiting_for_recovery_.for_each(visit);
        for (auto& [where, each] : holds_)
            each.queue.for_each(visit);
    }

    static bool is_quarantined_peer(key_view const& where) noexcept
    {
        return where.what == barrier::quarantine && where.where == scope::peer;
    }
    static bool is_wide(scope where) noexcept { return where == scope::sending || where == scope::groups; }
    static bool is_active_outage(key_view const& where, hold const& each) noexcept
    {
        return where.what == barrier::outage && !each.over;
    }

    hold_map holds_;
    std::size_t quarantined_peers_ = 0;
    std::size_t wide_holds_ = 0;  // of the scopes sending and groups: only then need an operation's method be looked up
    time_point outage_moment_ = time_point::max();
    std::uint64_t answered_after_ = 0;  // the last closing after which an attempt began that was answered
    time_point earliest_deadline_ = time_point::max();  // of those who wait: none comes before it
    std::size_t sweep_at_ = remembered_holds;
    time_point sweep_after_{};
    waiter_queue waiting_for_recovery_;
    waiter_queue asleep_;
    std::uint64_t serial_ = 0;  // of closings and admissions
    std::uint64_t arrivals_ = 0;
    bool recovering_ = false;
    action recovery_ = action::retry;
};

}  // namespace mend::detail
