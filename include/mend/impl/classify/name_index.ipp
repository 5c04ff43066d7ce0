// Finds the first rule whose pattern is one of the RPC error names in a text.
#pragma once

#include <mend/impl/classify/name_index.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>

namespace mend::detail {
namespace {

/// Returns where a client has replaced the number by an X: FLOOD_WAIT_X, FILE_PART_X_MISSING, ..._WAIT_XMIN.
std::size_t find_x(std::string_view name) noexcept
{
    for (auto at = name.find("_X"); at != std::string_view::npos; at = name.find("_X", at + 1)) {
        auto const rest = name.substr(at + 2);
        if (rest.empty() || rest.front() == '_' || rest == "MIN")
            return at + 1;
    }
    return std::string_view::npos;
}

/// "PeerFlood", "UserDeactivatedBanError", "Peer_id_invalid": a name as clients write classes and sentences.
bool looks_like_class(std::string_view word) noexcept
{
    if (word.empty() || word.front() < 'A' || word.front() > 'Z')
        return false;
    return std::ranges::any_of(word.substr(1), [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
}

/// "RPC_CALL_FAIL 401: NAME": a label that a client uses for every error, followed by the code and the name.
bool labels_code(std::string_view behind) noexcept
{
    return behind.size() > 6 && behind[0] == ' ' && is_digit(behind[1]) && is_digit(behind[2]) && is_digit(behind[3]) &&
           behind.substr(4, 2) == ": " && next_token(behind, 6).in_capitals() && next_token(behind, 6).begin == 6;
}

/// Removes the "Error" or "Exception" that a client has appended.
std::string_view without_suffix(std::string_view word) noexcept
{
    for (std::string_view const suffix : {"Error", "Exception"}) {
        if (word.size() > suffix.size() && word.ends_with(suffix))
            return word.substr(0, word.size() - suffix.size());
    }
    return word;
}

/// Writes the letters and digits in small letters: "floodwait" for FLOOD_WAIT_{seconds} and for FloodWait.
template <class Out>
Out write_class_key(std::string_view name, Out out)
{
    for (char const c : name) {
        if (c != '_' && c != pattern::hole)
            *out++ = to_lower(c);
    }
    return out;
}

/// Returns whether a run of digits ends there in a pattern's text: its last digit, or a placeholder.
bool ends_run(std::string_view text, std::size_t at) noexcept
{
    return text[at] == pattern::hole || (is_digit(text[at]) && (at + 1 == text.size() || !is_digit(text[at + 1])));
}

}  // namespace

unsigned name_index::digit_runs_of(pattern const& what) noexcept
{
    unsigned runs = 0;
    for (std::size_t at = 0; at < what.text.size(); ++at)
        runs += ends_run(what.text, at) ? 1U : 0U;
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
    if (is_word && (word.has(token::small_letter) || !word.has(token::capital_letter)))
        kinds_ |= word.holds;

    // The pattern's placeholders as a choice among the runs of digits in the names that it matches.
    shape form{0, 0};
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == pattern::hole)
            form.holes |= 1U << form.runs;
        form.runs += ends_run(text, at) ? 1U : 0U;
    }
    if (form.holes != 0 && std::ranges::find(shapes_, form) == shapes_.end())
        shapes_.push_back(form);

    auto const hole = text.find(pattern::hole);
    bool const has_one_number = added.slots.size() == 1 && hole > 0 && text[hole - 1] == '_';
    if (has_one_number)
        without_number_.add(own_names_.emplace_back(text.substr(0, hole - 1)).append(text.substr(hole + 1)), made);
    if (is_word && !word.has(token::small_letter) && (has_one_number || (added.slots.empty() && word.has(token::underscore)))) {
        auto& key = own_names_.emplace_back();
        write_class_key(text, std::back_inserter(key));
        auto& classes = has_one_number ? numbered_classes_ : classes_;
        classes.add(key, made);
        for (std::string_view const suffix : {"error", "exception"}) {  // which is removed from every class
            if (key.ends_with(suffix))
                classes.add(std::string_view{key}.substr(0, key.size() - suffix.size()), made);
        }
    }
}

/// The members are uninitialised, since each lookup has its own.
struct name_index::search::digit_runs {
    std::array<std::string_view::const_pointer, name_index::max_runs> begin;
    std::array<std::uint8_t, name_index::max_runs> size;  // a name has at most 128 bytes
    unsigned count;
    bool too_many;

