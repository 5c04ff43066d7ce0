#include "error_words.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace explain {
namespace {

using namespace std::string_view_literals;

constexpr std::array error_words{"error"sv,     "err"sv,        "errors"sv,       "warning"sv,      "warn"sv,
                                 "exception"sv, "fatal"sv,      "critical"sv,     "severe"sv,       "panic"sv,
                                 "failed"sv,    "failure"sv,    "fail"sv,         "fails"sv,        "refused"sv,
                                 "cannot"sv,    "exceptions"sv, "problem"sv,      "traceback"sv,    "errno"sv,
                                 "efatal"sv,    "etelegram"sv,  "epipe"sv,        "econnreset"sv,   "econnrefused"sv,
                                 "etimedout"sv, "enotfound"sv,  "eai_again"sv,    "ehostunreach"sv, "enetunreach"sv,
                                 "unable"sv,    "couldn"sv,     "erro"sv,         "crit"sv,         "eror"sv,
                                 "uncaught"sv,  "unhandled"sv,  "unsuccessful"sv, "econnaborted"sv, "esockettimedout"sv,
                                 "eai_fail"sv,  "retrying"sv};
constexpr std::array lower_levels{"info"sv, "debug"sv, "trace"sv, "notice"sv, "verbose"sv};
constexpr std::array no_words{"no"sv, "without"sv, "zero"sv, "0"sv};
constexpr std::array nothing_words{"0"sv, "null"sv, "nil"sv, "none"sv, "false"sv, "ok"sv};

bool same(std::string_view a, std::string_view b) noexcept
{
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool is_one_of(std::string_view word, std::span<std::string_view const> words) noexcept
{
    return std::ranges::any_of(words, [&](std::string_view each) { return same(word, each); });
}

constexpr auto word_characters = [] {
    std::array<bool, 256> result{};
    for (std::size_t c = 0; c < result.size(); ++c)
        result[c] = is_word_character(static_cast<char>(c));
    return result;
}();

std::string_view next_word(std::string_view text, std::size_t position) noexcept
{
    auto const* const end = text.data() + text.size();
    auto const* first = text.data() + position;
    while (first != end && !word_characters[static_cast<unsigned char>(*first)])
        ++first;
    auto const* last = first;
    while (last != end && word_characters[static_cast<unsigned char>(*last)])
        ++last;
    return {first, static_cast<std::size_t>(last - first)};
}

/// "error", "FATAL", and the names of exceptions: "ConnectionResetError", "IOException".
bool is_error_word(std::string_view word) noexcept
{
    return word.ends_with("Error") || word.ends_with("Exception") || is_one_of(word, error_words);
}

/// For each letter, the lengths of the error words and levels that begin with it, as bits.
constexpr auto lengths_of_words = [] {
    std::array<std::uint32_t, 256> result{};
    for (auto const words : {std::span<std::string_view const>{error_words}, std::span<std::string_view const>{lower_levels}})
        for (auto const each : words) {
            result[static_cast<unsigned char>(each.front())] |= 1U << each.size();
            result[static_cast<unsigned char>(each.front() - 'a' + 'A')] |= 1U << each.size();
        }
    return result;
}();

/// A quick test: few words begin like an error word or a level and have its length, or end like the name of an exception.
bool may_matter(std::string_view word) noexcept
{
    auto const lengths = lengths_of_words[static_cast<unsigned char>(word.front())];
    return (word.size() < 32 && (lengths >> word.size() & 1U) != 0) || word.ends_with("Error") || word.ends_with("Exception");
}

/// Whether the line has a Telegram client's own logger, "telethon.network.mtprotosender". They log network failures as INFO.
bool is_clients_logger(std::string_view line, std::string_view word) noexcept
{
    constexpr std::array packages{"telethon"sv, "pyrogram"sv, "hydrogram"sv, "aiogram"sv, "telegram"sv};
    auto const end = end_of(word, line);
    return end < line.size() && line[end] == '.' && std::ranges::find(packages, word) != packages.end();
}

/// Time, level, process and logger precede the message, in any order.
constexpr std::size_t begin_of_lines_message = 80;

bool names_clients_logger(std::string_view line, std::size_t from) noexcept
{
    for (auto word = next_word(line, std::min(from, line.size())); !word.empty(); word = next_word(line, end_of(word, line))) {
        if (is_clients_logger(line, word))
            return true;
    }
    return false;
}

/// "Raise EOFError if", "it raises TimeoutError.", "an exception is raised", "the connection will also fail": a description of
/// possible errors.
bool is_described(std::string_view line, std::string_view before, std::string_view word) noexcept
{
    constexpr std::array verbs{"raise"sv, "raises"sv};
    constexpr std::array future{"will"sv, "also"sv, "if"sv};
    constexpr std::array passive{" exception is raised"sv, " exception will be raised"sv, " is raised"sv, " will be raised"sv,
                                 " raised in "sv};
    auto const behind = line.substr(end_of(word, line));
    if (is_one_of(before, verbs))
        return !behind.starts_with('(') && !behind.starts_with(": ");
    auto const ahead = line.substr(0, end_of(before, line) - before.size());
    if (same(word, "fails"sv) && !before.empty() && (ahead.ends_with("if ") || ahead.ends_with("If ")))
        return true;
    return (same(word, "fail"sv) && is_one_of(before, future)) ||
           std::ranges::any_of(passive, [behind](auto each) { return behind.starts_with(each); });
}

/// "error=0", "err: nil", "errors: none": no error.
bool is_taken_back(std::string_view line, std::string_view word) noexcept
{
    auto const end = end_of(word, line);
    auto const after = next_word(line, end);
    auto const between = line.substr(end, end_of(after, line) - after.size() - end);
    return !after.empty() && is_one_of(after, nothing_words) &&
           std::ranges::all_of(between, [](char c) { return is_space(c) || c == '=' || c == ':' || c == '"' || c == '\''; });
}

/// "Timed out", "connection timed out", "timed out after 5 s"; but "fence timed out" and "timed out when syncing" are not.
bool tells_timeout(std::string_view line) noexcept
{
    constexpr std::array timed{"connection"sv, "connect"sv,   "operation"sv, "request"sv, "read"sv,     "write"sv,     "socket"sv,
                               "upstream"sv,   "handshake"sv, "resolving"sv, "receive"sv, "fetching"sv, "connecting"sv};
    constexpr auto words = "imed out"sv;
    constexpr auto rare = words.substr(1);  // few words have an m
    for (auto found = line.find(rare); found != std::string_view::npos; found = line.find(rare, found + 1)) {
        auto const at = found - std::min<std::size_t>(found, 1);
        if (line[at] != words.front())
            continue;
        auto const behind = line.substr(at + words.size());
        bool const ends = behind.empty() || ".,;:!)]'\""sv.find(behind.front()) != std::string_view::npos;
        if (ends || behind.starts_with(" after "sv))
            return true;
        auto const before = trimmed(line.substr(0, at == 0 ? 0 : at - 1));
        auto begin = before.size();
        while (begin > 0 && is_word_character(before[begin - 1]))
            --begin;
        if (is_one_of(before.substr(begin), timed))
            return true;
    }
    return false;
}

/// Whether the text has the sentence. Searches for its part `rare`, which begins with a letter that few words have.
bool holds(std::string_view line, std::string_view sentence, std::string_view rare) noexcept
{
    auto const offset = sentence.find(rare);
    for (auto at = line.find(rare); at != std::string_view::npos; at = line.find(rare, at + 1)) {
        if (at >= offset && line.substr(at - offset).starts_with(sentence))
            return true;
    }
    return false;
}

/// Only the first letter of a sentence may change its case.
bool has_error_sentence(std::string_view line) noexcept
{
    return holds(line, "eset by peer", "by peer") || holds(line, "does not indicate success", "dicate success") ||
           holds(line, "erver closed the connection", "ver closed the connection");
}

}  // namespace

bool has_error_word(std::string_view line) noexcept
{
    std::string_view before;
    bool is_of_client = false;
    for (auto word = next_word(line, 0); !word.empty(); before = word, word = next_word(line, end_of(word, line))) {
        is_of_client |= is_clients_logger(line, word);
        if (!may_matter(word))
            continue;
        if (is_one_of(word, lower_levels)) {
            is_of_client |= names_clients_logger(line.substr(0, begin_of_lines_message), end_of(word, line));
            if (!same(word, "info"sv) || !is_of_client)
                return false;
            continue;
        }
        if (is_error_word(word) && !is_one_of(before, no_words) && !is_taken_back(line, word) &&
            !is_described(line, before, word))
            return true;
    }
    return has_error_sentence(line) || tells_timeout(line);
}

}  // namespace explain
