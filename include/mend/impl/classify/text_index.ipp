// Finds the first rule whose pattern occurs anywhere in a text.
#pragma once

#include <mend/impl/classify/text_index.hpp>

#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/pattern_fit.hpp>
#include <mend/impl/classify/preceding_text.hpp>
#include <mend/impl/classify/text_reader.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace mend::detail {
namespace {

constexpr std::size_t key_size = 4;  // bytes
constexpr std::size_t table_budget = std::size_t{4} << 20U;  // bytes

/// Ignores case. Bytes with other differences can have the same hash, too.
std::size_t hash_of_beginning(std::string_view text) noexcept
{
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, text.data(), key_size);
    constexpr std::uint32_t lower = 0x20202020;
    return (bytes | lower) * 0x9E3779B1U >> 18U;
}

}  // namespace

/// Builds the automaton: its states in the order in which they are created.
struct text_index::trie {
    struct node {
        std::map<std::uint8_t, std::uint32_t> children;
        std::vector<std::uint32_t> hits;
    };
    std::vector<node> nodes{2};  // the roots

    void add(std::string_view literal, std::array<std::uint8_t, 256> const& symbols, std::uint32_t hit)
    {
        auto at = root;
        for (char const c : literal) {
            auto const symbol = symbols[static_cast<unsigned char>(c)];
            auto const [child, added] = nodes[at].children.try_emplace(symbol, static_cast<std::uint32_t>(nodes.size()));
            at = child->second;
            if (added)
                nodes.emplace_back();
        }
        nodes[at].hits.push_back(hit);
    }
};

void text_index::add(std::uint32_t rule, message_match const& match)
{
    std::string_view const whole = match.text.text;
    auto const first = whole.substr(0, whole.find(pattern::hole));
    bool const begins_word = match.where != reach::anywhere && first.size() >= key_size;
    auto const literal = begins_word ? first : longest_literal(whole);
    bool const is_at_word =
        match.where != reach::anywhere && (literal.data() == whole.data() || !is_word_character(literal.front()));
    within_words_ = within_words_ || (!literal.empty() && !is_at_word);
    entry const made{rule, &match, literal};
    (literal.empty() ? bare_ : entries_).push_back(made);
}

void text_index::note_beginnings()
{
    for (auto const& each : entries_) {
        if (each.literal.size() >= key_size) {
            auto const hash = hash_of_beginning(each.literal);
            beginnings_[hash / 64] |= std::uint64_t{1} << hash % 64;
            continue;
        }
        for (unsigned c = 0; c < short_ones_.size(); ++c)
            short_ones_[c] = short_ones_[c] || to_lower(static_cast<char>(c)) == each.literal.front();
    }
}

/// Returns false if no literal begins the rest of the text; true if one can.
bool text_index::may_begin(std::string_view rest) const noexcept
{
    if (rest.size() < key_size || short_ones_[static_cast<unsigned char>(rest.front())])
        return true;
    auto const hash = hash_of_beginning(rest);
    return (beginnings_[hash / 64] >> hash % 64 & 1U) != 0;
}

/// Numbers the most frequent bytes first, so that their part of a row is in few cache lines.
void text_index::choose_symbols()
{
    std::array<std::size_t, 256> times{};
    for (auto const& each : entries_) {
        for (char const c : each.literal)
            ++times[static_cast<unsigned char>(c)];
    }
    std::array<std::uint8_t, 256> order{};
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    std::ranges::sort(order, std::greater{}, [&](std::uint8_t c) { return std::pair{times[c], c}; });
    for (auto const c : order) {
        bool const is_letter = is_word_character(static_cast<char>(c));
        symbols_[c] = times[c] != 0 ? static_cast<std::uint8_t>(symbol_count_++) : is_letter ? other_letter : other_mark;
        is_letter_[symbols_[c]] = is_letter;
    }
    for (unsigned char c = 'A'; c <= 'Z'; ++c)
        symbols_[c] = symbols_[c + 32U];
}

void text_index::compile()
{
    note_beginnings();
    choose_symbols();
    number_states();  // frees the trie before the table is made
    constexpr std::size_t most_narrow = std::numeric_limits<std::uint16_t>::max() / 2 + 1U;
    if (states_.size() <= most_narrow)
        fill(narrow_);
    else
        fill(wide_);
}

