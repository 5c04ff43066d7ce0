// The heart: what one operation does next, given what happened and what time it is. No I/O, no clock, no thread.
#pragma once

#include <mend/action.hpp>
#include <mend/classification.hpp>
#include <mend/detail/conditions.hpp>
#include <mend/detail/recoveries.hpp>
#include <mend/policy.hpp>
#include <mend/stop_reason.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace mend::detail {

/// Which actions have a callback.
class abilities {
public:
    constexpr abilities() noexcept = default;
    constexpr explicit abilities(std::uint8_t bits) noexcept : bits_{bits} {}
    constexpr void add(action act) noexcept { bits_ = static_cast<std::uint8_t>(bits_ | bit(act)); }
    [[nodiscard]] constexpr bool has(action act) const noexcept { return (bits_ & bit(act)) != 0; }
    [[nodiscard]] constexpr abilities operator|(abilities other) const noexcept
    {
        return abilities{static_cast<std::uint8_t>(bits_ | other.bits_)};
    }
    [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
    constexpr bool operator==(abilities const&) const noexcept = default;

private:
    static constexpr unsigned bit(action act) noexcept { return 1U << static_cast<unsigned>(act); }
    std::uint8_t bits_ = 0;
};

/// What all operations of one account share. Whoever drives a machine holds the account's lock.
struct account_situation {
    conditions in_the_way;
    relogin_budget logins;
    account_word word;                       // the driver publishes it where attempts can read it without the lock
    action last_recovery = action::retry;    // the action of the recovery that ended last
};

/// What does not change while an operation runs.
struct operation_limits {
    unsigned max_attempts = 20;
    unsigned relogins_per_day = 3;
    bool idempotent = true;
    bool knows_its_attempt = false;  // it takes attempt&: it can know its id and read previous()
};

/// What the machine wants its driver to do.
struct step {
    enum class kind : std::uint8_t {
        attempt,  // run the operation, then tell failed(), succeeded() or cancelled()
        wait,     // sleep until the moment or until woken, then resume()
        recover,  // start the account's recovery `act`, then resume()
        refresh,  // run on_refresh for this operation, then refreshed()
        give_up,  // the operation has ended; see why() and retry_at()
    };
    kind what = kind::attempt;
    time_point until = time_point::max();
    action act = action::retry;
    std::optional<action> start{};       // with give_up: a recovery that is needed all the same
    std::optional<action> afterwards{};  // with give_up or wait: one that is needed when the weaker one under way has ended
};

/// Drives one operation. Every member but the plain getters is called with the account's lock held.
class recovery_machine : public waiter {
public:
    static constexpr std::chrono::minutes failed_login_quarantine{10};

    recovery_machine(account_situation&, operation_limits const&, std::string_view method, std::int64_t peer, bool reply,
                     time_point deadline) noexcept;

    /// Before attempt 1.
    [[nodiscard]] step start(time_point now);

    /// Attempt 1 has begun already, when the account's word was this.
    void started(account_word began) noexcept;

    /// What the driver found out about a failed attempt. `random` is in [0, 1).
    struct observation {
        classification const& meaning;
        policy const& what_to_do;
        abilities callbacks;
        double random = 0.5;
    };
    [[nodiscard]] step failed(observation const&, time_point now);

    /// After a wait, a wake or the start of a recovery.
    [[nodiscard]] step resume(time_point now);

    /// on_refresh has ended.
    [[nodiscard]] step refreshed(time_point now);

    void succeeded(time_point now) noexcept;

    /// The caller cancelled the operation, wherever it stood; also what the destructor of the driver calls.
    void cancelled(time_point now) noexcept;

    /// What failed() decided, for the events.
    struct decision {
        action act = action::fail;
        milliseconds delay{0};
        std::optional<conditions::held> held{};
        std::optional<conditions::held> quarantined{};
        category quarantine_because = category::unknown;
        bool callback_missing = false;
        bool unidentified_repeat = false;
    };
    [[nodiscard]] decision const& decided() const noexcept { return decision_; }

    [[nodiscard]] time_point deadline() const noexcept { return deadline_; }
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] stop_reason why() const noexcept { return why_; }
    [[nodiscard]] category last_category() const noexcept { return last_; }
    [[nodiscard]] delivery worst_delivery() const noexcept { return delivered_; }

    /// After giving up: when it may be worth trying again; nullopt: unknown, or never.
    [[nodiscard]] std::optional<time_point> retry_at() const noexcept { return retry_at_; }

private:
    enum class state : std::uint8_t { idle, attempting, entering, delaying, recovering, refreshing, ended };

    step enter(time_point now);
    step delay(time_point now);
    step seek_recovery(time_point now);
    step refuse(admission const&, time_point now);
    step give_up(stop_reason, std::optional<time_point> retry_at, time_point now);
    step await_recovery() noexcept;
    step quarantine_account(stop_reason, time_point until, time_point now);
    void left_attempt(bool met_a_wall, time_point now) noexcept;
    [[nodiscard]] bool has_deadline() const noexcept { return deadline_ != time_point::max(); }
    [[nodiscard]] stop_reason find_stop(observation const&, bool stale, bool missing, time_point earliest) const noexcept;

    account_situation& account_;
    operation_limits const& limits_;
    time_point deadline_;
    std::optional<time_point> retry_at_{};
    milliseconds delay_{0};           // before the next attempt, from the end of its action
    time_point delay_until_{};
    decision decision_{};
    account_word began_{};            // the account's word when the attempt began
    account_word joined_{};           // and when it began to wait for a recovery
    unsigned attempts_ = 0;
    unsigned failures_ = 0;
    std::array<unsigned, category_count> retries_{};
    action needed_ = action::retry;
    category last_ = category::unknown;
    delivery delivered_ = delivery::not_sent;
    stop_reason why_ = stop_reason::none;
    state state_ = state::idle;
    bool repeat_reported_ = false;
    bool known_to_server_ = false;    // it has answered `duplicate`
    bool waits_for_recovery_ = false; // joined one that was strong enough
};

}  // namespace mend::detail
