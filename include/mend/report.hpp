// A summary for people: what failed, what was done about it, what time it cost.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/event.hpp>
#include <mend/name_tally.hpp>
#include <mend/stop_reason.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace mend {

/// Sums the events of the managers that it is subscribed to. Thread-safe. Subscribe it before the first operation.
class report final : public observer {
public:
    /// Time, from a failure to the next attempt or to the end, that all operations together have lost to a category.
    struct loss {
        std::uint64_t failures = 0;
        std::chrono::milliseconds waited{0};
    };
    /// Runs of the callbacks of one action.
    struct runs {
        std::uint64_t succeeded = 0;
        std::uint64_t failed = 0;
        std::chrono::milliseconds taken{0};
    };

    void on_event(event const&) override;

    /// Categories that never occurred are left out; likewise below.
    [[nodiscard]] std::map<category, loss> losses() const;
    [[nodiscard]] std::map<action, runs> actions() const;
    [[nodiscard]] std::map<stop_reason, std::uint64_t> stops() const;
    [[nodiscard]] std::vector<name_count> unknown_names() const;  ///< RPC error names that no rule names
    [[nodiscard]] std::uint64_t retries() const;
    [[nodiscard]] std::uint64_t recovered() const;

    /// All of it as a table of a few lines, for a terminal; empty when nothing has failed.
    [[nodiscard]] std::string text() const;

private:
    struct trouble {
        std::chrono::system_clock::time_point since;
        category what;
    };

    void end_trouble(event const&);

    name_tally unknown_names_;
    mutable std::mutex mutex_;
    std::map<category, loss> losses_;
    std::map<action, runs> actions_;
    std::map<stop_reason, std::uint64_t> stops_;
    std::uint64_t retries_ = 0;
    std::uint64_t recovered_ = 0;
    std::unordered_map<std::uint64_t, trouble> open_;  // by operation
};

}  // namespace mend