void text_index::number_states()
{
    trie built;
    for (std::uint32_t hit = 0; hit < entries_.size(); ++hit)
        built.add(entries_[hit].literal, symbols_, hit);

    // Breadth first, so that a state's fallback, which is nearer to the root, has a smaller number.
    std::vector<std::uint32_t> order{root, inside_word};
    order.reserve(built.nodes.size());
    states_.resize(built.nodes.size());
    for (std::uint32_t at = 0; at < order.size(); ++at) {
        auto& node = built.nodes[order[at]];
        auto& here = states_[at];
        here.first_edge = static_cast<std::uint32_t>(edges_.size());
        here.edge_count = static_cast<std::uint32_t>(node.children.size());
        here.first_hit = static_cast<std::uint32_t>(hits_.size());
        here.hit_count = static_cast<std::uint32_t>(node.hits.size());
        hits_.insert(hits_.end(), node.hits.begin(), node.hits.end());
        for (auto const& [symbol, child] : node.children) {
            edges_.push_back({symbol, static_cast<std::uint32_t>(order.size())});
            order.push_back(child);
        }
    }
}

template <class Move>
void text_index::fill(rows<Move>& table)
{
    auto const fitting = table_budget / (symbol_count_ * sizeof(Move));
    auto const most = static_cast<std::uint32_t>(std::min(states_.size(), fitting));
    table.resize(most * symbol_count_);
    for (std::size_t symbol = 0; symbol < symbol_count_; ++symbol)
        table[symbol] = static_cast<Move>(2 * start_behind(static_cast<std::uint8_t>(symbol)));
    // State by state: the row of the fallback is complete before it is needed, and gives the fallbacks of the children.
    for (std::uint32_t at = 0; at < states_.size(); ++at) {
        auto const here = states_[at];
        for (auto next = here.first_edge; next < here.first_edge + here.edge_count; ++next) {
            auto& child = states_[edges_[next].target];
            child.fallback =
                at == root ? start_behind(edges_[next].symbol) : search(table, here.fallback, edges_[next].symbol) / 2;
            auto const& suffix = states_[child.fallback];
            child.next_hit = suffix.hit_count != 0 ? child.fallback : suffix.next_hit;
        }
        if (at >= most)
            continue;
        auto const row = table.begin() + static_cast<std::ptrdiff_t>(at * symbol_count_);
        if (at != root)
            std::copy_n(table.begin() + static_cast<std::ptrdiff_t>(here.fallback * symbol_count_), symbol_count_, row);
        for (auto next = here.first_edge; next < here.first_edge + here.edge_count; ++next)
            row[edges_[next].symbol] = static_cast<Move>(move_to(edges_[next].target));
        for (std::size_t symbol = 0; at == inside_word && symbol < symbol_count_; ++symbol) {
            if (is_letter_[symbol] && !within_words_)
                row[static_cast<std::ptrdiff_t>(symbol)] = 2 * inside_word;
        }
        tabled_ = at + 1;
    }
}

/// Returns the root in which the search restarts behind that symbol.
std::uint32_t text_index::start_behind(std::uint8_t symbol) const noexcept
{
    return is_letter_[symbol] && !within_words_ ? inside_word : root;
}

std::uint32_t text_index::move_to(std::uint32_t target) const noexcept
{
    auto const& there = states_[target];
    return target * 2 + (there.hit_count != 0 || there.next_hit != 0 ? 1 : 0);
}

/// Returns the transition from any state, also from one without a row in the table.
template <class Move>
std::uint32_t text_index::search(rows<Move> const& table, std::uint32_t from, std::uint8_t symbol) const noexcept
{
    while (from >= tabled_) {
        auto const& here = states_[from];
        auto const first = edges_.begin() + here.first_edge;
        auto const last = first + here.edge_count;
        auto const found = std::lower_bound(first, last, symbol, [](edge const& e, std::uint8_t s) { return e.symbol < s; });
        if (found != last && found->symbol == symbol)
            return move_to(found->target);
        from = here.fallback;
    }
    return table[from * symbol_count_ + symbol];
}

/// Compares, in one text, the patterns whose literal has been found.
class text_index::comparison {
public:
    comparison(text_index const& in, std::string_view text, text_reader const& reader, error_text const& stated,
               std::uint32_t best, captured& found)
        : index_(in), text_(text), reader_(reader), stated_(stated), told_(stated.tells()), best_(best), found_(found)
    {
    }

