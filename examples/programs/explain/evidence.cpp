#include "evidence.hpp"

#include "error_reply.hpp"
#include "error_words.hpp"
#include "log_format.hpp"
#include "text.hpp"

#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/impl/telegram/page.hpp>
#include <mend/redact.hpp>
#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace explain {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_text = 100;  ///< bytes of a text that are counted

/// Sentences that ordinary lines have, too, like all words about the network and proxies.
constexpr std::array weak_sentences{"retry in {seconds} seconds"sv,
                                    "no workers running"sv,
                                    "gateway timeout"sv,
                                    "service unavailable"sv,
                                    "service temporarily unavailable"sv,
                                    "member not found"sv,
                                    "topic not found"sv,
                                    "user not found"sv,
                                    "file is too big"sv,
                                    "user is an administrator of the chat"sv,
                                    "poll must have at least"sv,
                                    "poll can't have more than"sv,
                                    "type of file mismatch"sv,
                                    "method is available for supergroup and channel chats only"sv,
                                    "no healthy upstream"sv,
                                    "upstream request timeout"sv};

bool is_weak(mend::classification const& says, std::string_view sentence) noexcept
{
    return says.what == mend::category::connection || says.what == mend::category::proxy ||
           std::ranges::find(weak_sentences, sentence) != weak_sentences.end();
}

/// Words of errors that no setting has: "i/o timeout" is not a setting, "read timeout" may be one.
constexpr std::array strong_words{"curl: ("sv,
                                  "curl error "sv,
                                  "dial tcp"sv,
                                  "i/o timeout"sv,
                                  "x509: "sv,
                                  "getaddrinfo "sv,
                                  "no such host"sv,
                                  "connect e"sv,
                                  "winerror "sv,
                                  "socketexception"sv,
                                  "engine "sv,
                                  "could not resolve host"sv,
                                  "failed to connect to"sv,
                                  "socket hang up"sv,
                                  "all connection attempts failed"sv,
                                  "context deadline exceeded"sv,
                                  "timeout exceeded"sv,
                                  "tls handshake timeout"sv,
                                  "server misbehaving"sv,
                                  "unexpected eof"sv,
                                  "first record does not"sv,
                                  "max retries exceeded"sv,
                                  "http 400"sv,
                                  "server closed the connection"sv,
                                  "connection closed while"sv,
                                  "at connecting failed"sv,
                                  "failed reconnection attempt"sv,
                                  "remote end closed"sv,
                                  "closed network connection"sv,
                                  "net::err_"sv,
                                  "execution expired"sv,
                                  "connecting again and retrying"sv,
                                  "unexpected token <"sv,
                                  "unexpected token '<'"sv,
                                  "invalid character '<'"sv,
                                  "expecting value: line 1"sv,
                                  "send() raised exception"sv,
                                  "remotedisconnected"sv,
                                  "server sent goaway"sv,
                                  "host not found ("sv,
                                  "header parser received no bytes"sv,
                                  "invalid peer certificate"sv,
                                  "und_err_"sv,
                                  "unexpected character ('<'"sv,
                                  "'<' is an invalid"sv,
                                  "nsurlerrordomain"sv,
                                  "proxy response ("sv};

/// Phrases about the network with which a program begins a message; after other words a person may have written them.
constexpr std::array network_sentences{"poor internet connection"sv, "no internet"sv};

/// Phrases in which client libraries (urllib3, httpcore, python-telegram-bot, TDLib) report a failed request, at any log level.
constexpr std::array failed_requests{")) after connection broken by '"sv, ".failed exception="sv,
                                     "All connections in the connection pool are occupied. Request was *not* sent"sv,
                                     ": [Error : 0 : "sv};

bool is_strong(std::string_view words) noexcept
{
    return std::ranges::any_of(strong_words, [words](auto each) { return words.starts_with(each); });
}

/// Warnings of clients about which no request failed.
constexpr std::array harmless_sentences{"onnection pool is full"sv, "nverified HTTPS request is being made"sv,
                                        "InsecureRequestWarning"sv};

bool is_harmless(std::string_view line) noexcept
{
    return std::ranges::any_of(harmless_sentences, [&](auto each) { return line.find(each) != std::string_view::npos; });
}

