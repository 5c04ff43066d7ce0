// Finds the first rule whose pattern stands anywhere in a text.
#include "text_index.hpp"
#include "text_reader.hpp"

#include <mend/detail/error_text.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace mend::detail {
namespace {

constexpr std::size_t table_budget = std::size_t{4} << 20U;  // bytes

/// Forward from `at`: where the piece of a pattern ends in the text, npos where it does not fit.
std::size_t fits_after(std::string_view piece, std::string_view text, std::size_t at) noexcept
{
    for (char const c : piece) {
        if (c == pattern::hole) {
            auto const start = at;
            while (at < text.size() && is_digit(text[at]))
                ++at;
            if (at == start)
                return std::string_view::npos;
        } else if (at < text.size() && to_lower(text[at]) == c) {
            ++at;
        } else {
            return std::string_view::npos;
        }
    }
    return at;
}

/// Backward from `at`: where the piece of a pattern begins in the text.
std::size_t fits_before(std::string_view piece, std::string_view text, std::size_t at) noexcept
{
    for (auto next = piece.rbegin(); next != piece.rend(); ++next) {
        if (*next == pattern::hole) {
            auto const start = at;
            while (at > 0 && is_digit(text[at - 1]))
                --at;
            if (at == start)
                return std::string_view::npos;
        } else if (at > 0 && to_lower(text[at - 1]) == *next) {
            --at;
        } else {
            return std::string_view::npos;
        }
    }
    return at;
}

void capture(pattern const& whole, std::string_view text, std::size_t begin, captured& found)
{
    found = {};
    auto slots = whole.slots.begin();
    for (char const c : whole.text) {
        if (c != pattern::hole) {
            ++begin;
            continue;
        }
        auto const digits = next_digits(text, begin);
        found.take(*slots++, digits);
        begin += digits.size();
    }
}

std::string_view longest_literal(std::string_view whole) noexcept
{
    std::string_view best;
    for (std::size_t begin = 0; begin <= whole.size();) {
        auto const end = std::min(whole.find(pattern::hole, begin), whole.size());
        if (end - begin > best.size())
            best = whole.substr(begin, end - begin);
        begin = end + 1;
    }
    return best;
}

}  // namespace

/// What the automaton is built from: states in the order in which they were met.
struct text_index::trie {
    struct node {
        std::map<std::uint8_t, std::uint32_t> children;
        std::vector<std::uint32_t> hits;
    };
    std::vector<node> nodes{1};

    void add(std::string_view literal, std::array<std::uint8_t, 256> const& symbols, std::uint32_t hit)
    {
        std::uint32_t at = 0;
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
    auto const literal = longest_literal(match.text.text);
    entry const made{rule, &match, literal};
    (literal.empty() ? bare_ : entries_).push_back(made);
}

void text_index::choose_symbols()
{
    for (auto const& each : entries_) {
        for (char const c : each.literal) {
            auto& symbol = symbols_[static_cast<unsigned char>(c)];
            if (symbol == 0)
                symbol = static_cast<std::uint8_t>(symbol_count_++);
        }
    }
    for (unsigned char c = 'A'; c <= 'Z'; ++c)
        symbols_[c] = symbols_[c + 32U];
}

void text_index::compile()
{
    choose_symbols();
    number_states();  // what they are made from is gone before there is a table
    fill_table();
}

void text_index::number_states()
{
    trie built;
    for (std::uint32_t hit = 0; hit < entries_.size(); ++hit)
        built.add(entries_[hit].literal, symbols_, hit);

    // Breadth first, so that a state's fallback, which is nearer to the root, always has a smaller number.
    std::vector<std::uint32_t> order{0};
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

void text_index::fill_table()
{
    auto const fitting = table_budget / (symbol_count_ * sizeof(move));
    auto const rows = static_cast<std::uint32_t>(std::min(states_.size(), fitting));
    table_.resize(rows * symbol_count_);
    // State by state: the row of the fallback is complete before it is needed, and tells the children's fallbacks.
    for (std::uint32_t at = 0; at < states_.size(); ++at) {
        auto const here = states_[at];
        for (auto next = here.first_edge; next < here.first_edge + here.edge_count; ++next) {
            auto& child = states_[edges_[next].target];
            child.fallback = at == 0 ? 0 : search(here.fallback, edges_[next].symbol).target;
            auto const& suffix = states_[child.fallback];
            child.next_hit = suffix.hit_count != 0 ? child.fallback : suffix.next_hit;
        }
        if (at >= rows)
            continue;
        auto const row = table_.begin() + static_cast<std::ptrdiff_t>(at * symbol_count_);
        if (at != 0)
            std::copy_n(table_.begin() + static_cast<std::ptrdiff_t>(here.fallback * symbol_count_), symbol_count_, row);
        for (auto next = here.first_edge; next < here.first_edge + here.edge_count; ++next)
            row[edges_[next].symbol] = move_to(edges_[next].target);
        tabled_ = at + 1;
    }
}

text_index::move text_index::move_to(std::uint32_t target) const noexcept
{
    auto const& there = states_[target];
    return {target & last_state, there.hit_count != 0 || there.next_hit != 0};
}

/// From a state that has no row in the table.
text_index::move text_index::search(std::uint32_t from, std::uint8_t symbol) const noexcept
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
    return table_[from * symbol_count_ + symbol];
}

/// One text: compares the patterns whose literal has been met.
class text_index::comparison {
public:
    comparison(text_index const& in, std::string_view text, text_reader const& reader, error_text const& stated,
               std::uint32_t best, captured& found)
        : index_(in), text_(text), reader_(reader), stated_(stated), told_(stated.tells()), best_(best), found_(found)
    {
    }

    /// The patterns whose literal ends there. Out of line, so that the loop over the text has the registers.
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
        if (begins_within_word(begin) || (is_word_character(whole.back()) && end < text_.size() && is_word_character(text_[end])))
            return false;
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
    std::optional<text_reader> walker_;  ///< along the hits of a text of which the reader has not kept everything
    error_text const& stated_;
    evidence told_;
    std::uint32_t best_;
    captured& found_;
};

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
    auto const* const table = table_.data();
    auto const width = symbol_count_;
    auto const tabled = tabled_;
    std::uint32_t at = 0;
    for (std::size_t position = 0; position < text.size(); ++position) {
        auto const symbol = symbols_[static_cast<unsigned char>(text[position])];
        auto const next = at < tabled ? table[at * width + symbol] : search(at, symbol);
        at = next.target;
        if (next.hits)
            hits.compare(at, position + 1);
    }
    return hits.best();
}

}  // namespace mend::detail
