// The obstacles to an account's operations: holds with their gates, quarantines, a recovery under way.
#pragma once

#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/detail/waiter_queue.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
    milliseconds jitter{0};        // the part of `until` beyond the told wait
    double spread = 0;             // the random number for the jitter of this hold
    time_point reported{};         // the end that was reported last
    time_point probe_deadline = time_point::max();  // when another waiter may pass, even if no attempt has succeeded
    std::uint64_t closed = 0;      // serial number of the last closing: attempts admitted earlier prove nothing
    std::uint64_t last_passed = 0; // serial number of the last admission: in an outage, that attempt alone is the probe
    bool asks_first = false;       // of an outage: on_probe is called before an operation starts
    bool over = false;             // of an outage: it has ended, only the gate is left
    bool untouched = true;         // no waiter has passed or been notified since the last closing
    bool lent = false;             // one may pass in place of a late attempt, which then returns no permit
    int permits = 1;               // how many waiters may pass the gate now
    int notified = 0;                // how many waiters have been notified to pass
    waiter_queue notified_queue;         // the notified waiters
    waiter* armed = nullptr;       // the queued waiter that wakes by itself in time
    time_point armed_until = time_point::max();
    waiter_queue queue;

    /// Returns when the waiter at the head of the queue has to ask again.
    [[nodiscard]] time_point next(time_point now) const noexcept { return until > now ? until : probe_deadline; }
};

/// The answer to an operation that asks to start an attempt.
struct admission_decision {
    enum class kind : std::uint8_t {
        go,
        wait,
        refuse,
        ask,  // it is its turn to probe, and it waits while on_probe is called first
    };

    kind what = kind::go;
    stop_reason why = stop_reason::none;  // refuse: quarantined, wait_too_long or deadline
    category because = category::unknown; // of the hold in the way
    time_point until = time_point::max(); // wait: ask again then (or when notified); refuse: when a retry may help
    bool outage = false;                  // wait: for the end of an outage; the waiter limits that time itself
    time_point opens = time_point::max(); // wait: when the hold ends, as far as known
};

/// The lessons of failures for one account. Has no clock, no lock and no thread: the caller provides the time and holds the lock.
/// A waiter must leave before it is destroyed.
class admission_control {
public:
    /// A probe that takes longer than this lets the next one go.
    static constexpr std::chrono::seconds patience{30};
    /// If a second chat reports the spam limit within this time, the limit is that of all groups.
    static constexpr std::chrono::hours second_chat{1};
    /// Two chats whose waits end within this time of each other were given the same limit.
    static constexpr std::chrono::milliseconds same_end{1500};
    /// Above this number of holds, those that have ended and have no waiters are forgotten, in any scope.
    static constexpr std::size_t remembered_holds = 1024;
    /// At most this many chats per account are quarantined; past that, the 10 % quarantined longest ago are dropped.
    static constexpr std::size_t most_quarantined_peers = 10'000;
    /// A chat's hold that ended this long ago, and was not asked for since, is forgotten: the account is well again.
    static constexpr std::chrono::seconds gate_memory{3600};

    admission_control() = default;
    admission_control(admission_control const&) = delete;
    admission_control& operator=(admission_control const&) = delete;

    /// Returns the refusal if a quarantine, or a hold that the operation cannot wait for, applies to it; otherwise nullopt.
    [[nodiscard]] std::optional<admission_decision> refusal(waiter const&, time_point now);

    /// Asks to start an attempt. `go`: the attempt counts as begun, and on_success() or return_permit() must follow. `wait`: the
    /// waiter is queued, and must ask again when notified or when the time has come.
    [[nodiscard]] admission_decision enter(waiter&, time_point now);

    /// Ends the wait of the waiter.
    void leave(waiter&, time_point now) noexcept;

    /// The waiter's attempt ended, but not by a wall, cancellation or close. Without an answer from Telegram, it proves nothing
    /// to an outage's gate.
    void on_success(waiter&, bool answered, time_point now) noexcept;

    /// The waiter's attempt met a wall, or was cancelled: the next one may start in its place.
    void return_permit(waiter&, time_point now) noexcept;

