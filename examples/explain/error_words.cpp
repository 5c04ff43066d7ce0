#include "error_words.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
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

std::string_view next_word(std::string_view text, std::size_t position) noexcept
{
    while (position < text.size() && !is_word_character(text[position]))
        ++position;
    auto end = position;
    while (end < text.size() && is_word_character(text[end]))
        ++end;
    return text.substr(position, end - position);
}

/// "error", "FATAL", and the names of exceptions: "ConnectionResetError", "IOException".
bool is_error_word(std::string_view word) noexcept
{
    return is_one_of(word, error_words) || word.ends_with("Error") || word.ends_with("Exception");
}

/// Most words of a log begin as no error word and no level does, and end as no exception's name does.
bool may_matter(std::string_view word) noexcept
{
    static constexpr auto begins_one = [] {
        std::array<bool, 256> result{};
        for (auto const words : {std::span<std::string_view const>{error_words}, std::span<std::string_view const>{lower_levels}})
            for (auto const each : words) {
                result[static_cast<unsigned char>(each.front())] = true;
                result[static_cast<unsigned char>(each.front() - 'a' + 'A')] = true;
            }
        return result;
    }();
    return begins_one[static_cast<unsigned char>(word.front())] || word.back() == 'r' || word.back() == 'n';
}

/// Does a Telegram client's own logger stand there, "telethon.network.mtprotosender"? They report failures of the network as INFO.
bool is_clients_logger(std::string_view line, std::string_view word) noexcept
{
    constexpr std::array packages{"telethon"sv, "pyrogram"sv, "hydrogram"sv, "aiogram"sv, "telegram"sv};
    auto const end = end_of(word, line);
    return end < line.size() && line[end] == '.' && std::ranges::find(packages, word) != packages.end();
}

/// In front of the message stand time, level, process and logger, in any order.
constexpr std::size_t begin_of_lines_message = 80;

bool names_clients_logger(std::string_view line, std::size_t from) noexcept
{
    for (auto word = next_word(line, std::min(from, line.size())); !word.empty(); word = next_word(line, end_of(word, line))) {
        if (is_clients_logger(line, word))
            return true;
    }
    return false;
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

/// "Timed out", "connection timed out", "timed out after 5 s"; but "fence timed out" and "timed out when syncing" may be of anything.
bool tells_timeout(std::string_view line) noexcept
{
    constexpr std::array timed{"connection"sv, "connect"sv,   "operation"sv, "request"sv, "read"sv,     "write"sv,     "socket"sv,
                               "upstream"sv,   "handshake"sv, "resolving"sv, "receive"sv, "fetching"sv, "connecting"sv};
    constexpr auto words = "imed out"sv;
    for (auto at = line.find(words); at != std::string_view::npos; at = line.find(words, at + 1)) {
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
        if (is_error_word(word) && !is_one_of(before, no_words) && !is_taken_back(line, word))
            return true;
    }
    // Of a sentence only the first letter changes its case.
    return line.find("eset by peer"sv) != std::string_view::npos ||
           line.find("does not indicate success"sv) != std::string_view::npos ||
           line.find("erver closed the connection"sv) != std::string_view::npos || tells_timeout(line);
}

}  // namespace explain
