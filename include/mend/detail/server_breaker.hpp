// One server's outage: when it begins, whose account probes, and how its accounts come back when it is over.
#pragma once

#include <mend/action.hpp>
#include <mend/detail/outage_state.hpp>
#include <mend/detail/saturating_time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mend::detail {

/// An account's place in the queue of those that want to probe, or to come back. Intrusive: waiting allocates nothing.
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

/// What the accounts of a server have done and are doing, added up.
struct census {
    std::uint64_t successes = 0;  ///< of all of them, since they were made
    std::uint64_t others = 0;     ///< of those behind another proxy than the one asked about
    std::size_t accounts = 0;
    std::size_t active = 0;  ///< of them, those with operations in flight
};

/// Plain values: no clock, no lock, no thread. The caller has the time and the lock.
class server_breaker {
public:
    /// Failures of different accounts within this time, with no success between, are the server's.
    static constexpr std::chrono::seconds window{2};
    /// For so long a failure bears witness for or against a proxy.
    static constexpr std::chrono::seconds witness_window{5};
    /// A probe that has not ended after so long lets the next one go.
    static constexpr std::chrono::seconds patience{30};
    /// When the outage is over: so many accounts go, and after each step twice as many more.
    static constexpr std::size_t first_batch = 2;
    static constexpr std::chrono::milliseconds step{250};

    // --- evidence

    /// An account had a piece of evidence. Returns whether judge() has to be asked, with a census made now.
    bool add_evidence(void const* account, std::uint32_t via, time_point now) noexcept;

    struct decision {
        bool outage = false;      ///< the server's outage begins
        bool proxy = false;       ///< it is the proxy's trouble: rotate
        bool newly = false;       ///< and it was not known before
    };
    decision judge(std::uint32_t via, census const&, time_point now) noexcept;

    /// Is the trouble behind this proxy known to be the proxy's?
    [[nodiscard]] bool is_convicted(std::uint32_t via, time_point now) const noexcept
    {
        return via != 0 && via == convicted_ && now < convicted_until_;
    }

    /// The accounts that are counted have changed: their successes are so many more, or fewer.
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

    /// Queues the account as one that has something to probe with, or something that waits for the opening.
    void enqueue(turn&) noexcept;
    void remove(turn&) noexcept;
    [[nodiscard]] static bool is_queued(turn const& one) noexcept { return one.queued_; }

    /// The next account whose turn has come; ask until there is none.
    struct grant {
        turn* whose;
        bool probes;       ///< it probes; else it is let out: the outage is over
        bool asks_first;   ///< on_probe, where there is one, is asked before a message is spent
    };
    [[nodiscard]] std::optional<grant> next_grant(time_point now) noexcept;

    /// When the first in the queue has to look again. The others a while later, in case the first never comes.
    [[nodiscard]] time_point next_moment() const noexcept;
    [[nodiscard]] turn* front() const noexcept { return first_; }

    /// Is it this account's turn? After `patience` it is so no longer, though the next one may not have it yet.
    [[nodiscard]] bool is_prober(turn const& one, time_point now) const noexcept
    {
        return prober_ == &one && now < prober_until_;
    }

    /// The prober's attempt, on_probe or recovery begins: its patience counts from then on.
    void step_begins(turn const& one, time_point now) noexcept
    {
        if (prober_ == &one)
            prober_until_ = now + patience;
    }
    /// The prober's attempt, on_probe or recovery has failed.
    void probe_failed(turn&, time_point now) noexcept;
    /// The prober had nothing to probe with: the next one goes at once.
    void pass_on(turn&) noexcept;
    /// on_probe was answered (the next operation goes without), or says nothing (it is not asked again).
    void on_probe_answered() noexcept { answered_ = true; }
    void on_probe_says_nothing() noexcept { mute_ = true; }

    /// An attempt was answered: the outage is over. Returns whether there was one.
    bool answered(time_point now) noexcept;

    /// May the prober rotate its proxy? At most once each time the outage's age doubles.
    [[nodiscard]] bool may_rotate(time_point now) const noexcept
    {
        return phase_ != phase::out || between(since_, now) >= rotate_from_;
    }
    void rotated(time_point now) noexcept { rotate_from_ = 2 * between(since_, now); }

    /// The recovery that the prober needed; what the others owe becomes that.
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

    // The row: one piece for each account, the oldest first.
    std::array<evidence, most_witnesses> row_{};
    std::size_t row_size_ = 0;
    std::size_t needed_ = 0;  // 0: not counted yet
    std::uint64_t row_successes_ = 0;

    // The two proxies behind which accounts have failed last, the latest first; and what the accounts behind others had
    // done when the first of them came under suspicion.
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