    struct wall {
        scope where = scope::account;
        category what = category::unknown;
        milliseconds wait{0};  // without jitter
        double jitter = 0;  // of the policy
        milliseconds max_wait{0};
        bool told = false;  // by the server: jitter only adds, and never more than 10 % or 5 s
        std::string_view method{};  // named by the error; empty: the operation's own
    };

    /// Holds the waiter's scope. An existing hold is extended, never shortened. Returns the scope of the hold and its end.
    /// `random`, in [0, 1), is used once for each hold.
    struct held {
        scope where;
        time_point until;
        time_point own{};  // the end required by this failure alone
        bool repeated = false;  // about the same hold has been reported
        bool stops_itself = true;  // the hold applies to the waiter itself
    };
    held set_hold(waiter const&, wall const&, time_point now, double random);

    /// Quarantines the waiter's scope: its operations are refused until then, or for longer if it was already quarantined.
    held quarantine(waiter const&, scope, category, time_point until, time_point now);
    held quarantine_account(category, time_point until, time_point now);

    /// Sets no hold, but lets one operation start first: used after a login, which may not have helped.
    void close_gate_for_probe(category, time_point now);

    /// Returns until when the whole account is quarantined; time_point::min() if it is not.
    [[nodiscard]] time_point account_quarantined_until() const noexcept;

    /// Returns until when the whole account is held, connects and logins included; time_point::min() if it is not.
    [[nodiscard]] time_point account_held_until() const noexcept;

    // --- the gate of an outage

    /// Lets nothing start before `next_probe` (time_point::max(): until let_probe()), and then one operation. `asks_first`: as
    /// soon as an operation asks, on_probe is called instead, and let_probe() lets the operation start.
    void close_for_outage(category, time_point next_probe, bool asks_first, time_point now);
    /// Lets one operation start.
    void let_probe(time_point now, bool asks_first = false);
    /// Ends the outage. Leaves an ordinary gate, which one operation passes first. `let_through`: it has already passed.
    void end_outage(bool let_through, time_point now);
    /// Returns whether the current attempt was let through as the probe, and none since. An attempt that has lost its turn is no
    /// longer the probe.
    [[nodiscard]] bool is_probe(waiter const&) const noexcept;
    /// Returns whether the attempt has passed the outage's gate since its last closing, even if it is no longer the probe.
    [[nodiscard]] bool was_let_through(waiter const&) const noexcept;
    [[nodiscard]] bool outage_has_waiters() const noexcept;
    /// Returns whether an operation has been notified or let through to probe, or is under way as the probe.
    [[nodiscard]] bool probe_under_way() const noexcept;
    /// Returns whether an attempt is under way as the probe. (A notified operation does not start while a recovery runs.)
    [[nodiscard]] bool probe_has_begun() const noexcept;
    /// Sets when the first waiter in the queue asks again, if it waits for an outage that ends elsewhere.
    void set_outage_moment(time_point when) noexcept { outage_moment_ = when; }
    void wake_outage_front() noexcept;

    [[nodiscard]] bool recovery_has_waiters() const noexcept { return !waiting_for_recovery_.empty(); }
    /// Returns whether a callback of another account waits for the recovery: it may hold the slot that the recovery needs.
    [[nodiscard]] bool callback_waits_for_recovery() const noexcept;
    /// Returns whether an operation sleeps for a delay of its own, or is about to resume after a recovery.
    [[nodiscard]] bool has_sleepers() const noexcept { return !asleep_.empty(); }
    [[nodiscard]] time_point outage_moment() const noexcept { return outage_moment_; }

    /// Lifts every quarantine, but no told wait. Returns whether there was a quarantine.
    bool lift_quarantines() noexcept;

    /// Begins a recovery; no attempt starts while it runs. An account has at most one recovery at a time.
    void begin_recovery(action act) noexcept;
    void end_recovery() noexcept;
    [[nodiscard]] bool recovering() const noexcept { return recovering_; }
    [[nodiscard]] action recovery() const noexcept { return recovery_; }

    /// Queues a waiter whose attempt has failed until the recovery ends.
    void await_recovery(waiter&) noexcept;

    /// Queues a waiter that waits for nothing of the account: it wakes by itself, or with all others.
    void sleep(waiter&) noexcept;

    void wake_all() noexcept;

