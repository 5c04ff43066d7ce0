// Counts of failures, actions and recoveries, and how long recoveries took.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/name_tally.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <vector>

namespace mend {

/// A snapshot of what a manager has counted since its creation. A plain value.
struct MEND_API statistics {
    /// How often an action began and how it ended. For callbacks: runs. For wait and retry: another attempt followed
    /// (succeeded) or the operation ended first (failed). For fail: operations stopped.
    struct action_count {
        std::uint64_t started = 0;
        std::uint64_t succeeded = 0;
        std::uint64_t failed = 0;
    };

    std::uint64_t operations = 0;  ///< operations ended, with or without success
    std::uint64_t failures = 0;    ///< attempts that failed
    std::uint64_t recoveries = 0;  ///< operations that failed at least once and have ended: the sum of the next three
    std::uint64_t recovered = 0;
    std::uint64_t gave_up = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t refused = 0;     ///< operations ended by a quarantine, budget or deadline without any attempt
    std::uint64_t outages = 0;     ///< outages that began, of accounts and of servers
    std::uint64_t probes = 0;      ///< attempts and runs of on_probe that probed an outage
    std::chrono::milliseconds outage_time{0};  ///< total duration of the outages that have ended, each from its first failure

    [[nodiscard]] std::uint64_t failures_of(category) const noexcept;
    [[nodiscard]] action_count actions_of(action) const noexcept;

    /// Returns the time from the first failure to the end that the fraction `quantile` (clamped to 0..1) of the recovered
    /// operations did not exceed, within 1/32 of its value; 0 if none has recovered.
    [[nodiscard]] std::chrono::milliseconds recovery_time(double quantile) const;
    [[nodiscard]] std::chrono::milliseconds recovery_time_mean() const;

    /// The RPC error names that no rule names, the most frequent first: probably new ones of Telegram's. At most
    /// name_tally::most_names; failures of further names are counted below.
    std::vector<name_count> unknown_names;
    std::uint64_t failures_of_further_names = 0;

    std::array<std::uint64_t, category_count> failures_by_category{};
    std::array<action_count, mend::action_count> counts_by_action{};
    std::chrono::milliseconds recovery_time_sum{0};
    std::vector<std::uint64_t> recovery_time_counts;  ///< a histogram; read it through recovery_time()
};

/// Prints one line: the counts that are not 0; callbacks as succeeded/started.
MEND_API std::ostream& operator<<(std::ostream&, statistics const&);

/// Counts the events that it receives. Thread-safe; takes a lock only for an unknown name.
class MEND_API statistics_recorder final : public observer {
public:
    void on_event(event const&) override;

    /// Returns the counts, except `operations`, which the manager fills in: a success publishes no event.
    [[nodiscard]] statistics snapshot() const;

private:
    using counter = std::atomic<std::uint64_t>;
    struct action_counter {
        counter started{0};
        counter succeeded{0};
        counter failed{0};
    };

    action_counter& of(action) noexcept;
    void end_wait(event const&, bool succeeded) noexcept;

    // 32 steps in each power of two of milliseconds.
    static constexpr std::size_t bucket_count = std::size_t{32} * 60;

    counter failures_{0};
    counter recovered_{0};
    counter gave_up_{0};
    counter cancelled_{0};
    counter refused_{0};
    counter outages_{0};
    counter probes_{0};
    counter outage_milliseconds_{0};
    counter recovery_milliseconds_{0};
    std::array<counter, category_count> by_category_{};
    std::array<action_counter, mend::action_count> by_action_{};
    std::array<counter, bucket_count> recovery_times_{};
    name_tally unknown_names_;
};

}  // namespace mend
