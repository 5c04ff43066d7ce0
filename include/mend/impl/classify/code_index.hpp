// Finds the first rule whose range contains a code.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace mend::detail {

/// The number if no rule matches; greater than that of every rule.
inline constexpr auto no_rule = std::numeric_limits<std::uint32_t>::max();

/// Finds single codes by hash, and ranges by bisection among stretches that do not overlap. A table has the answers for the codes
/// that Telegram, HTTP and transports use.
class code_index {
public:
    void add(std::uint32_t rule, int first, int last);  ///< in ascending order of rules; first <= last
    void compile();

    [[nodiscard]] std::uint32_t find(int code) const
    {
        auto const place = static_cast<std::size_t>(std::int64_t{code} - first_common);
        return place < common_.size() ? common_[place] : search(code);
    }

private:
    static constexpr std::int64_t first_common = -512;
    static constexpr std::size_t common_codes = 1536;

    [[nodiscard]] std::uint32_t search(int code) const;

    struct range {
        std::uint32_t rule;
        std::int64_t first;
        std::int64_t last;
    };
    struct stretch {
        std::int64_t first;  ///< up to the next stretch
        std::uint32_t rule;
    };

    std::unordered_map<int, std::uint32_t> single_;
    std::vector<range> ranges_;
    std::vector<stretch> stretches_;
    std::vector<std::uint32_t> common_;  ///< the answers for common_codes codes from first_common on
};

}  // namespace mend::detail
