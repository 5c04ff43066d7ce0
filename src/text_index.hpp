// Finds the first rule whose pattern stands anywhere in a text, in one pass over it however many patterns there are.
#pragma once

#include "code_index.hpp"

#include <mend/detail/error_text.hpp>
#include <mend/detail/pattern.hpp>
#include <mend/detail/rule.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mend::detail {

class text_reader;

/// An Aho-Corasick automaton over the longest literal stretch of each pattern, without regard to case; where one is
/// met, the rest of its pattern is compared. The states nearest to the root, as many as fit into a few megabytes, have
/// their transitions in a table; the others have a short list and fall back. No allocation in find.
class text_index {
public:
    void add(std::uint32_t rule, message_match const&);  ///< kept by reference
    void compile();

    /// The first rule below `best` that matches and reads a failure that tells so much, with the numbers it found; else
    /// `best`. The reader has walked along the text.
    [[nodiscard]] std::uint32_t find(std::string_view text, text_reader const&, error_text const&, std::uint32_t best,
                                     captured&) const;

private:
    struct entry {
        std::uint32_t rule;
        message_match const* match;
        std::string_view literal;  ///< the stretch that the automaton looks for
    };
    struct edge {
        std::uint8_t symbol;
        std::uint32_t target;
    };
    struct state {
        std::uint32_t fallback = 0;    ///< the state of the longest proper suffix
        std::uint32_t first_edge = 0;  ///< into edges_
        std::uint32_t edge_count = 0;
        std::uint32_t first_hit = 0;  ///< into hits_
        std::uint32_t hit_count = 0;
        std::uint32_t next_hit = 0;  ///< the nearest suffix with hits; 0 = none, for the root has none
    };
    /// What a byte of the text leads to, and whether anything to compare ends there.
    static constexpr std::uint32_t last_state = (1U << 31U) - 1;
    struct move {
        std::uint32_t target : 31;
        std::uint32_t hits : 1;
    };
    struct trie;

    [[nodiscard]] move move_to(std::uint32_t target) const noexcept;
    [[nodiscard]] move search(std::uint32_t from, std::uint8_t symbol) const noexcept;

    class comparison;

    void choose_symbols();
    void number_states();
    void fill_table();

    std::vector<entry> entries_;
    std::array<std::uint8_t, 256> symbols_{};  ///< byte to symbol; 0 = in no pattern
    std::size_t symbol_count_ = 1;
    std::vector<state> states_;  ///< in breadth-first order, the root first
    std::vector<edge> edges_;
    std::vector<std::uint32_t> hits_;   ///< into entries_
    std::vector<move> table_;           ///< states below tabled_ times symbols
    std::uint32_t tabled_ = 0;
    std::vector<entry> bare_;  ///< patterns of a placeholder alone
};

}  // namespace mend::detail
