// Tells the code of an error from the other numbers of a text.
#pragma once

#include <mend/impl/classify/stated_code.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/preceding_text.hpp>
#include <mend/impl/classify/status_words.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

bool ends_with_ignoring_case(std::string_view text, std::string_view end) noexcept
{
    return text.size() >= end.size() && std::ranges::equal(text.substr(text.size() - end.size()), end, {}, to_lower);
}

/// A name that cannot be an ordinary word: FLOOD_WAIT_37, but neither HTTP nor SOCKS5.
bool is_compound_name(token const& word) noexcept
{
    return word.in_capitals() && word.has(token::underscore);
}

/// "code 420", "Error code: 429", "RPCError 420", "TelegramError: 400", "ETELEGRAM: 401", "error=400", "statusCode=407", but
/// not the statuses of HTTP libraries: "HTTP code 407", "HTTPError: 401".
bool is_labelled(std::string_view text, std::size_t number_begin) noexcept
{
    auto end = number_begin;
    while (end > 0 && number_begin - end < 8 &&
           (is_space(text[end - 1]) || " :=\"'"sv.find(text[end - 1]) != std::string_view::npos))
        --end;
    auto begin = end;
    while (begin > 0 && end - begin < 64 && is_word_character(text[begin - 1]))
        --begin;
    auto const label = text.substr(begin, end - begin);
    constexpr std::array labels{"code"sv, "error"sv, "exception"sv, "etelegram"sv};
    if (std::ranges::none_of(labels, [label](auto each) { return ends_with_ignoring_case(label, each); }))
        return false;
    auto const before = text.substr(begin < 12 ? 0 : begin - 12, std::min<std::size_t>(begin, 12));
    if (label.ends_with("KeyError"))
        return false;  // it is the key
    if (text[number_begin - (number_begin == 0 ? 0 : 1)] == '\'' &&
        (ends_with_ignoring_case(before, "client ") || ends_with_ignoring_case(before, "server ")))
        return false;  // httpx: "Client error '401 Unauthorized'"
    bool const is_http = ends_with_ignoring_case(label.substr(0, 4), "http");  // "HttpClientErrorException: 401 UNAUTHORIZED"
    return !is_http && !label.starts_with("Proxy") && !ends_with_ignoring_case(before, "socket ") &&
           !ends_with_ignoring_case(before, "proxy ") && !ends_with_ignoring_case(before, "http ") &&
           !ends_with_ignoring_case(before, "http status ");
}

/// The levels of logs: a number next to one is a process or thread.
constexpr std::array levels{"error"sv,    "err"sv,    "warn"sv, "warning"sv, "fatal"sv, "info"sv,
                            "critical"sv, "severe"sv, "crit"sv, "debug"sv,   "trace"sv, "notice"sv};

/// "ERROR", "[error]"; but "Error" and "error" are words.
bool is_level(std::string_view text, token const& word) noexcept
{
    auto const all = word.in(text);
    if (std::ranges::none_of(levels,
                             [all](auto each) { return all.size() == each.size() && ends_with_ignoring_case(all, each); }))
        return false;
    return word.in_capitals() || (word.begin > 0 && text[word.begin - 1] == '[' && text.substr(word.end).starts_with(']'));
}

constexpr auto between_columns = " \t[](){}|:-"sv;
constexpr std::size_t widest_gap = 6;

/// Returns the first word behind the position, if only the marks between two columns of a log precede it.
token column_behind(std::string_view text, std::size_t at) noexcept
{
    auto const end = std::min(text.size(), at + widest_gap);
    while (at < end && between_columns.find(text[at]) != std::string_view::npos)
        ++at;
    auto const word = next_token(text, at);
    return word.begin == at ? word : token{};
}

/// Returns whether the number is in the column behind a log's level: "ERROR 426 ---", "ERROR [426] ", "ERROR:426:". The number of
/// "ERROR: 429" is the error's.
bool is_behind_level(std::string_view text, std::size_t number_begin) noexcept
{
    auto end = number_begin;
    while (end > 0 && number_begin - end < widest_gap && between_columns.find(text[end - 1]) != std::string_view::npos)
        --end;
    auto const word = word_before(text, end);
    if (end == number_begin || word.empty() || text.substr(end, number_begin - end).ends_with(": "))
        return false;
    auto level = next_token(text, end - word.size());
    level.end = end;
    return is_level(text, level);
}

/// Returns whether the text begins with the status' words: "Bad Gateway" or "BAD_GATEWAY" for 502.
bool begins_with_words_of(std::int64_t status, std::string_view text) noexcept
{
    auto const same = [](char a, char b) { return (a == '_' ? ' ' : to_lower(a)) == b; };
    return std::ranges::any_of(all_status_words, [&](auto const& each) {
        return each.status == status && text.size() >= each.words.size() &&
               std::ranges::equal(text.substr(0, each.words.size()), each.words, same);
    });
}

