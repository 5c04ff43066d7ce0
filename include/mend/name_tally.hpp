// Counts the RPC error names that no rule names.
#pragma once

#include <mend/detail/export.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mend {

/// An RPC error name with each number replaced by "{number}", as in a pattern of classifier::when_name.
struct name_count {
    std::string name;
    std::uint64_t failures = 0;
};

/// Counts names; NEW_WAIT_37 and NEW_WAIT_38 count as one. Its size is bounded for any input. Thread-safe.
class MEND_API name_tally {
public:
    /// The maximum number of different names; failures of all others are counted together.
    static constexpr std::size_t most_names = 100;

    void add(std::string_view name);

    /// Returns the counts, the most frequent first.
    [[nodiscard]] std::vector<name_count> counts() const;

    /// Returns the number of failures of names beyond most_names.
    [[nodiscard]] std::uint64_t failures_of_further_names() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t, std::less<>> failures_;
    std::uint64_t failures_of_further_names_ = 0;
};

}  // namespace mend