/// Names that settings have, too; "httpx.ReadTimeout" and "Net::ReadTimeout" are not settings.
constexpr std::array class_words{"readtimeout"sv,    "connecttimeout"sv, "opentimeout"sv,     "writetimeout"sv,
                                 "requesttimeout"sv, "pooltimeout"sv,    "connectionfailed"sv};

/// Whether the name has the form of a client's RPC error: "[400 NAME]", "(400: NAME", "420: NAME", "code 420: NAME".
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

/// Whether stands_behind_code() can find a name in the line. Most lines have no such number, or no capitals after it.
bool may_hold_code(std::string_view line) noexcept
{
    if (line.find('_') == std::string_view::npos)  // every name of unknown_name() has one
        return false;
    for (std::size_t at = 3; at < line.size(); ++at) {
        if (line[at] != ' ' && line[at] != ':' && line[at] != ']')
            continue;
        if (!is_digit(line[at - 1]) || !is_digit(line[at - 2]) || line[at - 3] < '3' || line[at - 3] > '5')
            continue;
        auto const name = line.find_first_not_of(" :]", at);
        if (name == std::string_view::npos)
            return false;
        if (line[name] < 'a' || line[name] > 'z')
            return true;
    }
    return false;
}

/// "Bad Request: NAME"
bool stands_behind_description(std::string_view line, std::string_view name) noexcept
{
    return !name.empty() && line.substr(0, end_of(name, line) - name.size()).ends_with("Request: ");
}

/// Removes a date and a time at the beginning.
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

/// Sets the shown text and the key of the error.
void show(finding& found, std::string_view text)
{
    auto const shown = mend::redact(trimmed(text.substr(0, 4 * longest_text)));
    found.text = shortened(printable(without_digits(shown)), longest_text);
    found.key = shortened(without_details(shown), longest_text);
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

/// The line from the beginning of the sentence.
std::string_view from_sentence(std::string_view line, std::string_view pattern) noexcept
{
    auto const literal = pattern.substr(0, pattern.find('{'));
    auto const found = std::ranges::search(line, literal, {}, to_lower, to_lower);
    return found.empty() ? line : line.substr(static_cast<std::size_t>(found.begin() - line.begin()));
}

/// The text after `prefix`, perhaps in quotes; empty if the rule is of another kind.
std::string_view rule_of(std::string_view because, std::string_view prefix) noexcept
{
    if (!because.starts_with(prefix))
        return {};
    because.remove_prefix(prefix.size());
    if (because.starts_with('"') && because.ends_with('"') && because.size() > 1)
        because = because.substr(1, because.size() - 2);
    return because;
}

/// "Improved handling of 502 Bad Gateway answers": prose about errors.
bool is_of_many(std::string_view line, std::string_view sentence) noexcept
{
    constexpr std::array many{" answers"sv, " errors"sv, " pages"sv, " replies"sv, " responses"sv};
    auto const from = from_sentence(line, sentence);
    auto const behind = from.substr(std::min(sentence.size(), from.size()));
    return std::ranges::any_of(many, [behind](auto each) {
        return behind.starts_with(each) && (behind.size() == each.size() || !is_word_character(behind[each.size()]));
    });
}

/// "too many requests in the queue?" is prose; "Too Many Requests for url: ..." and "Too Many Requests in /a.php:5" are not.
bool goes_on_as_prose(std::string_view line, std::string_view sentence) noexcept
{
    if (sentence != "too many requests")
        return false;
    auto const from = from_sentence(line, sentence);
    auto const behind = from.substr(std::min(sentence.size(), from.size()));
    bool const is_word = behind.size() > 1 && behind.front() == ' ' && behind[1] >= 'a' && behind[1] <= 'z';
    return behind.starts_with('?') || (is_word && !behind.starts_with(" for url") && !behind.starts_with(" in /"));
}

finding found_error(mend::explanation const& why, std::string_view text, std::string_view unknown_name = {})
{
    finding result{line_kind::error, why.says, {}, {}, std::string{unknown_name}, kind_of_rule(why.because), {}};
    show(result, text);
    return result;
}

finding look_at_reply(mend::failure const& reply)
{
    auto const why = mend::telegram::rules().explain(reply);
    std::string_view unknown;
    if (rule_of(why.because, "the name ").empty())
        unknown = mend::telegram::rules().unknown_name(reply);
    auto result = found_error(why, reply.message, unknown);
    if (reply.message.empty())
        result.text = result.key = "code " + std::to_string(reply.code);
    return result;
}

/// How a server logs a request that it has answered: "GET / HTTP/1.1" 502 Bad Gateway.
bool is_of_access(std::string_view before_status) noexcept
{
    auto const before = trimmed(before_status);
    auto const request = before.rfind("HTTP/");
    return before.ends_with('"') && request != std::string_view::npos && before.size() - request < 10;
}

/// A server's line about a request that it has answered itself: "POST /hook HTTP/1.1" 502 Bad Gateway.
bool is_access(std::string_view line) noexcept
{
    constexpr auto protocol = "HTTP/"sv;
    for (auto at = line.find(protocol); at != std::string_view::npos; at = line.find(protocol, at + 1)) {
        auto const mark = line.substr(at, 12).find('"');
        auto const rest = mark == std::string_view::npos ? std::string_view{} : line.substr(at + mark);
        if (rest.size() >= 5 && is_of_access(line.substr(0, line.size() - rest.size() + 1)) && rest[1] == ' ' &&
            is_digit(rest[2]) && is_digit(rest[3]) && is_digit(rest[4]))
            return true;
    }
    return false;
}

/// "504 Gateway Timeout", "504 (Gateway Timeout)"
bool follows_status(std::string_view line, std::string_view sentence) noexcept
{
    auto before = trimmed(line.substr(0, line.size() - from_sentence(line, sentence).size()));
    if (before.ends_with('('))
        before = trimmed(before.substr(0, before.size() - 1));
    auto const word = before.substr(before.find_last_not_of("0123456789") + 1);
    return word.size() == 3 && (word.front() == '4' || word.front() == '5') &&
           !is_of_access(before.substr(0, before.size() - word.size()));
}

/// Only digits and marks of a date and a time.
bool is_time(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || " -:.,/+[]()|TZ"sv.find(c) != std::string_view::npos; });
}

