// Finds the first rule whose pattern occurs anywhere in a text, in one pass, however many patterns there are.
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

/// An Aho-Corasick automaton over the longest literal part of each pattern, ignoring case; if a literal is found, the rest of its
/// pattern is compared. The states nearest to the root, as many as fit into a few megabytes, have their transitions in a table;
/// the others have a short list and fall back. No allocation in find.
///
/// If no pattern can begin within a word, as is true of mend's own, most words are skipped: those whose first four bytes begin no
/// pattern, and the rest of those where no pattern continues. Within the latter the automaton is in a second root.
class text_index {
public:
    void add(std::uint32_t rule, message_match const&);  ///< keeps a reference to the match
    void compile();

    /// Returns the first rule below `best` that matches, with the numbers it found; else `best`. Rules that do not
    /// match a failure that states as much are ignored. The reader must have walked over the whole text.
    [[nodiscard]] std::uint32_t find(std::string_view text, text_reader const&, error_text const&, std::uint32_t best,
                                     captured&) const;

private:
    struct entry {
        std::uint32_t rule;
        message_match const* match;
        std::string_view literal;  ///< the part that the automaton searches
    };
    struct edge {
        std::uint8_t symbol;
        std::uint32_t target;
    };
    struct state {
        std::uint32_t fallback = 0;  ///< the state of the longest proper suffix that can begin there
        std::uint32_t first_edge = 0;  ///< into edges_
        std::uint32_t edge_count = 0;
        std::uint32_t first_hit = 0;  ///< into hits_
        std::uint32_t hit_count = 0;
        std::uint32_t next_hit = 0;  ///< the nearest suffix with hits; 0 = none, for the root has none
    };
    static constexpr std::uint8_t other_mark = 0;  ///< the symbols of characters that are in no pattern
    static constexpr std::uint8_t other_letter = 1;
    static constexpr std::uint8_t first_symbol = 2;
    static constexpr std::uint32_t root = 0;
    static constexpr std::uint32_t inside_word = 1;

    /// For each state and symbol: two times the next state, plus one if a literal ends there. The speed of a search depends on
    /// the memory that the rows take, so an entry has two bytes if that is enough for all states.
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
    std::array<std::uint8_t, 256> symbols_{};  ///< the symbol of each byte
    std::array<bool, 256> is_letter_{};  ///< whether a symbol is a word character
    std::size_t symbol_count_ = first_symbol;
    std::array<std::uint64_t, 256> beginnings_{};  ///< a bit for each of the first four bytes of a literal, hashed
    std::array<bool, 256> short_ones_{};  ///< the first bytes of literals with fewer than four
    bool within_words_ = false;  ///< some pattern can begin within a word
    std::vector<state> states_;  ///< in breadth-first order, the roots first
    std::vector<edge> edges_;
    std::vector<std::uint32_t> hits_;  ///< into entries_
    rows<std::uint16_t> narrow_;  ///< states below tabled_ times symbols; either these or the wide ones
    rows<std::uint32_t> wide_;
    std::uint32_t tabled_ = 0;
    std::vector<entry> bare_;  ///< patterns that are only a placeholder
};

}  // namespace mend::detail