    [[nodiscard]] std::string_view at(unsigned run) const noexcept { return {begin[run], size[run]}; }
};

/// Returns false if the text cannot be a name: it is too long, or has the byte that the table uses for a placeholder.
bool name_index::search::find_runs(std::string_view name, digit_runs& result) noexcept
{
    static_assert(pattern::hole < '0');
    if (name.empty() || name.size() > longest)
        return false;
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

/// Of two waits for one rule, the longer counts.
void name_index::search::offer(entry const& candidate, captured const& numbers)
{
    if (candidate.rule > best_ || (candidate.rule == best_ && !(numbers.wait && found_.wait && *numbers.wait > *found_.wait)))
        return;
    best_ = candidate.rule;
    found_ = numbers;
    by_wait_ = !candidate.slots->empty() && candidate.slots->front() <= slot::minutes;
}

void name_index::search::offer(entry const& candidate, digit_runs const& digits, std::uint32_t holes)
{
    if (candidate.rule > best_)
        return;
    captured numbers;
    auto slots = candidate.slots->begin();
    for (unsigned run = 0; run < digits.count && slots != candidate.slots->end(); ++run) {
        if ((holes >> run & 1U) != 0)
            numbers.take(*slots++, digits.at(run));
    }
    offer(candidate, numbers);
}

/// Takes a name without its number. The number follows in brackets, or is searched after the whole text has been read.
void name_index::search::offer_pending(entry const& numbered, entry const* exact, std::size_t end, bool counts_alone)
{
    if (auto const number = argument_behind(text_, end); !number.empty()) {
        captured numbers;
        numbers.take(numbered.slots->front(), number);
        offer(numbered, numbers);
        return;
    }
    auto const first = [](entry const* a, entry const* b) { return b != nullptr && b->rule < a->rule ? b->rule : a->rule; };
    if (numbered_ == nullptr || first(&numbered, exact) < first(numbered_, exact_)) {
        numbered_ = &numbered;
        exact_ = exact;
        counts_alone_ = counts_alone;
    }
}

void name_index::search::find_in(name_table const& names, std::string_view name, digit_runs const& digits)
{
    if (auto const* same = names.find(name))
        offer(*same, digits, 0);
    if (digits.count == 0 || digits.too_many || !names.has_holes())
        return;
    for (auto const& shape : index_.shapes_) {
        if (shape.runs != digits.count)
            continue;
        if (auto const* same = names.find(with_holes(name, digits, shape.holes)))
            offer(*same, digits, shape.holes);
    }
}

void name_index::search::find_in(name_table const& names, std::string_view name)
{
    digit_runs digits;
    if (names.may_hold(name) && find_runs(name, digits))
        find_in(names, name, digits);
}

std::string_view name_index::search::with_holes(std::string_view name, digit_runs const& digits, std::uint32_t holes) noexcept
{
    auto out = buffer_.begin();
    auto const* from = name.data();
    for (unsigned run = 0; run < digits.count; ++run) {
        if ((holes >> run & 1U) == 0)
            continue;
        out = std::copy(from, digits.begin[run], out);
        *out++ = pattern::hole;
        from = digits.begin[run] + digits.size[run];
    }
    out = std::copy(from, name.data() + name.size(), out);
    return {buffer_.data(), static_cast<std::size_t>(out - buffer_.begin())};
}

/// Looks up "FLOOD_WAIT_X" and "FLOOD_WAIT". Returns whether the name takes a number.
bool name_index::search::find_without_number(std::string_view name, std::size_t end)
{
    if (index_.without_number_.empty() || name.size() > longest)
        return false;
    if (auto const* numbered = index_.without_number_.find(name)) {
        offer_pending(*numbered, index_.names_.find(name), end, false);
        return true;
    }
    if (auto const behind = text_.substr(end);
        name.ends_with('_') && behind.starts_with("%d") &&
        (behind.size() == 2 || !is_word_character(behind[2]))) {  // the schema's "FLOOD_WAIT_%d"
        auto const* numbered = index_.without_number_.find(name.substr(0, name.size() - 1));
        if (numbered != nullptr)
            offer_pending(*numbered, nullptr,
                          end + 2 + (behind.substr(2).starts_with(" (420)") ? std::string_view{" (420)"}.size() : 0), true);
        return numbered != nullptr;
    }
    auto const x = find_x(name);
    if (x == std::string_view::npos)
        return false;
    auto out = std::ranges::copy(name.substr(0, x - 1), buffer_.begin()).out;
    out = std::ranges::copy(name.substr(x + 1), out).out;
    auto const* numbered = index_.without_number_.find({buffer_.data(), static_cast<std::size_t>(out - buffer_.begin())});
    if (numbered != nullptr)
        offer_pending(*numbered, nullptr, end, true);
    return numbered != nullptr;
}

void name_index::search::find_class(std::string_view name, std::size_t end)
{
    if (name.size() > longest || (index_.classes_.empty() && index_.numbered_classes_.empty()) || !looks_like_class(name))
        return;
    auto const out = write_class_key(without_suffix(name), buffer_.begin());
    offer_class({buffer_.data(), static_cast<std::size_t>(out - buffer_.begin())}, end);
}

void name_index::search::offer_class(std::string_view key, std::size_t end)
{
    if (auto const* numbered = index_.numbered_classes_.find(key))
        offer_pending(*numbered, nullptr, end, true);
    else if (auto const* same = index_.classes_.find(key); same != nullptr && (class_ == nullptr || same->rule < class_->rule))
        class_ = same;
}

/// Looks up a class that is printed as separate words, "Peer Flood Error". Each is capitalised, and the last is "Error".
void name_index::search::find_spaced_class(token const& last)
{
    constexpr int most_words = 6;
    auto begin = last.begin;
    for (int words = 2; words <= most_words && begin > 1 && text_[begin - 1] == ' ' && is_word_character(text_[begin - 2]);
         ++words) {
        auto first = begin - 1;
        while (first > 0 && is_word_character(text_[first - 1]))
            --first;
        if (text_[first] < 'A' || text_[first] > 'Z')
            return;
        begin = first;
        auto const all = text_.substr(begin, last.begin - 1 - begin);
        if (words == 2 || all.size() > longest)
            continue;  // "Flood Error" is ambiguous
        auto out = buffer_.begin();
        for (char const c : all) {
            if (c != ' ')
                *out++ = to_lower(c);
        }
        offer_class({buffer_.data(), static_cast<std::size_t>(out - buffer_.begin())}, last.end);
    }
}

void name_index::search::look_up(token const& word)
{
    auto const name = word.in(text_);
    auto const end = word.where == place::whole ? text_.size() : word.end;  // "Bad Request: NAME (400)": the number is the code
    if (word.in_capitals()) {
        if (word.has(token::underscore) && labels_code(text_.substr(end)))
            return;
        if (!word.has(token::underscore) || !find_without_number(name, end))
            find_in(index_.names_, name);
        return;
    }
    if ((index_.kinds_ & word.holds) == word.holds && word.holds != 0)  // a name of a user's rule
        find_in(index_.names_, name);
    if (word.has(token::capital_letter))
        find_class(name, end);
    if (name == "Error")
        find_spaced_class(word);
}

void name_index::search::look_at_all(token const& word)
{
    is_alone_ = true;
    digit_runs digits;
    if (!find_runs(text_, digits))
        return;
    find_in(index_.whole_texts_, text_, digits);
    auto const before = best_;
    if (word.in_capitals() || (index_.kinds_ & word.holds) == word.holds)
        find_in(index_.names_, text_, digits);
    if (best_ == before)
        look_at(word);
}

std::uint32_t name_index::search::finish(error_text const& stated, captured& found)
{
    if (!is_alone_ && !index_.whole_texts_.empty())
        find_in(index_.whole_texts_, stated.body);
    if (class_ != nullptr)
        offer(*class_, captured{});
    auto const& told = stated.told;
    if (numbered_ != nullptr) {
        auto const kind = numbered_->slots->front();
        captured numbers;
        if (kind <= slot::minutes && told.longest_wait())
            numbers.wait = told.longest_wait();
        else if (kind == slot::number && told.number)
            numbers.number = told.number;
        else if (told.value)
            numbers.take(kind, *told.value);
        if (counts_alone_ || numbers.wait || numbers.number)
            offer(*numbered_, numbers);
        else if (exact_ != nullptr)
            offer(*exact_, captured{});
    }
    found = found_;
    if (by_wait_ && told.wait)
        found.wait = found.wait ? std::max(*found.wait, *told.wait) : told.wait;
    return best_;
}

bool name_index::contains(std::string_view name) const noexcept
{
    search one{*this, name, no_rule};
    one.find_in(names_, name);
    if (one.best_ == no_rule)
        one.find_in(whole_texts_, name);
    return one.best_ != no_rule;
}

bool name_index::recognises(std::string_view name) const noexcept
{
    search one{*this, name, no_rule};
    one.find_in(whole_texts_, name);
    return contains(name) || one.find_without_number(name, name.size());
}

}  // namespace mend::detail