/// A status with its words, "409 (Conflict)", or a line with nothing else: "HTTP 502".
bool is_certain_status(std::string_view line, std::string_view words) noexcept
{
    auto const from = from_sentence(line, words);
    auto const before = line.substr(0, line.size() - from.size());
    auto const behind = trimmed(from.substr(std::min(words.size(), from.size())));
    if (is_digit(words.front()))
        return words.size() > 4 && !words.starts_with("403") && !is_of_access(before);
    constexpr std::array introductions{"failed with "sv, "returned "sv, "responded with "sv};
    if (words.starts_with("status ") &&
        std::ranges::any_of(introductions, [before](auto each) { return before.ends_with(each); }))
        return true;
    return words.starts_with("http ") && is_time(before) && (behind.empty() || behind == ".");
}

/// Whether the rule can only match an error: a Bot API description, a page with the status of an error, words that no setting
/// has.
bool is_certain(mend::explanation const& why, std::string_view line)
{
    auto const& because = why.because;
    if (!why.rule)
        return false;
    if (line.find("curl: (") != std::string_view::npos || line.find("x509: ") != std::string_view::npos)
        return true;
    if (std::ranges::any_of(failed_requests, [line](auto each) { return line.find(each) != std::string_view::npos; }))
        return true;
    if (because.starts_with("a word of the Bot API"))
        return true;  // the rule requires the form of a client's code
    if (because.starts_with("a page "))
        return mend::telegram::status_of_page(line.substr(std::min(line.size(), mend::detail::error_text::parse(line).page))) >=
               400;
    if (auto const words = rule_of(because, "the words "); !words.empty()) {
        if (words == "flood wait")
            return why.says.retry_after.has_value();
        bool const is_network = std::ranges::find(network_sentences, words) != network_sentences.end();
        if (!is_network && std::ranges::find(class_words, words) == class_words.end())
            return is_strong(words) || is_certain_status(line, words);
        auto const from = from_sentence(line, words);
        auto const before = line.substr(0, line.size() - from.size());
        if (is_network)
            return is_time(before);
        return before.ends_with('.') || before.ends_with("::") || (is_time(before) && trimmed(from).size() == words.size());
    }
    if (because.starts_with("the end of a connection"))
        return line.find("\": EOF") != std::string_view::npos;
    if (because.starts_with("a wait that the text "))
        return line.find("RetryAfter") != std::string_view::npos || line.find("A wait of ") != std::string_view::npos ||
               mend::detail::error_text::parse(line).states_code;
    auto const sentence = rule_of(because, "the text ");
    if (!sentence.empty() && follows_status(line, sentence))
        return true;
    if (sentence.empty() && !because.starts_with("the code ") && !because.starts_with("a code "))
        return false;
    auto const stated = mend::detail::error_text::parse(line);
    auto const label = line.substr(0, stated.is_bot_api() ? stated.description : 0);
    if (stated.states_code && line.find("Telegram API") != std::string_view::npos)
        return true;
    bool const is_description = label.ends_with(": ") && !label.ends_with("bad request: ");
    return is_description || (stated.states_code && line.find(", ReasonPhrase") != std::string_view::npos);
}

