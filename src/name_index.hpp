// Finds the first rule whose pattern is one of the RPC error names in a text.
#pragma once

#include "code_index.hpp"
#include "name_table.hpp"

#include <mend/detail/error_text.hpp>
#include <mend/detail/pattern.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mend::detail {

/// Names by hash. A name is looked up as it stands, and once for each choice of its digit runs that some pattern has
/// placeholders for: usually twice. No allocation.
class name_index {
public:
    static constexpr std::size_t longest = 128;  ///< bytes of a name; what is longer is none
    static constexpr unsigned max_runs = 16;     ///< of digits in a name that a pattern with placeholders can match

    /// How many runs of digits the names have that match the pattern, its placeholders among them.
    [[nodiscard]] static unsigned digit_runs_of(pattern const&) noexcept;

    /// In ascending order of rules; keeps a view of the pattern. `alone`: only where the text says nothing else.
    void add(std::uint32_t rule, pattern const&, bool alone);

    /// The first rule below `best` that one of the text's names matches, with its numbers; else `best`.
    [[nodiscard]] std::uint32_t find(std::string_view text, error_text const&, std::uint32_t best, captured&) const;

    /// Does a pattern match this very name?
    [[nodiscard]] bool contains(std::string_view name) const noexcept;

private:
    using entry = name_table::entry;

    /// Which of how many digit runs are placeholders: bit 0 is the first.
    struct shape {
        unsigned runs;
        std::uint32_t holes;
        bool operator==(shape const&) const = default;
    };
    struct lookup;

    name_table names_;
    name_table whole_texts_;             ///< for the text's body
    name_table without_number_;          ///< "FLOOD_WAIT" of FLOOD_WAIT_{seconds}
    std::deque<std::string> own_names_;  ///< what without_number_ views
    std::vector<shape> shapes_;
    bool with_lower_ = false;
};

}  // namespace mend::detail
