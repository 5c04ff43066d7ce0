// Judges a night by the design alone: it sees what the journal sees, keeps books of its own, and shares no code with
// the library but the names of things.
//
// Invariant 12, any number of threads, it sees as far as one thread can show it: where an operation was interrupted
// between its decision and its wait (client_meddles.cpp) and then waits in vain, that is 12. Data races are for the
// thread sanitizer, with tests/threads.
#pragma once

#include "holds.hpp"
#include "journal.hpp"
#include "terms.hpp"

#include <mend/history.hpp>
#include <mend/statistics.hpp>

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace simulation {

struct violation {
    int invariant = 0;  ///< as numbered in the README; 0: a default of the table there
    ms at{0};
    int operation = nobody;
    std::string text;
};

class checker {
public:
    explicit checker(plan const&);

    /// What happens next. Judged at once, and once more when the instant is over: what had to follow must have followed.
    void see(entry const&);

    /// The night is over: what mend itself says of it is compared.
    void finish(mend::statistics const&, std::vector<mend::history_entry> const&);

    /// So often the message of an operation has arrived in the end.
    void arrived(unsigned operation, unsigned times);

    /// Time does not pass, because something goes round in circles.
    void stuck() { demand(false, 1, last_.operation, "time stands still: something goes round in circles"); }

    [[nodiscard]] std::optional<violation> const& first() const noexcept { return first_; }

    /// A violation that is open was met: what came after it has not been judged.
    [[nodiscard]] bool judged_no_further() const noexcept { return judged_no_further_; }

private:
    enum class phase : std::uint8_t { planned, waiting, attempting, answered, ended };

    struct operation {
        planned_operation const* planned = nullptr;
        int account = nobody;             // where its last attempt began
        phase now = phase::planned;
        unsigned attempts = 0;
        unsigned failures = 0;
        std::array<unsigned, mend::category_count> retries{};
        unsigned shortages = 0;           // on our own side
        std::int64_t id = 0;
        entry answer{};                   // the last
        ms attempt_began{0};
        unsigned recoveries_seen = 0;     // of its account, when its attempt began
        span delay{};                     // after the recovery that it waits for
        ms waits_since{0};                // its beginning, or its last failure
        ms not_before = long_ago;
        ms not_after = long_ago;
        std::optional<mend::action> needs{};
        std::optional<mend::action> needed{};  // since its last failure, though that may have ended
        unsigned retries_allowed = 0;     // of its last failure's category
        std::optional<ms> recovery_ended{};    // the first since its last failure: its delay counts from then on
        unsigned failed_recoveries = 0;   // since its last failure, that it had begun
        unsigned charged = 0;             // retries that failed recoveries may have cost it
        std::array<unsigned, mend::category_count> uncharged{};  // failures that may have cost it no retry: a connection that
                                                                 // had been replaced, perhaps
        unsigned retries_used = 0;        // of its last failure's category, with those that are in doubt
        std::optional<mend::stop_reason> must_end{};
        bool refreshing = false;
        bool cancelled = false;
        bool duplicate = false;           // the server has said that it knows the message
        bool unknown = false;             // its last attempt may have been delivered
        bool repeat_told = false;
        bool in_trouble = false;          // has waited for anything
        bool interrupted = false;         // between its decision to wait and its wait
        bool left = false;                // its attempt counts at no gate any more
        unsigned events = 0;
        std::optional<mend::event_kind> told_end{};
        mend::stop_reason told_why{};
        entry last_told{};                // its end, or its last failure
        ms began{0};
        ms first_failed{0};
        ms waited{0};
        mend::delivery worst = mend::delivery::not_sent;  // of its attempts
        std::optional<outcome_told> said{};               // of itself
        bool good = false;                                // it succeeded
        std::optional<ms> free_since{};                   // nothing but an outage keeps it from going
        std::optional<scope_key> else_holds{};            // its last wait holds this, or its chat alone
        ms else_until{0};
        std::optional<held_scope> chat_before{};          // what held that before
        bool was_in_outage = false;                       // since its last failure

        [[nodiscard]] bool has_given_up() const
        {
            return told_end == mend::event_kind::gave_up || told_end == mend::event_kind::refused;
        }
    };

    struct need {
        int operation;
        mend::action act;
        ms settle;
        ms timeout;
        unsigned escalate_after = 2;
        ms since{0};
        bool own = false;        // of a callback that has failed
        bool in_outage = false;  // of a server, at any time since
        bool queued = false;     // behind a recovery that ran: the account begins it, no operation
        mend::category because{};  // of one of a callback's own
        bool paid = false;       // of a login: it is counted among those of the day
    };

    /// What one account or one server knows of an outage. Where the design leaves room, both ends of it are kept.
    struct outage {
        bool on = false;
        bool absorbed = false;     // an account's, since its server's began: perhaps still on
        ms first_least = long_ago; // its first failure: not before this
        ms first_most = long_ago;  // and not after this
        ms declared{0};
        ms ended = long_ago;
        // The turn of a prober: its recovery, on_probe, an attempt.
        int turn_of = nobody;          // an account
        ms turn_began = long_ago;
        int attempt_of = nobody;       // the operation that probes
        bool recovering = false;       // its account, for the probe
        bool asking = false;           // on_probe runs
        bool had_waited = false;       // for a place among the callbacks: the next may have had its turn meanwhile
        bool tried = false;            // one of them has begun
        std::optional<ms> failed_turn{}; // when the last turn that failed began
        int failed_of = nobody;        // and whose it was
        ms over = long_ago;            // when it was over
        bool turn_told = false;
        bool silent = false;           // on_probe has said nothing
        ms answered_at = long_ago;     // when it was last answered, or had nothing to say
        bool end_due = false;          // an operation has come through
        std::vector<int> went;         // operations, since then
        bool end_by_failure = false;   // by an operation that began before it
        bool perhaps_over = false;     // a success of the moment in which it began was counted only then, perhaps
        std::vector<ms> rotations;     // ages
        std::optional<entry> ended_early{};  // another thread was faster to report its end than this one its beginning
    };

    struct evidence {
        ms at{0};
        bool certain = false;
    };

    /// Waits of single chats, since an operation has come through.
    struct chat_wait {
        std::int64_t peer = 0;
        ms ends{0};
        ms ceiling{0};
        ms told{0};
        bool through = false;  // perhaps an operation has come through since
    };

    struct action_tally {
        unsigned started = 0;
        unsigned succeeded = 0;
    };

    struct running_callback {
        callback which{};
        ms began{0};
        std::uint64_t run = 0;
    };

    struct account {
        holds told;
        bool closed = false;
        ms closed_at = long_ago;
        ms released = long_ago;
        std::vector<need> needs;
        std::optional<mend::action> running{};  // a recovery, between its two events
        ms running_since = long_ago;
        ms settle{0};
        ms timeout{0};
        std::optional<running_callback> callback{};
        std::optional<ms> disconnected{};  // when the running recovery may begin to settle
        bool disconnect_failed = false;
        std::optional<bool> acted{};       // how the callback proper of the running recovery ended
        bool acted_dead = false;           // it found the account dead
        bool overdue = false;
        unsigned recoveries = 0;           // ended
        ms recovered = long_ago;           // when the last ended
        unsigned last_strength = 0;        // of the last, 0 where it failed
        mend::action last_act = mend::action::retry;  // and what it was
        unsigned good_strength = 0;        // of the last that succeeded,
        unsigned good_until = 0;           // and how many had ended then
        std::vector<ms> logins;
        std::vector<int> operations;       // not yet ended
        int server = 0;
        unsigned nested = 0;               // operations inside callbacks, not yet ended
        outage own;
        std::vector<evidence> row;         // of failures that are evidence, with no success between
        unsigned row_most = 0;             // certain ones in the first 30 s of a row: an outage has to begin at
        ms row_since = long_ago;           // so many
        unsigned row_needs = 0;
        std::vector<int> strangers;        // operations whose first failures in a row are unknown
        ms came_through = long_ago;        // its last success
        std::vector<chat_wait> chats;
        std::array<unsigned, 4> in_row_least{};  // recoveries by strength, in a row, that certainly have mended nothing
        std::array<unsigned, 4> in_row_most{};   // and that perhaps have not
        ms last_outage = long_ago;         // when it began, its own or its server's
        bool climbed = false;              // to rotations, and no operation has come through since
        unsigned climbed_after = 0;        // so many reconnects
        ms ladder_since = long_ago;        // the first failure of the row
        ms recovery_ended = long_ago;      // the last of the row
        bool began_in_outage = false;      // the running recovery
        std::optional<mend::action> owed{};// failed in an outage, and not yet made good
        ms perhaps_owed = long_ago;  // until then it may repeat a recovery that has failed while its server's gate opened
        bool login_waits = false;  // the network has prevented it
        ms login_again = long_ago;
        ms login_tried = long_ago;  // for the first time
        std::optional<running_callback> probe{};
        std::optional<meaning> callback_met{};  // what the callbacks of the running recovery threw
        std::optional<mend::action> repeats{};  // the last recovery, which may have stayed owed
        bool repeating = false;                 // the running one is that
        ms last_timeout{0};
        bool replaced = false;  // the running recovery, by a stronger one
        std::optional<mend::action> postponed{};  // the strongest that was needed when no operation might go
        bool displaced = false;  // a weaker one, perhaps, by a login that has failed
        std::optional<mend::category> threw{};  // what its callback did, until the end of that is reported
        int tells_of_outage = nobody;  // this operation has ended for one that is not reported yet
        ms callback_answered = long_ago;
        ms nested_success = long_ago;
        ms nested_answer = long_ago;  // a failure of one of them that Telegram answered
        ms probed_well = long_ago;  // when one of its probes came through
        ms last_trouble = long_ago;
        ms ladder_fresh = ms::max();  // the first failure of the row that is surely remembered; max: none
        ms acted_since{0};  // when the last callback proper began
        std::map<scope_key, ms> passed;  // at this moment: the gate, and since when the last to come had waited for it
        ms due{0};
        bool dirty = false;
    };

    // What happens, one function for each kind.
    void on_began(entry const&);
    void on_request(entry const&);
    void on_answer(entry const&);
    void on_ended(entry const&);
    void on_told(entry const&);
    void on_failed(entry const&);
    void on_held(entry const&);
    void on_quarantined(entry const&);
    void on_action_started(entry const&);
    void on_action_ended(entry const&);
    void on_overdue(entry const&);
    void on_callback_began(entry const&);
    void on_callback_ended(entry const&);
    void on_closed(account&);
    void on_looked(entry const&);
    void on_outage_began(entry const&);
    void on_outage_ended(entry const&);
    void on_probing(entry const&);
    void on_probe_began(entry const&);
    void on_probe_ended(entry const&);
    void answer_probe(account&, bool says_nothing, bool failed);
    void on_nested_request(entry const&);
    void on_nested_failed(entry const&);

    // Outages.
    [[nodiscard]] outage* outage_of(account&);
    [[nodiscard]] bool in_outage(account& it) { return outage_of(it) != nullptr; }
    [[nodiscard]] bool perhaps_in_outage(account& it) { return in_outage(it) || it.own.absorbed; }
    void begin_turn(outage&, account const&, int invariant, int operation, std::string_view what);
    [[nodiscard]] bool is_busy(outage const&);
    void fail_turn(outage&);
    void end_outage(outage&);
    void note_evidence(operation&, account&, meaning const&);
    void note_trouble(account&);
    void note_success(operation const&, account&);
    [[nodiscard]] std::ptrdiff_t untold_evidence(account const&);
    void judge_evidence(account&, int number);
    [[nodiscard]] unsigned servers_evidence(int server, bool certain, ms now);
    [[nodiscard]] ms patience_of(outage const&, account const&, operation const&, ms now) const;
    [[nodiscard]] int number_of(account const&) const;
    [[nodiscard]] static ms gap_of(ms age);

    // What a failure teaches.
    bool learn_wait(operation&, account&, meaning const&, terms const&, unsigned retry);
    void learn_recovery(operation&, account&, meaning const&, terms const&, bool stale, unsigned retry);
    void learn_from_callback(account&, entry const&, int operation);
    void check_ladder(account&, entry const&);
    void check_gap(account&, int operation);
    void repeat_recovery(account&, mend::action);
    void restore_needs(account&, mend::action);
    void forgive_needs(account&);
    void need_login(account&, terms const&, mend::category);
    [[nodiscard]] held_scope const* quarantine_of(account&);
    [[nodiscard]] bool nobody_may_go(account&);
    void postpone(account&, mend::action);
    void postpone_needs(account&);
    void displace_needs(account&);
    void postpone_login(account&);
    void call_off(account&, mend::action);
    void check_useful(account&, mend::action, int operation);
    void begin_postponed(account&, mend::action);
    void fail_probe(account&, entry const&, bool certain);
    void end_needs(account&, entry const&, unsigned had, bool good);
    void release_turn(account&, int operation);
    void judge_probe(operation&, account&, meaning const&);
    void learn_quarantine(sender const&, account&, mend::scope, mend::category, ms lasts);
    [[nodiscard]] scope_key chat_or_all(operation&, account&, meaning const&, ms& floor, ms& ceiling);
    void come_back(operation&, account&, int most, int least);
    void leave_attempt(operation&, account&, bool came_through);
    [[nodiscard]] bool has_login(account&, ms now) const;
    [[nodiscard]] ms refill_of(account const&) const;

    // What must have followed.
    void settle(ms until);
    void judge(account&, ms now);
    [[nodiscard]] ms judge_waiting(operation&, account&, ms now);
    [[nodiscard]] ms judge_needs(account&, ms now);
    [[nodiscard]] static std::string gates_of(sender const&, account const&);
    [[nodiscard]] ms judge_attempting(operation const&, ms now);

    [[nodiscard]] bool is_recovering(account const& it) const { return it.running || !it.needs.empty(); }
    [[nodiscard]] bool has_callback(mend::action) const;
    [[nodiscard]] static sender sender_of(operation const&);
    [[nodiscard]] operation& at(int index);
    void join_opening(account&);
    account& of(int index);  // and it is looked at again when the instant is over
    void judge_order(account&, ms now);
    void check_gates(operation const&, account&);
    void check_end(operation const&, entry const&);
    void check_facts(operation const&, entry const&);
    void check_reason(operation const&, account&, entry const& told);
    void demand(bool, int invariant, int operation, std::string_view text);

    plan const& night_;
    std::deque<planned_operation> nested_;
    std::deque<operation> operations_;
    std::deque<account> accounts_;  // by the numbers of their objects
    std::vector<outage> servers_;
    std::vector<ms> openings_;  // by server: when its last outage ended
    unsigned outages_ = 0;
    unsigned probes_ = 0;
    ms outage_time_{0};
    bool all_closed_ = false;
    std::map<std::int64_t, int> ids_;
    std::vector<entry> failures_;  // as reported
    std::optional<violation> first_;
    bool judged_no_further_ = false;  // since a violation that is open
    ms now_{0};
    unsigned policies_ = 0;
    unsigned rules_ = 0;
    unsigned running_ = 0;  // callbacks, but for on_probe
    ms places_taken_ = long_ago;  // all of them, for the last time
    std::set<std::uint64_t> abandoned_;  // runs of callbacks that are no longer waited for
    std::map<int, std::uint64_t> refreshing_;  // the last run of on_refresh, by operation
    std::map<int, entry> refreshed_;      // by operation: how its refresh has ended, which mend has not reported yet
    unsigned thrown_ = 0;  // by observers and rules
    unsigned complaints_ = 0;
    unsigned ended_ = 0, recovered_ = 0, gave_up_ = 0, cancelled_ = 0, refused_ = 0;
    ms recovery_time_{0};
    std::array<action_tally, mend::action_count> actions_{};
    entry last_{};
    int goes_inline_ = nobody;  // what the next entry has to be the first request of
};

}  // namespace simulation