/// "What does PEER_FLOOD mean, and how long does it last?", "did you see the error 429 page?": a line with only a person's
/// question. Hints of programs ask about something missing, and begin otherwise: "Have you set a token?"
bool asks_about(std::string_view line) noexcept
{
    constexpr std::array beginnings{"What does "sv, "what does "sv,   "What is "sv,
                                    "what is "sv,   "did you see "sv, "Did you see "sv};
    if (!trimmed(line).ends_with('?'))
        return false;
    return std::ranges::any_of(beginnings, [line](auto each) { return line.find(each) != std::string_view::npos; });
}

/// "FloodWaitError, PeerFloodError, UserPrivacyRestrictedError": three classes in a row are a list of names.
bool lists_classes(std::string_view line) noexcept
{
    constexpr auto between = "Error, "sv;
    int in_a_row = 0;
    for (auto at = line.find(between); at != std::string_view::npos;) {
        auto next = at + between.size();
        auto const begin = next;
        while (next < line.size() && is_word_character(line[next]))
            ++next;
        if (!line.substr(begin, next - begin).ends_with("Error")) {
            in_a_row = 0;
        } else if (++in_a_row == 2) {
            return true;
        }
        at = line.find(between, begin);
    }
    return false;
}

/// "SELECT * FROM outbox WHERE error_code = 429": a statement that searches for errors.
bool is_statement(std::string_view line) noexcept
{
    constexpr std::array verbs{"SELECT "sv, "UPDATE "sv, "DELETE FROM "sv};
    auto const where = line.find(" WHERE ");
    return where != std::string_view::npos &&
           std::ranges::any_of(verbs, [&](auto each) { return line.substr(0, where).find(each) != std::string_view::npos; });
}

/// "    :raises FloodWaitError: when the account has to wait": the documentation of a function.
bool is_documentation(std::string_view line) noexcept
{
    return trimmed(line).starts_with(":raises ");
}

/// "✓ retries on 429 Too Many Requests (3 ms)": a test that passed.
bool is_passed_test(std::string_view line) noexcept
{
    auto const text = trimmed(line);
    return text.starts_with("\xE2\x9C\x93 ") || text.starts_with("\xE2\x9C\x94 ");
}

/// "| response = getresponse()   | ConnectionError": a row of a table or of a drawing.
bool is_row_of_table(std::string_view line) noexcept
{
    auto const text = trimmed(line);
    return text.starts_with("| ") && text.find("   | ") != std::string_view::npos;
}

/// "since the server disconnected error": prose about an error.
bool is_noun(std::string_view line, std::string_view words) noexcept
{
    auto const from = from_sentence(line, words);
    return line.substr(0, line.size() - from.size()).ends_with(" the ") &&
           from.substr(std::min(words.size(), from.size())).starts_with(" error");
}

