// Reads the numbers that an error's text states in words or behind labels.
#pragma once

#include <mend/impl/classify/told_numbers.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/characters.hpp>

#include <array>
#include <limits>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

/// The words in front of a number: "retry after: 5", "value: Some(37)".
struct words_before {
    std::string_view nearest, further;
    bool is_negative = false;
};

constexpr auto separators = [] {
    std::array<bool, 256> result{};
    for (char const c : " :=('\"\\-_#"sv)
        result[static_cast<unsigned char>(c)] = true;
    return result;
}();

bool is_between(char c) noexcept
{
    return separators[static_cast<unsigned char>(c)];
}

std::string_view without_separators(std::string_view text) noexcept
{
    for (std::size_t between = 0; between < 5 && !text.empty() && is_between(text.back()); ++between)
        text.remove_suffix(1);
    return text;
}

std::string_view take_word(std::string_view& text) noexcept
{
    constexpr std::size_t longest = 15;
    text = without_separators(text);
    auto begin = text.size();
    while (begin > 0 && text.size() - begin <= longest && text[begin - 1] != '_' && is_word_character(text[begin - 1]))
        --begin;
    auto const word = text.substr(begin);
    text.remove_suffix(word.size());
    return word;
}

words_before look_before(std::string_view text, std::size_t begin) noexcept
{
    words_before result;
    text = text.substr(0, begin);
    result.is_negative = text.ends_with('-');
    result.nearest = take_word(text);
    result.further = take_word(text);
    return result;
}

/// The words that label a number behind them.
constexpr std::array labels{"after"sv,   "retryafter"sv, "seconds"sv, "of"sv,       "in"sv,       "wait"sv,
                            "waiting"sv, "for"sv,        "sleep"sv,   "sleeping"sv, "value"sv,    "some"sv,
                            "dc"sv,      "part"sv,       "id"sv,      "chatid"sv,   "floodwait"sv};

/// For each letter, the lengths of the labels that begin with it, as bits.
constexpr auto label_lengths = [] {
    std::array<std::uint32_t, 256> result{};
    for (auto const each : labels) {
        result[static_cast<unsigned char>(each.front())] |= 1U << each.size();
        result[static_cast<unsigned char>(each.front() - 'a' + 'A')] |= 1U << each.size();
    }
    return result;
}();

/// Returns false for most numbers of a log, which follow other numbers or words.
bool may_follow_label(std::string_view before) noexcept
{
    before = without_separators(before);
    if (before.empty() || !is_letter(before.back()))
        return false;
    auto const word = take_word(before);
    return !word.empty() && (label_lengths[static_cast<unsigned char>(word.front())] >> word.size() & 1U) != 0;
}

/// "25 stars", "1.5 Stars"
bool may_count_stars(std::string_view text, token const& word) noexcept
{
    auto at = word.holds == token::digit ? word.end : word.begin;
    auto const skip_digits = [&] {
        while (at < text.size() && is_digit(text[at]))
            ++at;
    };
    skip_digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        skip_digits();
    }
    if (at < text.size() && text[at] == ' ')
        ++at;
    return at < text.size() && to_lower(text[at]) == 's';
}

/// A number, its fraction and its unit.
struct quantity {
    std::int64_t whole = 0;
    bool has_fraction = false;
    std::string_view unit;  ///< the word behind it
};

quantity quantity_at(std::string_view text, std::size_t at) noexcept
{
    quantity result;
    auto const digits = next_digits(text, at);
    result.whole = parse_digits(digits);
    at += digits.size();
    if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
        for (++at; at < text.size() && is_digit(text[at]); ++at)
            result.has_fraction |= text[at] != '0';
    }
    if (at < text.size() && text[at] == ' ')
        ++at;
    auto end = at;
    while (end < text.size() && end - at < 14 && to_lower(text[end]) >= 'a' && to_lower(text[end]) <= 'z')
        ++end;
    result.unit = text.substr(at, end - at);
    return result;
}

struct time_unit {
    std::string_view name;
    milliseconds is;
};

constexpr std::array time_units{
    // the more frequent first
    time_unit{"seconds", std::chrono::seconds{1}}, time_unit{"s", std::chrono::seconds{1}},
    time_unit{"second", std::chrono::seconds{1}},  time_unit{"minutes", std::chrono::minutes{1}},
    time_unit{"minute", std::chrono::minutes{1}},  time_unit{"sec", std::chrono::seconds{1}},
    time_unit{"secs", std::chrono::seconds{1}},    time_unit{"m", std::chrono::minutes{1}},
    time_unit{"min", std::chrono::minutes{1}},     time_unit{"mins", std::chrono::minutes{1}},
    time_unit{"h", std::chrono::hours{1}},         time_unit{"hour", std::chrono::hours{1}},
    time_unit{"hours", std::chrono::hours{1}},     time_unit{"day", std::chrono::days{1}},
    time_unit{"days", std::chrono::days{1}},       time_unit{"ms", milliseconds{1}},
    time_unit{"milliseconds", milliseconds{1}},
};

