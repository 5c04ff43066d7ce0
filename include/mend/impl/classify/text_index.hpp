// Finds the first rule whose pattern stands anywhere in a text, in one pass over it however many patterns there are.
#pragma once

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/code_index.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/rule.hpp>

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
///
/// Where no pattern can begin within a word, as none of mend's own can, most words are passed over: those with whose first four bytes
/// no pattern begins, and from where nothing goes on. Behind the latter the automaton is in a second root.
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
        std::uint32_t fallback = 0;  ///< the state of the longest proper suffix that may begin there
        std::uint32_t first_edge = 0;  ///< into edges_
        std::uint32_t edge_count = 0;
        std::uint32_t first_hit = 0;  ///< into hits_
        std::uint32_t hit_count = 0;
        std::uint32_t next_hit = 0;  ///< the nearest suffix with hits; 0 = none, for the root has none
    };
    static constexpr std::uint8_t other_mark = 0;  ///< the symbols of what is in no pattern
    static constexpr std::uint8_t other_letter = 1;
    static constexpr std::uint8_t first_symbol = 2;
    static constexpr std::uint32_t root = 0;
    static constexpr std::uint32_t inside_word = 1;

    /// What each state's row says of a symbol: the state that it leads to, times two, and one more if anything to compare ends there.
    /// A search is as fast as the memory that the rows are in, so they are of two bytes where these can number all states.
    template <class Move>
    using rows = std::vector<Move>;
    struct trie;
    class comparison;

    void choose_symbols();
    void number_states();
    void note_beginnings();
    [[nodiscard]] bool may_begin(std::string_view rest) const noexcept;
    [[nodiscard]] std::uint32_t start_behind(std::uint8_t symbol) const noexcept;

    template <class Move>
    void fill(rows<Move>&);
    [[nodiscard]] std::uint32_t move_to(std::uint32_t target) const noexcept;
    template <class Move>
    [[nodiscard]] std::uint32_t search(rows<Move> const&, std::uint32_t from, std::uint8_t symbol) const noexcept;
    template <class Move>
    void walk(rows<Move> const&, std::string_view text, comparison&) const;

    std::vector<entry> entries_;
    std::array<std::uint8_t, 256> symbols_{};  ///< byte to symbol
    std::array<bool, 256> is_letter_{};  ///< of symbols: they are word characters
    std::size_t symbol_count_ = first_symbol;
    std::array<std::uint64_t, 256> beginnings_{};  ///< a bit for each of the first four bytes of a literal, hashed
    std::array<bool, 256> short_ones_{};  ///< the first bytes of literals that have no four
    bool within_words_ = false;  ///< some pattern may begin within a word
    std::vector<state> states_;  ///< in breadth-first order, the roots first
    std::vector<edge> edges_;
    std::vector<std::uint32_t> hits_;  ///< into entries_
    rows<std::uint16_t> narrow_;  ///< states below tabled_ times symbols; either these or the wide ones
    rows<std::uint32_t> wide_;
    std::uint32_t tabled_ = 0;
    std::vector<entry> bare_;  ///< patterns of a placeholder alone
};

}  // namespace mend::detail
