// Finds the first rule whose pattern is one of the RPC error names in a text.
#pragma once

#include "code_index.hpp"

#include <mend/detail/error_text.hpp>
#include <mend/detail/pattern.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mend::detail {

/// Names by hash. A name is looked up as it stands, and once for each choice of its digit runs that some pattern has
/// placeholders for: usually twice. No allocation.
class name_index {
public:
    static constexpr std::size_t longest = 128;  ///< bytes of a name; what is longer is none

    /// In ascending order of rules; keeps a view of the pattern. `alone`: only where the text says nothing else.
    void add(std::uint32_t rule, pattern const&, bool alone);

    /// The first rule below `best` that one of the text's names matches, with its numbers; else `best`.
    [[nodiscard]] std::uint32_t find(std::string_view text, error_text const&, std::uint32_t best, captured&) const;

private:
    struct entry {
        std::uint32_t rule;
        std::vector<slot> const* slots;
    };
    /// Which of how many digit runs are placeholders: bit 0 is the first.
    struct shape {
        unsigned runs;
        std::uint32_t holes;
        bool operator==(shape const&) const = default;
    };
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct lookup;

    std::unordered_map<std::string_view, entry> names_;
    std::unordered_map<std::string_view, entry> whole_texts_;  ///< for the text's body
    std::unordered_map<std::string, entry, text_hash, std::equal_to<>> without_number_;  ///< "FLOOD_WAIT" of FLOOD_WAIT_{seconds}
    std::vector<shape> shapes_;
    bool with_lower_ = false;
};

}  // namespace mend::detail