    /// Returns whether nothing holds up any operation.
    [[nodiscard]] bool clear() const noexcept { return holds_.empty() && !recovering_; }

    /// Returns whether nothing here concerns an operation of this method on this chat, so that its attempt 1 may start without
    /// entering, and its success need not be reported. `method` may be empty and `peer` 0 if they are not known.
    [[nodiscard]] bool spares(std::string_view method, std::int64_t peer, time_point now) noexcept;

    /// Returns how many scopes are held, or were held and are remembered.
    [[nodiscard]] std::size_t size() const noexcept { return holds_.size(); }

    /// The most important obstacle now, for account::state(): a quarantine, else a recovery, else the longest hold.
    struct summary {
        account_state::kind what = account_state::kind::healthy;
        category because = category::unknown;
        time_point until = time_point::max();  // max(): unknown, or for ever
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

    /// The obstacles to an operation; null if there is none of the kind.
    struct obstacles {
        hold* quarantine = nullptr;  // the one that lasts longest
        hold* longest = nullptr;  // of the waits
        hold* too_long = nullptr;  // a wait longer than its category's max_wait
        hold* outage = nullptr;  // until the next probe
    };
    [[nodiscard]] obstacles find_obstacles(waiter const&, time_point now);
    [[nodiscard]] static std::optional<admission_decision> refusal(obstacles const&, waiter const&) noexcept;

    /// Calls visit(iterator), which may erase the element.
    template <class Visit>
    void for_each_matching(waiter const&, Visit);
    template <class Visit>
    void for_each_passed(waiter const&, time_point at, Visit);
    hold_map::value_type& find_or_add(key_view const&, time_point now);
    struct extent {
        scope where;
        time_point until;
    };
    [[nodiscard]] extent reach_of_hold(waiter const&, wall const&, time_point until, time_point now) noexcept;
    [[nodiscard]] hold_map::value_type const* find_same_end(waiter const&, category, time_point until, time_point now) noexcept;
    void note_told_end(key const&, hold const&, time_point now);
    void forget_told_ends(time_point now) noexcept;
    [[nodiscard]] scope reach_of_quarantine(waiter const&, scope, category, time_point now) const noexcept;
    void note_limited_chat(std::int64_t peer, bool is_limited, time_point now) noexcept;
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
    void sweep(time_point now) noexcept;
    void forget_oldest_peers();

    hold_map::iterator erase(hold_map::iterator) noexcept;
    template <class Predicate>
    void erase_holds_if(Predicate predicate)
    {
        for (auto each = holds_.begin(); each != holds_.end();)
            each = predicate(*each) ? erase(each) : std::next(each);
    }

    template <class Predicate>
    void wake_if(key_view const& concerned, Predicate) noexcept;

    static bool is_quarantined_peer(key_view const& where) noexcept
    {
        return where.what == barrier::quarantine && where.where == scope::peer;
    }
    static bool is_wide(scope where) noexcept { return where == scope::sending || where == scope::groups; }
    static bool is_active_outage(key_view const& where, hold const& each) noexcept
    {
        return where.what == barrier::outage && !each.over;
    }

    /// When the last of all holds, or of all quarantines, ends; and the category of that one.
    struct last_end {
        time_point until = time_point::min();
        category what = category::unknown;
    };
    /// A chat that is quarantined because it is limited (category account_limited).
    struct limited_chat {
        std::int64_t peer = 0;
        time_point since{};
    };

    hold_map holds_;
    std::size_t quarantined_peers_ = 0;
    std::size_t wide_holds_ = 0;  // of the scopes sending and groups: methods are looked up only if there are any
    std::size_t account_holds_ = 0;
    last_end last_hold_;
    last_end last_quarantine_;
    std::multimap<time_point, std::int64_t> told_ends_;  // of the waits that may turn out to be all chats', and the chat
    std::uint64_t told_closed_ = 0;  // the last closing of such a wait's chat
    std::array<limited_chat, 2> limited_chats_;  // the two latest, of different chats
    time_point outage_moment_ = time_point::max();
    std::uint64_t answered_after_ = 0;  // the last closing after which an answered attempt began
    time_point earliest_deadline_ = time_point::max();  // no waiter has an earlier deadline
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
