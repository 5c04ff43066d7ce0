// A summary for people: what was sent, what failed, what was done about it, and what time it cost.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/name_tally.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mend {

/// Sums up the events of the managers that it is subscribed to. Thread-safe. Subscribe it before the first operation.
class MEND_API report final : public observer {
public:
    /// The maximum number of accounts, methods and messages that are listed; the rest is added up as "others".
    static constexpr std::size_t most_accounts = 1000;
    static constexpr std::size_t most_methods = 100;
    static constexpr std::size_t most_messages = 200;

    /// What all operations together have lost to a category: the time from a failure to the next attempt or to the end.
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
    /// The share of one account, or of one method.
    struct share {
        std::uint64_t failures = 0;   ///< attempts
        std::uint64_t recovered = 0;  ///< operations that succeeded after failing
        std::uint64_t stopped = 0;    ///< operations that ended without success: given up, refused or cancelled
        std::chrono::milliseconds waited{0};
    };
    /// A text of failures, with each number replaced by "#", and its code.
    struct message {
        std::string text;
        int code = 0;
        std::uint64_t failures = 0;
    };
    /// Operations of the managers, since the creation of each.
    struct totals {
        std::uint64_t operations = 0;  ///< ended, with or without success
        std::uint64_t succeeded = 0;
    };

    void on_event(event const&) override;

    /// Return the counts. Categories that never occurred are omitted; likewise below.
    [[nodiscard]] std::map<category, loss> losses() const;
    [[nodiscard]] std::map<action, runs> actions() const;
    [[nodiscard]] std::map<stop_reason, std::uint64_t> stops() const;
    [[nodiscard]] std::map<std::string, share, std::less<>> accounts() const;
    [[nodiscard]] std::map<std::string, share, std::less<>> methods() const;  ///< "" for operations that name none
    [[nodiscard]] std::vector<message> messages() const;                      ///< the most frequent first
    [[nodiscard]] std::vector<name_count> unknown_names() const;              ///< RPC error names that no rule names
    [[nodiscard]] std::uint64_t retries() const;
    [[nodiscard]] std::uint64_t recovered() const;

    /// Returns what the managers have done in all. A success publishes no event: recovery_manager::subscribe() adds the
    /// manager as a source.
    [[nodiscard]] totals operations() const;
    void count_operations(std::function<totals()> source);

    /// Returns all of it as a table for a terminal: period, operations, categories, accounts, methods, callbacks, stop
    /// reasons and the most frequent messages. Empty if no operation has ended and nothing has failed.
    [[nodiscard]] std::string text() const;

private:
    using shares = std::map<std::string, share, std::less<>>;
    struct trouble {
        std::chrono::system_clock::time_point since;
        category what;
    };

    void add_failure(event const&);
    void end_trouble(event const&);
    static share& share_of(shares&, std::string_view name, std::size_t most);
    void print_summary(std::string&, totals const&) const;
    void print_messages(std::string&) const;
    [[nodiscard]] std::vector<message> sorted_messages() const;

    name_tally unknown_names_;
    mutable std::mutex mutex_;
    std::optional<std::pair<std::chrono::system_clock::time_point, std::chrono::system_clock::time_point>> period_;
    std::map<category, loss> losses_;
    std::map<action, runs> actions_;
    std::map<stop_reason, std::uint64_t> stops_;
    shares accounts_;
    shares methods_;
    std::map<std::pair<std::string, int>, std::uint64_t> messages_;  // by text and code
    std::uint64_t failures_ = 0;
    std::uint64_t retries_ = 0;
    std::uint64_t recovered_ = 0;
    std::unordered_map<std::uint64_t, trouble> open_;  // by operation
    std::vector<std::function<totals()>> sources_;
};

/// Prints the table of text().
MEND_API std::ostream& operator<<(std::ostream&, report const&);

}  // namespace mend
