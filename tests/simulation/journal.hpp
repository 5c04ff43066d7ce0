// What can be seen from outside, in order: requests and answers, callbacks, the user's own doings, mend's events.
#pragma once

#include "plan.hpp"

#include <mend/account_state.hpp>
#include <mend/event.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace simulation {

inline constexpr int nobody = -1;

/// What an outcome has beside how it ended.
struct outcome_told {
    unsigned attempts = 0;
    mend::category what{};
    std::optional<ms> until{};  ///< its retry_at, as a moment of the night
    mend::delivery delivered{};
    ms waited{0};
    ms elapsed{0};
};

struct entry {
    enum class kind : std::uint8_t {
        operation_began,
        request,           ///< an attempt begins: attempt, id
        answer,            ///< and ends: reply, number
        operation_ended,   ///< ok, why (if the way it was written shows it), attempts, text
        cancel,
        callback_began,    ///< which; operation: only for refresh
        callback_ended,    ///< ok; reply, number and text: what it threw; cut: cancelled
        told,              ///< one of mend's events
        release,
        close_account,
        settled,           ///< an account's object comes in the place of another: number: the account
        close_manager,
        policies,          ///< number: which
        rules,             ///< number: which
        observer_threw,
        rule_threw,
        other_thread,      ///< acts while mend reports on this operation: from here, to the entry with ok
        looked,            ///< at the account's state: state, until, category, since
        world,             ///< something befell the world; text
    };
    kind what{};
    ms at{0};
    int account = nobody;
    int operation = nobody;
    unsigned attempt = 0;
    std::int64_t id = 0;  ///< of a request; 0: none. Drawn from the system: compared, and printed as an ordinal
    said reply = said::ok;
    int number = 0;
    std::string_view method{};  ///< that the answer names
    callback which{};
    std::uint64_t run = 0;  ///< numbers the runs of callbacks
    bool ok = false;
    std::optional<mend::stop_reason> why{};
    std::string text{};
    std::optional<outcome_told> facts{};

    mend::account_state::kind state{};

    // Of an event.
    mend::event_kind told{};
    mend::category category{};
    mend::action act{};
    mend::scope where{};
    mend::delivery delivered{};
    std::optional<ms> until{};  ///< its retry_at, as a moment of the night
    mend::action_result result{};
    mend::outage_extent outage{};
    int server = 0;             ///< of an outage
    std::optional<ms> since{};  ///< of an outage, in what an account says of itself
    ms delay{0};
};

/// Hands each entry to the listener, and keeps them all.
class journal {
public:
    using listener = std::function<void(entry const&)>;

    explicit journal(listener listens) : listens_{std::move(listens)} {}

    void add(entry happened)
    {
        entries_.push_back(std::move(happened));
        if (listens_)
            listens_(entries_.back());
    }
    [[nodiscard]] std::vector<entry> const& entries() const noexcept { return entries_; }
    [[nodiscard]] std::vector<entry> take() noexcept { return std::move(entries_); }

private:
    listener listens_;
    std::vector<entry> entries_;
};

/// One line for each entry, the same for the same dials.
[[nodiscard]] std::string print(plan const&, std::vector<entry> const&);

}  // namespace simulation
