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

    /// Time stands still, because something goes round in circles.
    void stuck() { demand(false, 1, last_.operation, "time stands still: something goes round in circles"); }

    [[nodiscard]] std::optional<violation> const& first() const noexcept { return first_; }

private:
    enum class phase : std::uint8_t { planned, waiting, attempting, answered, ended };

    struct operation {
        planned_operation const* planned = nullptr;
        phase now = phase::planned;
        unsigned attempts = 0;
        unsigned failures = 0;
        std::array<unsigned, mend::category_count> retries{};
        std::int64_t id = 0;
        entry answer{};                   // the last
        ms attempt_began{0};
        unsigned recoveries_seen = 0;     // of its account, when its attempt began
        span delay{};                     // after the recovery that it waits for
        ms waits_since{0};                // its beginning, or its last failure
        ms not_before = long_ago;
        ms not_after = long_ago;
        std::optional<mend::action> needs{};
        std::optional<mend::stop_reason> must_end{};
        bool refreshing = false;
        bool cancelled = false;
        bool duplicate = false;           // the server has said that it knows the message
        bool names_moment = false;        // its last failure said until when, by the wall clock
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
        std::vector<need> needs;
        std::optional<mend::action> running{};  // a recovery, between its two events
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
        std::vector<ms> logins;
        std::vector<int> operations;       // not yet ended
        std::map<scope_key, ms> passed;    // at this moment: the gate, and since when the last to come had waited for it
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
    void on_callback_began(entry const&);
    void on_callback_ended(entry const&);
    void on_closed(account&);
    void on_looked(entry const&);

    // What a failure teaches.
    void learn_wait(operation&, account&, meaning const&, terms const&, unsigned retry);
    void learn_recovery(operation&, account&, meaning const&, terms const&, bool stale, unsigned retry);
    void learn_quarantine(operation&, account&, mend::scope, mend::category, ms lasts);
    void come_back(operation&, account&, int most, int least);
    void leave_attempt(operation&, account&, bool came_through);
    [[nodiscard]] bool has_login(account&, ms now) const;
    [[nodiscard]] ms refill_of(account const&) const;

    // What must have followed.
    void settle(ms until);
    void judge(account&, ms now);
    [[nodiscard]] ms judge_waiting(operation const&, account&, ms now);
    [[nodiscard]] ms judge_attempting(operation const&, ms now);

    [[nodiscard]] bool is_recovering(account const& it) const { return it.running || !it.needs.empty(); }
    [[nodiscard]] bool has_callback(mend::action) const;
    [[nodiscard]] static sender sender_of(operation const&);
    [[nodiscard]] operation& at(int index);
    account& of(int index);  // and it is looked at again when the instant is over
    void judge_order(account&, ms now);
    void check_gates(operation const&, account&);
    void check_end(operation const&, entry const&);
    void check_facts(operation const&, entry const&);
    void check_reason(operation const&, account&, entry const& told);
    void demand(bool, int invariant, int operation, std::string_view text);

    plan const& night_;
    std::vector<operation> operations_;
    std::deque<account> accounts_;  // by the numbers of their objects
    bool all_closed_ = false;
    std::map<std::int64_t, int> ids_;
    std::vector<entry> failures_;  // as told
    std::optional<violation> first_;
    ms now_{0};
    unsigned policies_ = 0;
    unsigned rules_ = 0;
    unsigned running_ = 0;  // recoveries and refreshes
    unsigned thrown_ = 0;   // by observers and rules
    unsigned complaints_ = 0;
    unsigned ended_ = 0, recovered_ = 0, gave_up_ = 0, cancelled_ = 0, refused_ = 0;
    ms recovery_time_{0};
    std::array<action_tally, mend::action_count> actions_{};
    entry last_{};
    int goes_inline_ = nobody;  // what the next entry has to be the first request of
};

}  // namespace simulation