std::optional<milliseconds> unit_of(quantity const& said) noexcept
{
    for (auto const& each : time_units) {
        if (equal_ignoring_case(said.unit, each.name))
            return each.is;
    }
    return std::nullopt;
}

/// Returns whole seconds, rounded up. A fraction counts as one more unit.
milliseconds wait_of(quantity const& said, milliseconds unit) noexcept
{
    auto const count = said.has_fraction && said.whole != largest ? said.whole + 1 : said.whole;
    if (count > milliseconds::max().count() / unit.count())
        return milliseconds::max();
    auto const wait = milliseconds{count * unit.count()};
    auto const rest = wait % std::chrono::seconds{1};
    return rest.count() == 0 ? wait : wait + (std::chrono::seconds{1} - rest);
}

void keep_longest(std::optional<milliseconds>& wait, milliseconds other) noexcept
{
    wait = wait ? std::max(*wait, other) : other;
}

/// "retry after 5", "retry_after=149.0", "retryAfter: 3", "RetryAfter(Seconds(37))"; "in" and "of" need a unit.
bool tells_wait(words_before const& before, bool has_unit) noexcept
{
    auto const is = [](std::string_view word, std::string_view other) { return equal_ignoring_case(word, other); };
    if (is(before.nearest, "after"))
        return is(before.further, "retry");
    if (is(before.nearest, "retryafter") || (is(before.nearest, "seconds") && is(before.further, "retryafter")))
        return true;
    if (!has_unit)
        return false;
    return (is(before.nearest, "of") && is(before.further, "wait")) ||
           (is(before.nearest, "in") && (is(before.further, "retry") || is(before.further, "again")));
}

/// Returns whether the word labels a wait only for an error that is one.
bool may_tell_wait(std::string_view word, bool has_unit) noexcept
{
    if (equal_ignoring_case(word, "seconds"))
        return true;
    constexpr std::array words{"wait"sv, "waiting"sv, "for"sv, "sleep"sv, "sleeping"sv};
    return has_unit && std::ranges::any_of(words, [word](auto each) { return equal_ignoring_case(word, each); });
}

/// "FLOOD_WAIT: 25", "SLOWMODE_WAIT 5": a number that is separate from its name.
bool is_wait_of_name(words_before const& before) noexcept
{
    return equal_ignoring_case(before.nearest, "wait") &&
           (equal_ignoring_case(before.further, "flood") || equal_ignoring_case(before.further, "slowmode"));
}

}  // namespace

void told_numbers::read(std::string_view text, token const& word) noexcept
{
    auto const all = word.in(text);
    if (!is_digit(all.front())) {  // "DC4"
        bool const is_dc = all.size() > 2 && all.size() < 6 && equal_ignoring_case(all.substr(0, 2), "dc") &&
                           next_digits(all, 2).size() == all.size() - 2;
        if (is_dc && !number)
            number = parse_digits(all.substr(2));
        return;
    }
    if (!may_follow_label(text.substr(0, word.begin)) && !may_count_stars(text, word))
        return;
    auto const before = look_before(text, word.begin);
    auto const said = quantity_at(text, word.begin);
    auto const is = [&before](std::string_view other) { return equal_ignoring_case(before.nearest, other); };
    auto const unit = unit_of(said);
    if (tells_wait(before, unit.has_value()))
        keep_longest(wait, wait_of(said, unit.value_or(std::chrono::seconds{1})));
    else if (may_tell_wait(before.nearest, unit.has_value()) ||
             (is("floodwait") && (unit || said.whole != 420)) ||  // users' "FloodWait: 25"; 420 is the code of it
             (is_wait_of_name(before) && (unit || (said.unit.empty() && said.whole != 420))))
        keep_longest(seconds, wait_of(said, unit.value_or(std::chrono::seconds{1})));
    else if (is("value") || (is("some") && equal_ignoring_case(before.further, "value")))
        value = value ? value : said.has_fraction && said.whole != largest ? said.whole + 1 : said.whole;
    else if (is("dc") || is("part") || equal_ignoring_case(said.unit, "stars") || equal_ignoring_case(said.unit, "star"))
        number = number ? number : said.whole;
    else if (before.is_negative &&
             (is("id") || (is("chatid") && equal_ignoring_case(before.further, "migratetochatid"))))  // of the new chat
        number = number ? number : -said.whole;
}

}  // namespace mend::detail