/// Returns whether a program's words for an answer of Telegram precede: "Error message: ", "Telegram API - ", "Telegram Bot API
/// responded with status ".
bool follows_words_of_program(std::string_view text, std::size_t number_begin) noexcept
{
    constexpr std::array verbs{"returned"sv, "responded"sv, "replied"sv, "answered"sv,
                               "says"sv,     "with"sv,      "status"sv,  "response"sv};
    constexpr int most_words = 3;
    constexpr std::size_t widest = 4;
    auto end = number_begin;
    if (ends_with_ignoring_case(text.substr(0, end), "error message: "))
        return true;
    for (int words = 0; words <= most_words; ++words) {
        auto const from = end;
        while (end > 0 && from - end < widest && " :-"sv.find(text[end - 1]) != std::string_view::npos)
            --end;
        auto const before = text.substr(0, end);
        if (before.ends_with("Telegram API") || before.ends_with("Telegram Bot API"))
            return true;
        auto const word = word_before(text, end);
        if (std::ranges::find(verbs, word) == verbs.end())
            return false;
        end -= word.size();
    }
    return false;
}

/// Returns whether only spaces follow.
bool is_last(std::string_view text, std::size_t position, std::size_t limit) noexcept
{
    while (position < limit && is_space(text[position]))
        ++position;
    return position >= limit;
}

/// "404 Not Found", "401: Unauthorized"
bool has_its_words(std::string_view text, token const& number, std::size_t limit) noexcept
{
    auto rest = text.substr(number.end, limit - number.end);
    if (rest.starts_with(':'))
        rest.remove_prefix(1);
    return rest.starts_with(' ') && begins_with_words_of(parse_digits(number.in(text)), rest.substr(1));
}

/// Returns whether nothing, a colon, the status' words or a name follows: "[ERROR] 429: x", "ERROR 502 Bad Gateway", "ERROR 400
/// PEER_ID_INVALID".
bool is_explained(std::string_view text, token const& number, std::size_t limit) noexcept
{
    auto const behind = text.substr(number.end, limit - number.end);
    if (behind.starts_with(": ") || is_last(text, number.end, limit))
        return true;
    auto const word = column_behind(text.substr(0, limit), number.end);
    if (is_compound_name(word))
        return true;
    return !word.empty() && begins_with_words_of(parse_digits(number.in(text)), text.substr(word.begin));
}

/// Returns whether it is the number of a process or thread: "bot[426]: ", "[426] [ERROR] ", "ERROR 426 --- [main]".
bool is_of_process(std::string_view text, token const& number, std::size_t limit) noexcept
{
    auto const begin = number.begin;
    if (begin > 1 && text[begin - 1] == '[' && is_word_character(text[begin - 2]) && text.substr(number.end).starts_with(']') &&
        !is_labelled(text, begin - 1))
        return true;
    auto const level = column_behind(text.substr(0, limit), number.end);
    if (!level.empty() && is_level(text, level) &&
        !text.substr(number.end).starts_with(": [Error]: "))  // old servers put it in front of a description
        return true;
    return is_behind_level(text, begin) && !is_explained(text, number, limit);
}

/// "(-429), caused by", "(-503) (Timedout)", "(negative length -404)"
bool is_transport_code(std::string_view text, std::size_t begin, std::size_t end) noexcept
{
    auto const behind = text.substr(end);
    auto const before = text.substr(0, begin);
    return before.ends_with("(negative length ") ||
           (before.ends_with(" (") && (behind.empty() || behind.front() == ',' || behind.starts_with(" (")));
}

/// Returns whether the number is where clients print the code of an error.
bool is_in_place_of_code(std::string_view text, token const& number, std::size_t limit) noexcept
{
    auto const begin = number.begin - (is_negative(text, number) ? 1 : 0);
    auto const preceding = begin == 0 ? '\0' : text[begin - 1];
    auto const following = number.end >= limit ? '\0' : text[number.end];
    if (preceding == '[')
        return following == ' ' || following == ']' || following == ':';
    if (following == ':' && (begin == 0 || preceding == '(' || is_behind_level(text, begin)))
        return true;
    if (begin != number.begin && following == ')' && is_transport_code(text, begin, number.end + 1))
        return true;
    if (text.substr(0, begin).ends_with(": api: ") && text.substr(number.end).starts_with(" \""))
        return true;  // telego's: `api: 401 "Unauthorized"`
    if (preceding == '(' && text.substr(number.end).starts_with("): ") && is_labelled(text, begin - 1))
        return true;  // "error (401): "
    if (preceding == '(' && following == ')' && is_last(text, number.end + 1, limit)) {
        auto const before = begin < 3 ? '_' : text[begin - 3];  // "FLOOD_WAIT (420)" is a wait
        return text[begin == 1 ? 0 : begin - 2] == ' ' && !(before >= 'A' && before <= 'Z') && before != '_';
    }
    if (is_labelled(text, begin))
        return !text.substr(number.end).starts_with(" Can't connect to ");  // LWP's own answer
    if (begin == number.begin && has_its_words(text, number, limit) && follows_words_of_program(text, begin))
        return true;
    if (following != ' ' && following != ':')
        return false;
    auto const after = next_token(text, number.end);
    auto const between = text.substr(number.end, after.begin - number.end);
    auto const free = begin == 0 || !is_word_character(preceding);
    return free && is_compound_name(after) && (between == " " || between == ": " || between == ":") &&
           !begins_with_words_of(parse_digits(number.in(text)), after.in(text));  // of HTTP: "400 BAD_REQUEST"
}

}  // namespace

bool is_negative(std::string_view text, token const& number) noexcept
{
    return number.begin > 0 && text[number.begin - 1] == '-' && (number.begin == 1 || !is_word_character(text[number.begin - 2]));
}

bool is_code(std::string_view text, token const& number, std::size_t limit) noexcept
{
    return is_in_place_of_code(text, number, limit) && !is_of_process(text, number, limit);
}

}  // namespace mend::detail