    /// Compares the patterns whose literal ends there. Out of line, to keep registers for the loop over the text.
    [[gnu::noinline]] void compare(std::uint32_t at, std::size_t end)
    {
        auto hit = index_.states_[at].hit_count != 0 ? at : index_.states_[at].next_hit;
        for (; hit != 0; hit = index_.states_[hit].next_hit) {
            auto const& here = index_.states_[hit];
            for (auto number = here.first_hit; number < here.first_hit + here.hit_count; ++number) {
                auto const& candidate = index_.entries_[index_.hits_[number]];
                if (candidate.rule >= best_)
                    break;
                if (told_ <= candidate.match->up_to && fits(candidate, end))
                    break;
            }
        }
    }

    [[nodiscard]] std::uint32_t best() const noexcept { return best_; }

private:
    bool fits(entry const& candidate, std::size_t end)
    {
        std::string_view const whole = candidate.match->text.text;
        auto const offset = static_cast<std::size_t>(candidate.literal.data() - whole.data());
        auto const begin = fits_before(whole.substr(0, offset), text_, end - candidate.literal.size());
        if (begin == std::string_view::npos)
            return false;
        auto const behind = fits_after(whole.substr(offset + candidate.literal.size()), text_, end);
        if (behind == std::string_view::npos || !reaches(candidate.match->where, whole, begin, behind))
            return false;
        best_ = candidate.rule;
        capture(candidate.match->text, text_, begin, found_);
        return true;
    }

    bool reaches(reach where, std::string_view whole, std::size_t begin, std::size_t end)
    {
        if (where == reach::anywhere)
            return true;
        bool const ends_as_word = is_word_character(whole.back()) && end < text_.size();
        if (begins_within_word(begin) || (ends_as_word && (is_word_character(text_[end]) || text_[end] == '=')))
            return false;  // the key of a field is not an error: "proxy=None", "connect_timeout=5"
        if (where == reach::beginning && begin != stated_.description && begin != text_.find_first_not_of(" \t\r\n"))
            return false;
        if (where == reach::sentence && begin != stated_.description && !begins_sentence(text_, begin))
            return false;
        return may_be_read(begin);
    }

    bool begins_within_word(std::size_t begin) const noexcept
    {
        return begin > 0 && is_word_character(text_[begin]) && is_word_character(text_[begin - 1]);
    }

    bool may_be_read(std::size_t begin)
    {
        if (reader_.knows_all())
            return reader_.reads(begin);
        if (!walker_)
            walker_.emplace(text_);
        walker_->walk_beyond(begin);
        return walker_->reads(begin);
    }

    text_index const& index_;
    std::string_view text_;
    text_reader const& reader_;
    std::optional<text_reader> walker_;  ///< a second reader, if the first has not kept everything that it left out
    error_text const& stated_;
    evidence told_;
    std::uint32_t best_;
    captured& found_;
};

template <class Move>
void text_index::walk(rows<Move> const& all, std::string_view text, comparison& hits) const
{
    auto const* const table = all.data();
    auto const width = symbol_count_;
    auto const tabled = tabled_;
    bool const at_words = !within_words_;
    auto at = root;
    for (std::size_t position = 0; position < text.size();) {
        auto const symbol = symbols_[static_cast<unsigned char>(text[position])];
        if (at == root && at_words && !may_begin({text.data() + position, text.size() - position})) {
            at = start_behind(symbol);
        } else {
            std::uint32_t const next = at < tabled ? table[at * width + symbol] : search(all, at, symbol);
            at = next / 2;
            if ((next & 1U) != 0)
                hits.compare(at, position + 1);
        }
        ++position;
        if (at != inside_word)
            continue;
        while (position < text.size() && is_word_character(text[position]))
            ++position;
        at = root;  // a character that is not part of a word follows, for which the roots are the same
    }
}

std::uint32_t text_index::find(std::string_view text, text_reader const& reader, error_text const& stated, std::uint32_t best,
                               captured& found) const
{
    if (!bare_.empty() && bare_.front().rule < best && !next_digits(text, 0).empty()) {
        best = bare_.front().rule;
        found = {};
        found.take(bare_.front().match->text.slots.front(), next_digits(text, 0));
    }
    if (entries_.empty() || entries_.front().rule >= best)  // they are in order
        return best;
    comparison hits{*this, text, reader, stated, best, found};
    if (wide_.empty())
        walk(narrow_, text, hits);
    else
        walk(wide_, text, hits);
    return hits.best();
}

}  // namespace mend::detail