/// The words for an error in Russian, Ukrainian, Chinese, Japanese, Korean, Persian and Arabic.
bool has_foreign_error_word(std::string_view line) noexcept
{
    constexpr std::array words{"\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA"sv,  // ошибка
                               "\xD0\xBE\xD0\xBC\xD0\xB8\xD0\xBB\xD0\xBA"sv,  // помилка
                               "\xD1\x81\xD0\xB1\xD0\xBE\xD0\xB9"sv,  // сбой
                               "\xD1\x83\xD0\xB4\xD0\xB0\xD0\xBB\xD0\xBE\xD1\x81\xD1\x8C"sv,  // не удалось
                               "\xE9\x94\x99\xE8\xAF\xAF"sv,
                               "\xE9\x8C\xAF\xE8\xAA\xA4"sv,
                               "\xE5\xA4\xB1\xE8\xB4\xA5"sv,
                               "\xE5\xA4\xB1\xE6\x95\x97"sv,
                               "\xE5\xBC\x82\xE5\xB8\xB8"sv,
                               "\xE3\x82\xA8\xE3\x83\xA9\xE3\x83\xBC"sv,
                               "\xEC\x98\xA4\xEB\xA5\x98"sv,
                               "\xD8\xAE\xD8\xB7\xD8\xA7"sv,
                               "\xD8\xAE\xD8\xB7\xD8\xA3"sv};
    return std::ranges::any_of(words, [line](auto each) { return line.find(each) != std::string_view::npos; });
}

/// A name between words of a non-Latin script, as in "опять FLOOD_WAIT в логе", is part of a conversation. In a
/// line of a program the name has a number, a punctuation mark or an error word next to it.
bool is_within_talk(std::string_view line, std::string_view name) noexcept
{
    auto const at = line.find(name);
    if (at == std::string_view::npos || at < 2)
        return false;
    auto const is_foreign = [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; };
    auto const behind = line.substr(at + name.size());
    return line[at - 1] == ' ' && is_foreign(line[at - 2]) && behind.size() > 1 && behind[0] == ' ' && is_foreign(behind[1]) &&
           !has_error_word(line) && !has_foreign_error_word(line);
}

/// "error 404: coffee not found" is not Telegram's: its texts begin with a capital, except for a few words in Go's clients, and
/// 303 comes with the name of a migration.
bool is_of_other_code(std::string_view line) noexcept
{
    auto const stated = mend::detail::error_text::parse(line);
    if (!stated.states_code || !stated.name.empty() || stated.is_bot_api())
        return false;
    if (stated.code == 303)
        return true;
    constexpr std::array known{"bad "sv,      "forbidden"sv, "not found"sv, "unauthorized"sv, "conflict"sv,
                               "too many "sv, "internal "sv, "timeout"sv,   "request "sv,     "logged out"sv};
    auto const label = "error " + std::to_string(stated.code);
    auto const found = line.find(label);
    if (found == std::string_view::npos)
        return false;
    auto const behind = line.substr(found + label.size());
    if (behind.starts_with(" page"))
        return true;
    return behind.starts_with(": ") && behind.size() > 2 && behind[2] >= 'a' && behind[2] <= 'z' &&
           std::ranges::none_of(known, [&](auto each) { return behind.substr(2).starts_with(each); });
}

/// Whether the line is only prose about possible errors.
bool speaks_of_errors(std::string_view line, mend::explanation const& why)
{
    if (asks_about(line) || lists_classes(line) || is_statement(line) || is_documentation(line) || is_passed_test(line) ||
        is_row_of_table(line))
        return true;
    if (auto const words = rule_of(why.because, "the words "); !words.empty())
        return is_noun(line, words);
    if (auto const name = rule_of(why.because, "the name "); !name.empty())
        return !why.says.retry_after && is_within_talk(line, name.substr(0, name.find("_{")));
    if (auto const sentence = rule_of(why.because, "the text "); !sentence.empty())
        return is_of_many(line, sentence);
    return (why.because.starts_with("the code ") || why.because.starts_with("a code ")) && is_of_other_code(line);
}

/// "GET https://example.com/feed: 403 Forbidden": a refusal by another server than Telegram's.
bool is_refused_elsewhere(std::string_view line, std::string_view words) noexcept
{
    constexpr auto telegram = "telegram"sv;
    return words.find("403") != std::string_view::npos && line.find("://") != std::string_view::npos &&
           std::ranges::search(line, telegram, {}, to_lower).empty();
}

