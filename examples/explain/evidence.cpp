#include "evidence.hpp"

#include "error_reply.hpp"
#include "printable.hpp"

#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace explain {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_text = 100;  ///< bytes of what is counted as a text

constexpr std::array error_words{"error"sv, "err"sv,      "errors"sv,  "warning"sv, "warn"sv,     "exception"sv,
                                 "fatal"sv, "critical"sv, "severe"sv,  "panic"sv,   "failed"sv,   "failure"sv,
                                 "fail"sv,  "fails"sv,    "refused"sv, "cannot"sv,  "traceback"sv};
constexpr std::array lower_levels{"info"sv, "debug"sv, "trace"sv, "notice"sv, "verbose"sv};
constexpr std::array no_words{"no"sv, "without"sv, "zero"sv, "0"sv};
constexpr std::array nothing_words{"0"sv, "null"sv, "nil"sv, "none"sv, "false"sv, "ok"sv};

/// Sentences that stand in ordinary lines, too.
constexpr std::array weak_sentences{"proxy"sv, "connection"sv,     "retry in {seconds} seconds"sv,
                                    "<html"sv, "<!doctype html"sv, "no workers running"sv};

bool is_word_character(char c) noexcept
{
    return is_digit(c) || c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

bool same(std::string_view a, std::string_view b) noexcept
{
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool is_one_of(std::string_view word, std::span<std::string_view const> words) noexcept
{
    return std::ranges::any_of(words, [&](std::string_view each) { return same(word, each); });
}

std::string_view next_word(std::string_view text, std::size_t position) noexcept
{
    while (position < text.size() && !is_word_character(text[position]))
        ++position;
    auto end = position;
    while (end < text.size() && is_word_character(text[end]))
        ++end;
    return text.substr(position, end - position);
}

std::size_t end_of(std::string_view part, std::string_view text) noexcept
{
    return static_cast<std::size_t>(part.data() - text.data()) + part.size();
}

/// "error", "FATAL", and the names of exceptions: "ConnectionResetError", "IOException".
bool is_error_word(std::string_view word) noexcept
{
    return is_one_of(word, error_words) || word.ends_with("Error") || word.ends_with("Exception");
}

/// "error=0", "err: nil", "errors: none": it says that there is none.
bool is_taken_back(std::string_view line, std::string_view word) noexcept
{
    auto const end = end_of(word, line);
    auto const after = next_word(line, end);
    auto const between = line.substr(end, end_of(after, line) - after.size() - end);
    return !after.empty() && is_one_of(after, nothing_words) &&
           std::ranges::all_of(between, [](char c) { return is_space(c) || c == '=' || c == ':' || c == '"' || c == '\''; });
}

/// Is it where a client writes an RPC error: "[400 NAME]", "(400: NAME", "420: NAME", "code 420: NAME"?
bool stands_behind_code(std::string_view line, std::string_view name) noexcept
{
    auto at = end_of(name, line) - name.size();
    bool marked = false;
    while (at > 0 && (line[at - 1] == ' ' || line[at - 1] == ':' || line[at - 1] == ']')) {
        --at;
        marked |= line[at] != ' ';
    }
    auto const end = at;
    while (at > 0 && is_digit(line[at - 1]))
        --at;
    if (end - at != 3 || line[at] < '3' || line[at] > '5')
        return false;
    if (at > 0 && line[at - 1] == '-')
        --at;
    char const before = at == 0 ? ' ' : line[at - 1];
    return before == '[' || before == '(' || (marked && !is_word_character(before) && before != ':');
}

/// Without a date and a time in front.
std::string_view without_time(std::string_view line) noexcept
{
    std::size_t at = 0;
    while (at < line.size()) {
        char const c = line[at];
        bool const in_time = is_digit(c) || " -:.,/+[]()|"sv.find(c) != std::string_view::npos;
        bool const in_iso_time = (c == 'T' || c == 'Z') && at > 0 && is_digit(line[at - 1]);
        if (!in_time && !in_iso_time)
            break;
        ++at;
    }
    return at == line.size() || at > 40 ? line : line.substr(at);
}

std::string counted_as(std::string_view text)
{
    return shortened(printable(without_digits(trimmed(text.substr(0, 4 * longest_text)))), longest_text);
}

/// "FLOOD_WAIT_#" of FLOOD_WAIT_{seconds}.
std::string without_slots(std::string_view pattern)
{
    std::string result;
    for (bool inside = false; char const c : pattern) {
        inside = inside || c == '{';
        if (!inside)
            result += c;
        else if (c == '}')
            result += '#';
        inside = inside && c != '}';
    }
    return result;
}

/// From where the sentence begins in the line.
std::string_view from_sentence(std::string_view line, std::string_view pattern) noexcept
{
    auto const literal = pattern.substr(0, pattern.find('{'));
    auto const found = std::ranges::search(line, literal, {}, to_lower, to_lower);
    return found.empty() ? line : line.substr(static_cast<std::size_t>(found.begin() - line.begin()));
}

/// What stands behind `prefix`, in quotes perhaps; empty where the rule is of another kind.
std::string_view rule_of(std::string_view because, std::string_view prefix) noexcept
{
    if (!because.starts_with(prefix))
        return {};
    because.remove_prefix(prefix.size());
    if (because.starts_with('"') && because.ends_with('"') && because.size() > 1)
        because = because.substr(1, because.size() - 2);
    return because;
}

finding found_error(mend::classification const& says, std::string text, std::string_view unknown_name = {})
{
    return {line_kind::error, says, std::move(text), std::string{unknown_name}};
}

finding look_at_reply(mend::failure const& reply)
{
    auto const why = mend::telegram::rules().explain(reply);
    std::string_view unknown;
    if (rule_of(why.because, "the name ").empty())
        unknown = mend::telegram::rules().unknown_name(reply);
    auto text = reply.message.empty() ? "code " + std::to_string(reply.code) : counted_as(reply.message);
    return found_error(why.says, std::move(text), unknown);
}

}  // namespace

bool has_error_word(std::string_view line) noexcept
{
    std::string_view before;
    for (auto word = next_word(line, 0); !word.empty(); before = word, word = next_word(line, end_of(word, line))) {
        if (is_one_of(word, lower_levels))
            return false;
        if (is_error_word(word) && !is_one_of(before, no_words) && !is_taken_back(line, word))
            return true;
    }
    return std::ranges::search(line, "reset by peer"sv, {}, to_lower).begin() != line.end() ||
           std::ranges::search(line, "timed out"sv, {}, to_lower).begin() != line.end();
}

finding look_at(std::string_view line)
{
    if (auto const reply = find_reply(line))
        return look_at_reply(reply->what);

    mend::failure asked;
    asked.message = line;
    auto const why = mend::telegram::rules().explain(asked);
    if (auto const name = rule_of(why.because, "the name "); !name.empty())
        return found_error(why.says, without_slots(name));
    auto const sentence = rule_of(why.because, "the text ");
    if (!sentence.empty() && std::ranges::find(weak_sentences, sentence) == weak_sentences.end())
        return found_error(why.says, counted_as(from_sentence(line, sentence)));
    auto const name = mend::telegram::rules().unknown_name(asked);
    if (!name.empty() && stands_behind_code(asked.message, name))
        return found_error(why.says, counted_as(name), name);
    if (!has_error_word(line))
        return {};
    if (!why.rule)
        return {line_kind::unrecognised, {}, counted_as(without_time(line)), {}};
    return found_error(why.says, counted_as(without_time(line)));
}

}  // namespace explain
