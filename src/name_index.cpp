// Finds the first rule whose pattern is one of the RPC error names in a text.
#include "name_index.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace mend::detail {
namespace {

/// Left uninitialised: it is made for each name that is looked up.
struct digit_runs {
    std::array<std::string_view::const_pointer, name_index::max_runs> begin;
    std::array<std::uint8_t, name_index::max_runs> size;  // a name has at most 128 bytes
    unsigned count;
    bool too_many;

    [[nodiscard]] std::string_view at(unsigned run) const noexcept { return {begin[run], size[run]}; }
};

/// False where the text can be no name: the byte that stands for digits in the table stands for itself in a text.
bool find_runs(std::string_view name, digit_runs& result) noexcept
{
    static_assert(pattern::hole < '0');
    result.count = 0;
    result.too_many = false;
    auto const* const end = name.data() + name.size();
    for (auto const* at = name.data(); at != end; ++at) {
        if (*at > '9')
            continue;
        if (*at == pattern::hole)
            return false;
        if (*at < '0')
            continue;
        if (result.count == name_index::max_runs) {
            result.too_many = true;
            continue;
        }
        auto const* const first = at;
        while (at + 1 != end && is_digit(at[1]))
            ++at;
        result.begin[result.count] = first;
        result.size[result.count++] = static_cast<std::uint8_t>(at + 1 - first);
    }
    return true;
}

/// Where a client has put an X for the number: FLOOD_WAIT_X, FILE_PART_X_MISSING, ..._WAIT_XMIN.
std::size_t find_x(std::string_view name) noexcept
{
    for (auto at = name.find("_X"); at != std::string_view::npos; at = name.find("_X", at + 1)) {
        auto const rest = name.substr(at + 2);
        if (rest.empty() || rest.front() == '_' || rest == "MIN")
            return at + 1;
    }
    return std::string_view::npos;
}

/// The digits of "FLOOD_WAIT (37)": in brackets, right behind the name.
std::string_view argument_behind(std::string_view text, std::size_t end) noexcept
{
    auto const rest = text.substr(end);
    if (!rest.starts_with(" ("))
        return {};
    std::size_t after = 2;
    while (after < rest.size() && is_digit(rest[after]))
        ++after;
    return after != 2 && rest.substr(after, 1) == ")" ? rest.substr(2, after - 2) : std::string_view{};
}

/// In a pattern's text: the last digit of a run, or a placeholder, which stands for one.
bool ends_run(std::string_view text, std::size_t at) noexcept
{
    return text[at] == pattern::hole || (is_digit(text[at]) && (at + 1 == text.size() || !is_digit(text[at + 1])));
}

}  // namespace

/// One name at a time: its keys are built in a buffer on the stack.
struct name_index::lookup {
    lookup(name_index const& in_index, std::uint32_t below, captured& into) : index(in_index), best(below), found(into) {}

    name_index const& index;
    std::uint32_t best;
    captured& found;
    std::array<char, longest> buffer;  // left uninitialised, as digit_runs
    std::optional<std::string_view> ahead{};  // the digits that were found last

    void offer(entry const& candidate, digit_runs const& digits, std::uint32_t holes)
    {
        if (candidate.rule >= best)
            return;
        best = candidate.rule;
        found = {};
        auto slots = candidate.slots->begin();
        for (unsigned run = 0; run < digits.count && slots != candidate.slots->end(); ++run) {
            if ((holes >> run & 1U) != 0)
                found.take(*slots++, digits.at(run));
        }
    }

    void offer(entry const& candidate, std::string_view number)
    {
        if (candidate.rule >= best)
            return;
        best = candidate.rule;
        found = {};
        found.take(candidate.slots->front(), number);
    }

    void in(name_table const& names, std::string_view name)
    {
        digit_runs digits;
        if (!names.empty() && is_readable(name, digits))
            in(names, name, digits);
    }

    /// Finds the digits of what can be a name.
    static bool is_readable(std::string_view name, digit_runs& digits) noexcept
    {
        return !name.empty() && name.size() <= longest && find_runs(name, digits);
    }

    void in(name_table const& names, std::string_view name, digit_runs const& digits)
    {
        if (auto const* same = names.find(name))
            offer(*same, digits, 0);
        if (digits.count == 0 || digits.too_many || !names.has_holes())
            return;
        for (auto const& shape : index.shapes_) {
            if (shape.runs != digits.count)
                continue;
            if (auto const* same = names.find(with_holes(name, digits, shape.holes)))
                offer(*same, digits, shape.holes);
        }
    }