finding look_at_text(mend::failure const& asked, bool traced)
{
    std::string_view const line = asked.message;
    auto const why = mend::telegram::rules().explain(asked);
    if (why.rule && speaks_of_errors(line, why))
        return {};
    if (auto const name = rule_of(why.because, "the name "); !name.empty())
        return found_error(why, without_slots(name));
    if (why.rule && (is_access(line) || is_harmless(line) || is_refused_elsewhere(line, rule_of(why.because, "the words "))))
        return {};
    auto const sentence = rule_of(why.because, "the text ");
    if (!sentence.empty() && !is_weak(why.says, sentence) && !goes_on_as_prose(line, sentence))
        return found_error(why, from_sentence(line, sentence));
    std::optional<std::string_view> unknown;  // few lines need it
    auto const unknown_name = [&] {
        if (!unknown)
            unknown = mend::telegram::rules().unknown_name(asked);
        return *unknown;
    };
    if (may_hold_code(line) && !unknown_name().empty() && stands_behind_code(line, unknown_name()))
        return found_error(why, unknown_name(), unknown_name());
    if (!traced && !is_certain(why, line) && !has_error_word(line))
        return {};
    auto const name = unknown_name();
    auto result = found_error(why, without_time(line), stands_behind_description(line, name) ? name : std::string_view{});
    if (!why.rule)
        result.kind = line_kind::unrecognised;
    return result;
}

std::pair<record::part, finding> decide(record const& entry)
{
    std::pair<record::part, finding> result{entry.parts.front(), {}};
    for (auto const& part : entry.parts) {
        auto found = look_at(part.text, entry.traced);
        if (found.kind <= result.second.kind)
            continue;
        result = {part, std::move(found)};
        if (result.second.kind == line_kind::error)
            break;
    }
    return result;
}

}  // namespace

finding look_at(std::string_view line, bool traced)
{
    mend::failure asked;
    asked.message = line;
    auto reply = find_reply(line);
    if (!reply)
        reply = find_status(line);
    auto found = reply ? look_at_reply(reply->what) : look_at_text(asked, traced);
    auto const look_inside = [&](held_message const& inside) {
        if (found.kind == line_kind::error || inside.text.empty())
            return;
        asked.message = inside.text;
        auto inner = look_at_text(asked, traced || inside.is_error || has_error_word(line));
        if (inner.kind > found.kind)
            found = std::move(inner);
    };
    look_inside(message_of(line));
    if (auto const text = without_appendix(line); text.size() != line.size())
        look_inside({text});
    if (found.kind == line_kind::error) {
        found.method = mend::detail::named_method(line);
        // A name alone does not include the method, which its hold covers.
        if (found.rule == "name" && !found.method.empty()) {
            auto const method = " of " + shortened(printable(found.method), longest_text);
            found.text += method;
            found.key += method;
        }
    }
    return found;
}

finding look_at(record const& entry, std::uint64_t& line)
{
    auto [part, found] = decide(entry);
    line = part.line;
    return std::move(found);
}

record::part deciding_part(record const& entry)
{
    return entry.parts.size() == 1 ? entry.parts.front() : decide(entry).first;
}

std::string deciding_text(std::string_view text)
{
    std::string result;
    if (text.find('\n') != std::string_view::npos) {
        record_reader entries(line_reader::of_text(text));
        while (auto const next = entries.next()) {
            if (next->lines > 1)
                result = deciding_part(*next).text;
        }
    }
    if (!result.empty())
        return result;
    // If the whole line matches nothing, the text of a structured line is read as a line of a log.
    auto const held = message_of(text).text;
    auto const is_read = [](std::string_view asked) {
        mend::failure one;
        one.message = asked;
        return mend::telegram::rules().classify(one).what != mend::category::unknown;
    };
    bool const is_line = !held.empty() && text.find('\n') == std::string_view::npos && !find_reply(text) && !find_status(text);
    return std::string{is_line && !is_read(text) && is_read(held) ? held : text};
}

std::string_view kind_of_rule(std::string_view because) noexcept
{
    struct beginning {
        std::string_view text;
        std::string_view kind;
    };
    for (auto const& [text, kind] :
         {beginning{"the name ", "name"}, beginning{"a new name ", "name"}, beginning{"the text ", "text"},
          beginning{"the code ", "code"}, beginning{"a code ", "code"}, beginning{"the error ", "error"},
          beginning{"the condition ", "error"}, beginning{"the type ", "exception"}, beginning{"the words ", "text"},
          beginning{"a page ", "text"}, beginning{"a word of ", "text"}, beginning{"a wait that the text ", "text"},
          beginning{"the category that ", "adapter"}}) {
        if (because.starts_with(text))
            return kind;
    }
    return "other"sv;
}

}  // namespace explain
