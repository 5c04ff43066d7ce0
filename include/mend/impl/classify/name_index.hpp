// Finds the first rule whose pattern is one of the RPC error names in a text.
#pragma once

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/code_index.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/name_table.hpp>

#include <array>
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

    class search;

    [[nodiscard]] bool empty() const noexcept { return names_.empty() && whole_texts_.empty(); }

    /// Does a pattern match this very name?
    [[nodiscard]] bool contains(std::string_view name) const noexcept;

    /// Does a pattern match this name in any form of it: FLOOD_WAIT_37, FLOOD_WAIT_X, FLOOD_WAIT?
    [[nodiscard]] bool recognises(std::string_view name) const noexcept;

private:
    using entry = name_table::entry;

    /// Which of how many digit runs are placeholders: bit 0 is the first.
    struct shape {
        unsigned runs;
        std::uint32_t holes;
        bool operator==(shape const&) const = default;
    };

    name_table names_;
    name_table whole_texts_;             ///< for the text's body
    name_table without_number_;          ///< "FLOOD_WAIT" of FLOOD_WAIT_{seconds}
    name_table classes_;                 ///< "peerflood" of PEER_FLOOD
    name_table numbered_classes_;        ///< "floodwait" of FLOOD_WAIT_{seconds}
    std::deque<std::string> own_names_;  ///< what the last three view
    std::vector<shape> shapes_;
    std::uint8_t kinds_ = 0;  ///< of characters that a name without capitals has: words of others need not be looked up
};

/// Looks for names in one text, word by word: FLOOD_WAIT_37, and what clients make of it: FLOOD_WAIT_X, FLOOD_WAIT (37),
/// ('FLOOD_WAIT', 37), FloodWaitError, Flood_wait. A number that the client has taken out is the one behind the name in
/// brackets, else the one that the text tells for it; without one the name counts all the same.
class name_index::search {
public:
    search(name_index const& in, std::string_view text, std::uint32_t below) : index_(in), text_(text), best_(below) {}

    void look_at(token const& word)
    {
        if (word.where == place::bot_api)
            class_ = nullptr;  // the class of one who has read the description itself: aiogram's UserDeactivated is of the peer
        bool const is_prose = !word.has(token::capital_letter) && (index_.kinds_ & word.holds) != word.holds;
        if (is_prose || index_.names_.empty())
            return;
        if (word.where == place::text || word.where == place::whole)
            look_up(word);
        else if (word.where == place::bot_api)
            class_ = nullptr;  // the class of one who has read the description itself: aiogram's UserDeactivated is of the peer
    }

    /// This word is the whole text.
    void look_at_all(token const&);

    /// The first rule below the given one that matches, with its numbers; else the given one.
    [[nodiscard]] std::uint32_t finish(error_text const&, captured&);

private:
    friend class name_index;
    struct digit_runs;

    void look_up(token const&);
    static bool find_runs(std::string_view name, digit_runs&) noexcept;
    void find_in(name_table const&, std::string_view name, digit_runs const&);
    void find_in(name_table const&, std::string_view name);
    bool find_without_number(std::string_view name, std::size_t end);
    void find_class(std::string_view name, std::size_t end);
    void find_spaced_class(token const& last);
    void offer_class(std::string_view key, std::size_t end);
    void offer(entry const&, digit_runs const&, std::uint32_t holes);
    void offer(entry const&, captured const&);
    void offer_pending(entry const& numbered, entry const* exact, std::size_t end, bool counts_alone);
    [[nodiscard]] std::string_view with_holes(std::string_view name, digit_runs const&, std::uint32_t holes) noexcept;

    name_index const& index_;
    std::string_view text_;
    std::uint32_t best_;
    captured found_{};
    bool is_alone_ = false;
    bool by_wait_ = false;  ///< the best rule takes a wait
    entry const* numbered_ = nullptr;  ///< a name whose number is not known yet
    entry const* exact_ = nullptr;  ///< what it is if there is none
    entry const* class_ = nullptr;  ///< the first rule that a class names
    bool counts_alone_ = false;  ///< FLOOD_WAIT_X is that name without a number, too; FLOOD_WAIT is another
    std::array<char, longest> buffer_;  // left uninitialised: a search is made for each text
};

}  // namespace mend::detail
