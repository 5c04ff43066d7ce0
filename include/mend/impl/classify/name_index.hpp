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

/// Finds names by hash. A name is looked up as it is, and once for each choice of its runs of digits for which a pattern has
/// placeholders: usually twice. No allocation.
class name_index {
public:
    static constexpr std::size_t longest = 128;  ///< bytes of a name; longer words are not names
    static constexpr unsigned max_runs = 16;     ///< of digits in a name that a pattern with placeholders can match

    /// Returns how many runs of digits a name has that matches the pattern, including the placeholders.
    [[nodiscard]] static unsigned digit_runs_of(pattern const&) noexcept;

    /// Rules must be added in ascending order. Keeps a view of the pattern. `alone`: it matches only if it is the whole text.
    void add(std::uint32_t rule, pattern const&, bool alone);

    class search;

    [[nodiscard]] bool empty() const noexcept { return names_.empty() && whole_texts_.empty(); }

    /// Returns whether a pattern matches the name as it is.
    [[nodiscard]] bool contains(std::string_view name) const noexcept;

    /// Returns whether a pattern matches the name in any form: FLOOD_WAIT_37, FLOOD_WAIT_X, FLOOD_WAIT.
    [[nodiscard]] bool recognises(std::string_view name) const noexcept;

private:
    using entry = name_table::entry;

    /// The number of runs of digits, and which of them are placeholders: bit 0 is the first.
    struct shape {
        unsigned runs;
        std::uint32_t holes;
        bool operator==(shape const&) const = default;
    };

    name_table names_;
    name_table whole_texts_;  ///< for the text's body
    name_table without_number_;  ///< "FLOOD_WAIT" of FLOOD_WAIT_{seconds}
    name_table classes_;  ///< "peerflood" of PEER_FLOOD
    name_table numbered_classes_;  ///< "floodwait" of FLOOD_WAIT_{seconds}
    std::deque<std::string> own_names_;  ///< owns the names of the last three tables
    std::vector<shape> shapes_;
    std::uint8_t kinds_ = 0;  ///< marks of the characters in names without capitals: other words need no lookup
};

/// Searches one text for names, word by word: FLOOD_WAIT_37, and how clients print it: FLOOD_WAIT_X, FLOOD_WAIT (37),
/// ('FLOOD_WAIT', 37), FloodWaitError, Flood_wait. If the client removed the number, the one in brackets behind the name is used,
/// else one that the text states for it. A name without a number counts, too.
class name_index::search {
public:
    search(name_index const& in, std::string_view text, std::uint32_t below) : index_(in), text_(text), best_(below) {}

    void look_at(token const& word)
    {
        if (word.where == place::bot_api)
            class_ = nullptr;  // a class in front of a description is the client's: aiogram's UserDeactivated concerns the peer
        bool const is_prose = !word.has(token::capital_letter) && (index_.kinds_ & word.holds) != word.holds;
        if (is_prose || index_.names_.empty())
            return;
        if (word.where == place::text || word.where == place::whole)
            look_up(word);
        else if (word.where == place::bot_api)
            class_ = nullptr;  // a class in front of a description is the client's: aiogram's UserDeactivated concerns the peer
    }

    /// Looks up a word that is the whole text.
    void look_at_all(token const&);

    /// Returns the first rule below `below` that matches, with its numbers; `below` if none does.
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
    bool by_wait_ = false;  ///< the best rule captures a wait
    entry const* numbered_ = nullptr;  ///< a name whose number is still unknown
    entry const* exact_ = nullptr;  ///< the rule for that name without a number
    entry const* class_ = nullptr;  ///< the first rule of which the text has the class
    bool counts_alone_ = false;  ///< the name counts without a number: FLOOD_WAIT_X does, FLOOD_WAIT is another name
    std::array<char, longest> buffer_;  // uninitialised, since each text has its own search
};

}  // namespace mend::detail