    std::string_view with_holes(std::string_view name, digit_runs const& digits, std::uint32_t holes) noexcept
    {
        auto out = buffer.begin();
        auto const* from = name.data();
        for (unsigned run = 0; run < digits.count; ++run) {
            if ((holes >> run & 1U) == 0)
                continue;
            out = std::copy(from, digits.begin[run], out);
            *out++ = pattern::hole;
            from = digits.begin[run] + digits.size[run];
        }
        out = std::copy(from, name.data() + name.size(), out);
        return {buffer.data(), static_cast<std::size_t>(out - buffer.begin())};
    }

    /// The next digits. Names are asked for in their order, so that no part of a long text is searched twice.
    std::string_view digits_behind(std::string_view text, std::size_t end)
    {
        if (!ahead || (!ahead->empty() && ahead->data() < text.data() + end))
            ahead = next_digits(text, end);
        return *ahead;
    }

    /// "[420 FLOOD_WAIT_X] - A wait of 37 seconds is required": the number comes in the sentence.
    void with_x(std::string_view name, std::string_view text, std::size_t end)
    {
        auto const x = find_x(name);
        if (x == std::string_view::npos || name.size() > longest)
            return;
        auto const number = digits_behind(text, end);
        if (number.empty())
            return;
        std::ranges::copy(name, buffer.begin());
        buffer[x] = pattern::hole;
        if (auto const* same = index.names_.find({buffer.data(), name.size()}))
            offer(*same, number);
    }
};

unsigned name_index::digit_runs_of(pattern const& what) noexcept
{
    unsigned runs = 0;
    for (std::size_t at = 0; at < what.text.size(); ++at)
        runs += ends_run(what.text, at) ? 1 : 0;
    return runs;
}

void name_index::add(std::uint32_t rule, pattern const& added, bool alone)
{
    std::string_view const text = added.text;
    entry const made{rule, &added.slots};

    std::string filled = added.text;
    std::ranges::replace(filled, pattern::hole, '0');
    auto const word = next_token(filled, 0);
    auto const is_word = !alone && word.begin == 0 && word.end == filled.size();
    (is_word ? names_ : whole_texts_).add(text, made);
    with_lower_ |= is_word && word.has(token::small_letter);

    // The pattern's holes as a choice among the digit runs of the names that it matches.
    shape form{0, 0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == pattern::hole)
            form.holes |= 1U << form.runs;
        form.runs += ends_run(text, at) ? 1 : 0;
    }
    if (form.holes != 0 && std::ranges::find(shapes_, form) == shapes_.end())
        shapes_.push_back(form);

    if (added.slots.size() == 1) {
        auto const hole = text.find(pattern::hole);
        if (hole > 0 && text[hole - 1] == '_')
            without_number_.add(own_names_.emplace_back(text.substr(0, hole - 1)).append(text.substr(hole + 1)), made);
    }
}

std::uint32_t name_index::find(std::string_view text, error_text const& stated, std::uint32_t best, captured& found) const
{
    if (names_.empty() && whole_texts_.empty())
        return best;
    lookup names(*this, best, found);
    if (stated.name.size() == text.size()) {  // the text is the name, as Telegram itself writes it
        digit_runs digits;
        if (lookup::is_readable(text, digits)) {
            names.in(whole_texts_, text, digits);
            names.in(names_, text, digits);
        }
        return names.best;
    }
    if (!whole_texts_.empty())
        names.in(whole_texts_, stated.body);
    if (names_.empty())
        return names.best;
    for (auto word = next_token(text, 0); word.end > word.begin; word = next_token(text, word.end)) {
        if (word.has(token::small_letter) && !with_lower_)
            continue;
        auto const name = word.in(text);
        // gotd takes the number out of the name; then the name alone is not what was meant.
        if (auto const number = argument_behind(text, word.end); !number.empty()) {
            if (auto const* same = without_number_.find(name)) {
                names.offer(*same, number);
                continue;
            }
        }
        names.in(names_, name);
        names.with_x(name, text, word.end);
    }
    return names.best;
}

bool name_index::contains(std::string_view name) const noexcept
{
    captured ignored;
    lookup one(*this, no_rule, ignored);
    one.in(names_, name);
    if (one.best == no_rule)
        one.in(whole_texts_, name);
    return one.best != no_rule;
}

}  // namespace mend::detail
