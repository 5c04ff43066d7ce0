// One server's outage: when it begins, which account probes, and how the accounts come back when it is over.
#pragma once

#include <mend/action.hpp>
#include <mend/detail/outage_state.hpp>
#include <mend/detail/saturating_time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mend::detail {

/// An account's place in the queue of accounts that wait to probe or to come back. Intrusive: waiting allocates nothing.
class turn {
public:
    turn() = default;
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

private:
    friend class server_breaker;

    turn* previous_ = nullptr;
    turn* next_ = nullptr;
    bool queued_ = false;
};

/// The totals of a server's accounts.
struct census {
    std::uint64_t successes = 0;  ///< of all accounts, since they were created
    std::uint64_t others = 0;     ///< of accounts behind a proxy other than the one in question
    std::size_t accounts = 0;
    std::size_t active = 0;  ///< accounts with operations in flight
};

/// Plain values: no clock, no lock, no thread. The caller provides the time and holds the lock.
class server_breaker {
public:
    /// Failures of different accounts within this time, with no success in between, are the server's.
    static constexpr std::chrono::seconds window{2};
    /// How long a failure is evidence for or against a proxy.
    static constexpr std::chrono::seconds witness_window{5};
    /// A probe that has not ended after this time lets the next one start.
    static constexpr std::chrono::seconds patience{30};
    /// When the outage is over: how many accounts come back first, and the time after which twice as many follow.
    static constexpr std::size_t first_batch = 2;
    static constexpr std::chrono::milliseconds step{250};

    // --- evidence

    /// Adds an account's piece of evidence. Returns whether judge() must be called, with a census made now.
    bool add_evidence(void const* account, std::uint32_t via, time_point now) noexcept;

    struct decision {
        bool outage = false;      ///< the server's outage begins
        bool proxy = false;       ///< the proxy causes the trouble: rotate
        bool newly = false;       ///< which was not known before
    };
    decision judge(std::uint32_t via, census const&, time_point now) noexcept;

    /// Returns whether this proxy is known to cause the trouble behind it.
    [[nodiscard]] bool is_convicted(std::uint32_t via, time_point now) const noexcept
    {
        return via != 0 && via == convicted_ && now < convicted_until_;
    }

    /// An account was added or removed: the counted successes change by this number.
    void shift_successes(std::uint64_t change) noexcept
    {
        row_successes_ += change;
        successes_at_begin_ += change;
    }

    // --- the outage

    enum class phase : std::uint8_t { calm, out, opening };
    [[nodiscard]] phase what() const noexcept { return phase_; }
    [[nodiscard]] time_point since() const noexcept { return since_; }
    [[nodiscard]] time_point ended_at() const noexcept { return ended_at_; }
    [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
    [[nodiscard]] std::uint64_t successes_at_begin() const noexcept { return successes_at_begin_; }

    /// Queues an account that has something to probe with, or that waits to come back.
    void enqueue(turn&) noexcept;
    void remove(turn&) noexcept;
    [[nodiscard]] static bool is_queued(turn const& one) noexcept { return one.queued_; }

    /// The turn of an account. Call next_grant() until it returns nullopt.
    struct grant {
        turn* whose;
        bool probes;       ///< probe; otherwise come back: the outage is over
        bool asks_first;   ///< on_probe, if registered, is called before a message is spent
    };
    [[nodiscard]] std::optional<grant> next_grant(time_point now) noexcept;

    /// Returns when the first account in the queue must check again. The others check later, in case the first does not.
    [[nodiscard]] time_point next_moment() const noexcept;
    [[nodiscard]] turn* front() const noexcept { return first_; }

    /// Returns whether this account has the turn. It ends after `patience`, though the next account may not have it yet.
    [[nodiscard]] bool is_prober(turn const& one, time_point now) const noexcept
    {
        return prober_ == &one && now < prober_until_;
    }

    /// The prober's attempt, on_probe or recovery begins: `patience` counts from now on.
    void step_begins(turn const& one, time_point now) noexcept
    {
        if (prober_ == &one)
            prober_until_ = now + patience;
    }
    /// The prober's attempt, on_probe or recovery has failed.
    void probe_failed(turn&, time_point now) noexcept;
    /// The prober had nothing to probe with: the turn goes on at once.
    void pass_on(turn&) noexcept;
    /// on_probe was answered (the next operation starts without it), or gave no answer (it is not called again).
    void on_probe_answered() noexcept { answered_ = true; }
    void on_probe_says_nothing() noexcept { mute_ = true; }

    /// An attempt was answered: the outage is over. Returns whether there was one.
    bool answered(time_point now) noexcept;

    /// Returns whether the prober may rotate its proxy: at most once each time the outage's age doubles.
    [[nodiscard]] bool may_rotate(time_point now) const noexcept
    {
        return phase_ != phase::out || between(since_, now) >= rotate_from_;
    }
    void rotated(time_point now) noexcept { rotate_from_ = 2 * between(since_, now); }

    /// Returns the recovery that the prober needed; the other accounts' owed recoveries are raised to it.
    [[nodiscard]] action mended_by() const noexcept { return mended_by_; }
    void mended(action act) noexcept { mended_by_ = act; }

private:
    struct evidence {
        void const* account = nullptr;
        time_point at{};
    };
    static constexpr std::size_t most_witnesses = 5;

    void begin(time_point now) noexcept;
    void unlink(turn&) noexcept;
    void note_proxy(std::uint32_t via, time_point now) noexcept;
    [[nodiscard]] bool only_this_proxy_failed(std::uint32_t via, time_point now) const noexcept;
    void drop_row_older_than(time_point) noexcept;

    // The row: one piece of evidence for each account, the oldest first.
    std::array<evidence, most_witnesses> row_{};
    std::size_t row_size_ = 0;
    std::size_t needed_ = 0;  // 0: not counted yet
    std::uint64_t row_successes_ = 0;

    // The last two proxies behind which accounts have failed, the latest first; and the successes behind other proxies when the
    // first of them came under suspicion.
    struct proxy_failure {
        std::uint32_t via = 0;
        time_point at{};
    };
    std::array<proxy_failure, 2> failed_{};
    bool others_counted_ = false;
    time_point counted_at_{};
    std::uint64_t others_successes_ = 0;
    std::uint32_t convicted_ = 0;
    time_point convicted_until_{};

    phase phase_ = phase::calm;
    std::uint32_t epoch_ = 0;
    time_point since_{};
    time_point ended_at_ = time_point::min();
    std::uint64_t successes_at_begin_ = 0;
    time_point next_probe_{};
    turn* prober_ = nullptr;
    time_point prober_until_ = time_point::max();
    std::size_t batch_ = 0;
    std::size_t released_ = 0;  // of this batch
    time_point next_step_{};
    milliseconds rotate_from_{0};
    action mended_by_ = action::retry;
    bool answered_ = false;
    bool mute_ = false;

    turn* first_ = nullptr;
    turn* last_ = nullptr;
};

}  // namespace mend::detail
