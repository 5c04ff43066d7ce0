// What one account knows of trouble beyond its own operations: evidence in a row, recoveries that have not helped, its outage.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/callback_mask.hpp>
#include <mend/detail/saturating_time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace mend::detail {

/// Returns the gap between a failed probe and the next one, in trouble of this age: a tenth of the age.
[[nodiscard]] milliseconds probe_gap(milliseconds age) noexcept;

/// One account's part of promises 5, 14 and 15. Plain values: no clock, no lock, no thread.
class outage_state {
public:
    /// The most and the fewest failures in a row that make an outage; see add_evidence.
    static constexpr unsigned most_needed = 5;
    static constexpr unsigned least_needed = 2;
    /// Failures further apart than this are not in a row; an outage that returns within this time continues with its age.
    static constexpr std::chrono::seconds memory{30};

    enum class phase : std::uint8_t {
        none,
        own,     ///< the account alone
        server,  ///< its server, which chooses the account that probes
    };

    /// The state of the account when a failure arrived.
    struct moment {
        time_point now;
        std::uint64_t successes = 0;  ///< of the account, since it was created
        unsigned in_flight = 0;       ///< its operations that have begun and not ended
    };

    /// Adds a failure that is not the operation's own. Returns whether the account now has an outage: as many failures in a row
    /// as half of the operations in flight at the first one, with no success in between.
    bool add_evidence(moment const&, unsigned weight = 1) noexcept;

    /// Adds a failure of unknown kind, the first of its operation: three in a row are three pieces of evidence.
    bool add_unknown(moment const&) noexcept;

    /// An attempt was answered: forgets failures, and recoveries that did not help.
    void on_answer() noexcept;

    /// As on_answer(), if attempts have succeeded without being reported.
    void on_successes(std::uint64_t successes) noexcept;

    // --- recoveries

    /// Returns the action to take for `wanted`: the next stronger one once `escalate_after` in a row have not helped.
    [[nodiscard]] action escalated(action wanted, unsigned escalate_after, callback_mask) const noexcept;

    /// A recovery has ended; it is proved by the next answer.
    void on_recovery(action, std::uint64_t successes) noexcept;

    /// Returns when the next recovery may run: after the gap, if the last one is not proved yet.
    [[nodiscard]] time_point recovery_not_before(time_point now) const noexcept;

    // --- the outage

    void begin(phase, std::uint64_t successes, time_point now) noexcept;
    /// Begins an outage of the server, with its age. `epoch` numbers the server's outages.
    void begin_server(time_point since, std::uint32_t epoch, std::uint64_t successes) noexcept;
    void end(time_point now) noexcept;
    [[nodiscard]] bool active() const noexcept { return phase_ != phase::none; }
    [[nodiscard]] bool of_server() const noexcept { return phase_ == phase::server; }
    [[nodiscard]] time_point since() const noexcept { return since_; }
    [[nodiscard]] std::uint64_t successes_at_begin() const noexcept { return successes_; }
    [[nodiscard]] milliseconds gap(time_point now) const noexcept { return probe_gap(between(since_, now)); }
    /// Returns the number of the server's last outage that this account has joined or was let out of.
    [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }

    // --- on_probe, which is called before a message is spent

    [[nodiscard]] bool probe_is_mute() const noexcept { return mute_; }
    void set_probe_mute() noexcept { mute_ = true; }

    /// Drops what is too old to matter; afterwards, empty() returns whether anything is left.
    void forget_old(time_point now) noexcept;
    [[nodiscard]] bool empty() const noexcept;

private:
    std::array<time_point, most_needed> row_{};  // the latest pieces of evidence, the oldest first
    std::uint8_t row_size_ = 0;
    std::uint8_t row_needed_ = 0;
    std::uint8_t unknowns_ = 0;
    std::uint8_t reconnects_ = 0;  // in a row, since the last answer
    bool unproved_ = false;
    bool mute_ = false;  // on_probe gives no answer, and is not called again in this outage
    bool ended_ = false;
    phase phase_ = phase::none;
    std::uint32_t epoch_ = 0;
    std::uint64_t successes_ = 0;  // at the beginning of the row
    time_point unknown_since_{};
    time_point trouble_since_ = time_point::max();  // the first evidence since the last answer
    time_point since_{};  // of the outage, and kept for a while after its end
    time_point ended_at_{};
};

}  // namespace mend::detail
