// What one account knows of trouble that is not its own: evidence in a row, the recoveries that have not helped, its outage.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/callback_mask.hpp>
#include <mend/detail/saturating_time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace mend::detail {

/// How long after a failed probe the next one may go, in trouble that is so old: a tenth of its age.
[[nodiscard]] milliseconds probe_gap(milliseconds age) noexcept;

/// One account's part of promises 5, 14 and 15. Plain values: no clock, no lock, no thread.
class outage_state {
public:
    /// So many failures in a row are an outage at most, and at least; see add_evidence.
    static constexpr unsigned most_needed = 5;
    static constexpr unsigned least_needed = 2;
    /// Failures further apart than this are not in a row; an outage that returns within it goes on with its age.
    static constexpr std::chrono::seconds memory{30};

    enum class phase : std::uint8_t {
        none,
        own,     ///< the account alone
        server,  ///< its server; the server says who probes
    };

    /// What the account looked like when a failure came.
    struct moment {
        time_point now;
        std::uint64_t successes = 0;  ///< of the account, since it was made
        unsigned in_flight = 0;       ///< its operations that have begun and not ended
    };

    /// A failure that is not the operation's own. Returns whether it makes an outage of the account: as many in a row as
    /// half of the operations in flight when the first came, with no success between.
    bool add_evidence(moment const&, unsigned weight = 1) noexcept;

    /// A failure of unknown kind, the first of its operation: three in a row are three pieces of evidence.
    bool add_unknown(moment const&) noexcept;

    /// An attempt was answered: what was remembered of failures and of recoveries that did not help is void.
    void on_answer() noexcept;

    /// The same where attempts have succeeded that nobody reported.
    void on_successes(std::uint64_t successes) noexcept;

    // --- recoveries

    /// The action to take where `wanted` is asked for: the next stronger one once `escalate_after` of the kind in a row have
    /// mended nothing.
    [[nodiscard]] action escalated(action wanted, unsigned escalate_after, callback_mask) const noexcept;

    /// A recovery has ended; it proves itself by the next answer.
    void on_recovery(action, std::uint64_t successes) noexcept;

    /// When the next recovery may run: after the gap while the last one has not proved itself.
    [[nodiscard]] time_point recovery_not_before(time_point now) const noexcept;

    // --- the outage

    void begin(phase, std::uint64_t successes, time_point now) noexcept;
    /// Of a server: the age is the server's. `epoch` numbers its outages.
    void begin_server(time_point since, std::uint32_t epoch, std::uint64_t successes) noexcept;
    void end(time_point now) noexcept;
    [[nodiscard]] bool active() const noexcept { return phase_ != phase::none; }
    [[nodiscard]] bool of_server() const noexcept { return phase_ == phase::server; }
    [[nodiscard]] time_point since() const noexcept { return since_; }
    [[nodiscard]] std::uint64_t successes_at_begin() const noexcept { return successes_; }
    [[nodiscard]] milliseconds gap(time_point now) const noexcept { return probe_gap(between(since_, now)); }
    /// Of the server's outages, the last one that this account has joined or was let out of.
    [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }

    // --- on_probe, which is asked before a message is spent

    [[nodiscard]] bool probe_is_mute() const noexcept { return mute_; }
    void set_probe_mute() noexcept { mute_ = true; }

    /// Drops what is too old to matter; after that empty() says whether anything is left.
    void forget_old(time_point now) noexcept;
    [[nodiscard]] bool empty() const noexcept;

private:
    std::array<time_point, most_needed> row_{};  // the last pieces of evidence, the oldest first
    std::uint8_t row_size_ = 0;
    std::uint8_t row_needed_ = 0;
    std::uint8_t unknowns_ = 0;
    std::uint8_t reconnects_ = 0;  // in a row, since an attempt was answered last
    bool unproved_ = false;
    bool mute_ = false;  // on_probe says nothing, and is not asked again in this outage
    bool ended_ = false;
    phase phase_ = phase::none;
    std::uint32_t epoch_ = 0;
    std::uint64_t successes_ = 0;      // when the row began
    time_point unknown_since_{};
    time_point trouble_since_ = time_point::max();  // the first evidence since an attempt was answered last
    time_point since_{};               // of the outage, also for a while after its end
    time_point ended_at_{};
};

}  // namespace mend::detail
