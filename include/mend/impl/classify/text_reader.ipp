// Decides what of an error's text may be read.
#pragma once

#include <mend/impl/classify/text_reader.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/quotation.hpp>

#include <algorithm>
#include <span>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t in_word = token::small_letter | token::capital_letter | token::digit | token::underscore;
constexpr std::uint8_t special = 16;  // a mark at which a quotation or a page may begin

/// What a character adds to the token that it is part of; `special` or 0: it is part of none.
constexpr auto marks = [] {
    auto result = word_marks;
    for (std::size_t const c : {0x22U, 0x27U, 0x60U, 0x3CU, 0xE2U, 0xC2U})  // " ' ` < and the first bytes of other quotes
        result[c] = special;
    return result;
}();

std::uint8_t mark_of(char c) noexcept
{
    return marks[static_cast<unsigned char>(c)];
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) noexcept
{
    return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, to_lower);
}

void scan(std::string_view text, std::size_t begin, token& into) noexcept
{
    unsigned holds = 0;
    auto const* at = text.data() + begin;
    for (auto const* const end = text.data() + text.size(); at != end; ++at) {
        unsigned const mark = mark_of(*at);
        if ((mark & in_word) == 0)
            break;
        holds |= mark;
    }
    into.begin = begin;
    into.end = static_cast<std::size_t>(at - text.data());
    into.holds = static_cast<std::uint8_t>(holds);
    into.where = place::text;
}

struct beginning {
    std::string_view words;
    bool quotes_sender;
};

// What the Bot API's server puts in front of its descriptions; those that end in a colon are followed by words that may quote
// the sender.
constexpr beginning beginnings[] = {
    {"Bad Request: ", true},
    {"Forbidden: ", true},
    {"Conflict: ", true},
    {"Not Found: ", true},
    {"Unauthorized: ", true},
    {"Internal Server Error: ", true},
    {"Internal server error: ", true},
    {"Too Many Requests", false},
    {"Request Entity Too Large", false},
    {"Internal Server Error", false},
    {"Internal server error", false},
    {"Misdirected Request: ", true},
    {"bad request: ", true},  // Go's clients
    {"forbidden: ", true},
    {"BadRequest: ", true},  // python-telegram-bot's class, which takes the words away
};

/// "Bad Request: /index" is what a web server says of its own paths, "BadRequest: [400 ..." and "BadRequest: Telegram says" what
/// Pyrogram says of an RPC error, "Unauthorized: Forbidden: " is python-telegram-bot's class in front of the description.
bool is_description(std::string_view rest) noexcept
{
    if (rest.empty())
        return true;
    char const first = rest.front();
    return first != '/' && first != '[' && (first != 'T' || !rest.starts_with("Telegram says")) &&
           (first != 'F' || !rest.starts_with("Forbidden: "));
}

beginning const* bot_api_beginning(std::string_view text) noexcept
{
    for (auto const& each : beginnings) {
        if (text.front() == each.words.front() && text.starts_with(each.words))
            return each.quotes_sender && !is_description(text.substr(each.words.size())) ? nullptr : &each;
    }
    return nullptr;
}

constexpr std::uint8_t of_beginning = 1;
constexpr std::uint8_t of_cause = 2;

/// What a word may be that begins so.
constexpr auto initials = [] {
    std::array<std::uint8_t, 256> result{};
    for (auto const& each : beginnings)
        result[static_cast<unsigned char>(each.words.front())] = of_beginning;
    for (std::size_t const c : {0x63U, 0x43U, 0x72U})  // c C r: "caused by", "required by"
        result[c] |= of_cause;
    return result;
}();

/// Nothing follows a name but what a client puts behind the description: ")", ".", " (400)", a further line.
bool ends_description(std::string_view rest) noexcept
{
    constexpr auto closing = ")]}.,;!"sv;
    while (!rest.empty() && closing.find(rest.front()) != std::string_view::npos)
        rest.remove_prefix(1);
    if (rest.size() >= 6 && rest.starts_with(" (") && is_digit(rest[2]) && is_digit(rest[3]) && is_digit(rest[4]) &&
        rest[5] == ')')
        rest.remove_prefix(6);
    while (!rest.empty() && (rest.front() == ' ' || closing.find(rest.front()) != std::string_view::npos))
        rest.remove_prefix(1);
    return rest.empty() || rest.front() == '\n' || rest.front() == '\r';
}

bool begins_page(std::string_view text) noexcept
{
    return starts_with_ignoring_case(text, "<html") || starts_with_ignoring_case(text, "<!doctype");
}

/// What clients put in front of the error that they quote: PHP, Guzzle, laravel's channel, the Bot API's server, httpx, urllib3.
constexpr std::array introductions{"with message"sv,
                                   "resulted in a"sv,
                                   "responded with an error"sv,
                                   "with the error message"sv,
                                   "Client error"sv,
                                   "Server error"sv,
                                   "after connection broken by"sv,
                                   "400 Bad request"sv,
                                   "The promise rejected with the reason"sv};  // Node's

bool is_introduced(std::string_view before) noexcept
{
    return std::ranges::any_of(introductions, [before](auto each) { return before.ends_with(each); });
}

/// teloxide's, and pyTelegramBotAPI's logger, which quotes what is sent, too: `TeleBot: "Threaded polling exception: A request ..."`
bool follows_words_of_client(std::string_view before, std::string_view quoted) noexcept
{
    if (before.ends_with(" TeleBot:"))
        return quoted.starts_with("A request to the Telegram API") ||
               quoted.substr(0, 64).find("exception: ") != std::string_view::npos;
    return before.ends_with("Unknown Error:") || before.ends_with("Unknown error:");
}

/// Pyrogram's KeyError: 'ID not found: 37'; the key of any other may be anything.
bool is_unknown_peer(std::string_view before, std::string_view quoted) noexcept
{
    return before.ends_with("KeyError:") && quoted.substr(0, 32).find(" not found: ") != std::string_view::npos;
}

/// Is one of these among the last `parts` packages of the name that begins there, "telegram.error." of "telegram.error.BadRequest"?
bool is_in_package(std::string_view text, std::size_t begin, int parts, std::span<std::string_view const> packages) noexcept
{
    auto path = text.substr(0, begin);
    for (; parts > 0 && path.ends_with('.'); --parts) {
        path.remove_suffix(1);
        auto const package = word_before(path, path.size());
        if (std::ranges::find(packages, package) != packages.end())
            return true;
        path.remove_suffix(package.size());
    }
    return false;
}

/// The class of an error ends there: "Error", "Exception" or "Telegram..." and a class of a package of errors. A KeyError's text is
/// the key.
bool is_error_class(std::string_view text, std::size_t end) noexcept
{
    auto const name = word_before(text, end);
    if (name.empty() || (mark_of(name.front()) & token::capital_letter) == 0 || name.ends_with("KeyError"))
        return false;
    if (name.ends_with("Error") || name.ends_with("Exception") || name.starts_with("Telegram"))
        return true;
    // "telegram.error.BadRequest", "pyrogram.errors.exceptions.flood_420.FloodWait"
    constexpr std::array packages{"error"sv, "errors"sv, "exceptions"sv};
    return is_in_package(text, end - name.size(), 4, packages);
}

/// "ApiException: " and the like; also "ApiException: (" if the bracket is of a tuple.
bool follows_class(std::string_view text, std::size_t end) noexcept
{
    end = without_spaces(text, end);
    return end > 1 && text[end - 1] == ':' && is_error_class(text, end - 1);
}

/// Python 2 names the errors of its sockets so: "error(104, 'Connection reset by peer')". Behind a dot it is a function that logs.
bool is_class_of_socket(std::string_view text, std::size_t end) noexcept
{
    auto const name = word_before(text, end);
    auto const begin = end - name.size();
    return (name == "error" || name == "gaierror" || name == "timeout") && (begin == 0 || text[begin - 1] != '.');
}

/// "(104," behind an error's class, the status of a page, "(502,", or the code behind a class, "HttpError: (502,". Four digits are of
/// no system: databases number their errors so.
bool follows_number(std::string_view before, std::string_view quoted) noexcept
{
    constexpr std::size_t most_digits = 5;
    auto const end = before.size() - 1;
    auto begin = end;
    while (begin > 0 && end - begin < most_digits && is_digit(before[begin - 1]))
        --begin;
    auto const digits = end - begin;
    bool const is_negative = begin > 0 && before[begin - 1] == '-';
    begin -= is_negative ? 1 : 0;
    if (digits == 0 || digits == 4 || begin == 0 || before[begin - 1] != '(')
        return false;
    auto const opening = begin - 1;
    if (is_error_class(before, opening) || is_class_of_socket(before, opening))
        return true;
    return digits == 3 && !is_negative && (begins_page(quoted) || follows_class(before, opening));
}

/// The third in a tuple of OpenSSL's: "('SSL routines', 'tls_process_server_certificate', 'certificate verify failed')".
bool is_reason_of_openssl(std::string_view before) noexcept
{
    constexpr auto library = " routines', '"sv;
    constexpr std::size_t longest_function = 64;
    auto const tail = before.substr(before.size() - std::min(before.size(), library.size() + longest_function));
    auto const found = tail.rfind(library);
    return found != std::string_view::npos && tail.find('\'', found + library.size()) == tail.size() - 2;
}

/// Is it behind the first in a tuple whose first is an error, "(ServerError(...), ", a number, "OSError(104, ", or OpenSSL's words?
bool follows_error(std::string_view before, std::string_view quoted) noexcept
{
    return before.ends_with("Error(...),") || follows_number(before, quoted) || before.ends_with("{:error,") ||  // Elixir's
           (before.ends_with("',") && is_reason_of_openssl(before));
}

/// A class that quotes what Telegram has answered, and not what somebody has typed: `ApiRequestException: "Forbidden: ..."`.
bool is_class_of_client(std::string_view text, std::size_t end) noexcept
{
    constexpr std::array classes{"TdException"sv,        "ApiRequestException"sv, "ApiTelegramException"sv,
                                 "RPCError"sv,           "TelegramRetryAfter"sv,  "TelegramMigrateToChat"sv,
                                 "TelegramBadRequest"sv, "TelegramNotFound"sv,    "TelegramForbidden"sv};
    constexpr std::array packages{"telegram"sv, "pyrogram"sv, "hydrogram"sv, "telethon"sv, "aiogram"sv, "telebot"sv};
    auto const name = word_before(text, end);
    if (!is_error_class(text, end))
        return false;
    bool const is_named = name.starts_with("Telegram") && (name.ends_with("Error") || name.ends_with("Exception"));
    return is_named || std::ranges::find(classes, name) != classes.end() || is_in_package(text, end - name.size(), 6, packages);
}

/// telego's: `api: 403 "Forbidden: bot was blocked by the user"`
bool follows_code(std::string_view before) noexcept
{
    constexpr auto label = "api: "sv;
    if (before.size() < label.size() + 3 || !is_digit(before.back()) || !is_digit(before[before.size() - 2]))
        return false;
    auto const status = before.size() - 3;
    char const in_front = status == label.size() ? ' ' : before[status - label.size() - 1];
    return before.substr(0, status).ends_with(label) && before[status] >= '3' && before[status] <= '5' &&
           !is_word_character(in_front) && in_front != '-';
}

/// Nothing but closing marks and the end of a line follows.
bool ends_line(std::string_view rest) noexcept
{
    auto const end = rest.find_first_not_of(" )]}.,;!");
    return end == std::string_view::npos || rest[end] == '\n' || rest[end] == '\r';
}

/// The key whose value begins there. Asked only of a quotation that may be such a value, since it walks over what precedes.
std::string_view key_before(std::string_view before) noexcept
{
    return word_before(before, before.find_last_not_of(" :=>\"'\\") + 1);
}

/// "ECONNRESET", "EAI_AGAIN", "UND_ERR_SOCKET": what Node keeps under the key code.
bool is_code_of_system(std::string_view before, std::string_view quoted) noexcept
{
    bool const is_compound = quoted.starts_with("UND_ERR_") || quoted.starts_with("ERR_TLS_") || quoted.starts_with("EAI_") ||
                             quoted.starts_with("SELF_SIGNED_CERT") || quoted.starts_with("DEPTH_ZERO_") ||
                             quoted.starts_with("UNABLE_TO_") || quoted.starts_with("CERT_");
    auto const is_capital = [](char c) { return mark_of(c) == token::capital_letter; };
    if (quoted.size() < 4 || quoted.size() > 40 ||
        (!is_compound && (quoted.front() != 'E' || !std::ranges::all_of(quoted, is_capital))))
        return false;
    auto const key = key_before(before);
    return key == "code" || key == "errno";
}

/// A page is the value of the key under which clients keep an answer: teloxide's `raw: "<html>`, request's `body: '<html>`.
bool is_page_of_answer(std::string_view before, std::string_view quoted) noexcept
{
    if (!begins_page(quoted))
        return false;
    auto const key = key_before(before);
    return key == "raw" || key == "body";
}

/// The text or the type of an object that gives the code beside it: `{"msg":"Too Many Requests", "code":429`, `"code":303,"type":"FILE_MIGRATE_2"`.
bool is_beside_code(std::string_view before, std::string_view behind) noexcept
{
    constexpr auto label = "\"code\":"sv;
    auto const is_code = [](std::string_view text) {
        return text.size() >= 3 && text.front() >= '3' && text.front() <= '5' && is_digit(text[1]) && is_digit(text[2]) &&
               (text.size() == 3 || !is_digit(text[3]));
    };
    for (auto const key : {"\"msg\":"sv, "\"type\":"sv}) {
        if (!before.ends_with(key))
            continue;
        constexpr auto in_front_of_key = label.size() + 4;  // and a comma behind the digits
        auto const front = before.substr(0, before.size() - key.size());
        auto const preceding = front.substr(front.size() - std::min(front.size(), in_front_of_key));
        if (preceding.starts_with(label) && preceding.ends_with(',') && is_code(preceding.substr(label.size(), 3)))
            return true;
        auto const comma = behind.find_first_not_of(' ');
        if (comma == std::string_view::npos || behind[comma] != ',')
            return false;
        auto next = behind.substr(comma + 1);
        next.remove_prefix(std::min(next.find_first_not_of(' '), next.size()));
        return next.starts_with(label) && is_code(next.substr(std::min(next.find_first_not_of(' ', label.size()), next.size())));
    }
    return false;
}

/// The key Message is .NET's and Go's of an error, and also every log's of its text: only a name or an answer alone counts there.
bool is_value_of_message(std::string_view before, std::string_view quoted) noexcept
{
    if (quoted.empty() || key_before(before) != "Message")
        return true;
    auto const word = next_token(quoted, 0);
    bool const is_name = word.begin == 0 && word.end == quoted.size() && word.in_capitals();
    return is_name || bot_api_beginning(quoted) != nullptr || (word.begin == 0 && word.holds == token::digit);
}

/// "404" is the value of the key error_code.
bool is_code_of_error(std::string_view before, std::string_view quoted) noexcept
{
    return quoted.size() == 3 && is_digit(quoted[0]) && is_digit(quoted[1]) && is_digit(quoted[2]) &&
           key_before(before) == "error_code";
}

}  // namespace

bool begins_sentence(std::string_view text, std::size_t position) noexcept
{
    auto const before = without_spaces(text, position);
    return before == 0 || (mark_of(text[before - 1]) & (token::small_letter | token::underscore)) == 0;
}

namespace {

/// In small letters it is prose within a sentence, "access is forbidden: ", and behind anybody's label: "upload: forbidden: ".
bool begins_answer(std::string_view text, std::size_t position) noexcept
{
    auto const before = text.substr(0, position);
    return begins_sentence(text, position) &&
           (!text.substr(position).starts_with("forbidden: ") || without_spaces(text, position) == 0 ||
            before.ends_with("telegram: ") || before.ends_with("api: ") || before.ends_with("error: ") ||
            before.ends_with("Error: "));
}

}  // namespace

text_reader::text_reader(std::string_view text) noexcept : text_(text)
{
    frames_[0] = {text.size(), text.size(), 0, false};
}

void text_reader::skip(std::size_t begin, std::size_t end) noexcept
{
    at_ = end;
    if (left_out_count_ != 0) {
        if (auto& last = left_out_[(left_out_count_ - 1) % most_left_out]; begin <= last.end + 1) {
            last.end = end;  // the next part of a path
            return;
        }
    }
    left_out_[left_out_count_++ % most_left_out] = {begin, end};
}

void text_reader::walk_beyond(std::size_t position) noexcept
{
    token passed;
    while (at_ <= position && next(passed)) {
    }
}

bool text_reader::reads(std::size_t position) const noexcept
{
    auto const oldest = knows_all() ? 0 : left_out_count_ - most_left_out;
    for (auto each = left_out_count_; each != oldest; --each) {
        auto const& part = left_out_[(each - 1) % most_left_out];
        if (position >= part.end)
            return true;
        if (position >= part.begin)
            return false;
    }
    return knows_all();
}

void text_reader::enter(std::size_t begin, frame inner) noexcept
{
    if (depth_ + 1 == deepest) {
        skip(begin, inner.resume);
        return;
    }
    frames_[++depth_] = inner;
    at_ = begin;
}

bool text_reader::next(token& word) noexcept
{
    for (;;) {
        auto const end = frames_[depth_].end;
        std::uint8_t mark = 0;
        while (at_ < end && (mark = mark_of(text_[at_])) == 0)
            ++at_;
        if (at_ >= end) {
            if (depth_ == 0)
                return false;
            at_ = frames_[depth_--].resume;
        } else if ((mark & in_word) != 0) {
            if (word_at(at_, word))
                return true;
        } else if (text_[at_] != '<') {
            quotation();
        } else if (begins_page(text_.substr(at_, end - at_))) {
            word = {at_, at_ + 1, 0, place::page};
            skip(at_ + 1, end);
            return true;
        } else {
            ++at_;
        }
    }
}

namespace {

/// "tg-mtproto-proxy", "http-proxy-middleware": a part of a name that two hyphens or more hold together.
bool is_part_of_hyphenated(std::string_view text, token const& word) noexcept
{
    constexpr std::size_t longest_name = 64;
    auto const is_part = [](char c) { return (mark_of(c) & (token::small_letter | token::digit)) != 0 || c == '-'; };
    int hyphens = 0;
    for (auto at = word.begin; at > 0 && word.begin - at < longest_name && is_part(text[at - 1]); --at)
        hyphens += text[at - 1] == '-' ? 1 : 0;
    for (auto at = word.end; at < text.size() && at - word.end < longest_name && is_part(text[at]); ++at)
        hyphens += text[at] == '-' && at + 1 < text.size() && (mark_of(text[at + 1]) & in_word) != 0 ? 1 : 0;
    return hyphens > 1;
}

/// "pymongo.errors.ServerSelectionTimeoutError", "MongoNetworkError": an error of a database or queue client. The rest of the text
/// describes that client's connection, which no recovery of an account can fix.
bool begins_error_of_another(std::string_view text, token const& word) noexcept
{
    constexpr std::array packages{"pymongo"sv,  "redis"sv,     "psycopg2"sv, "psycopg"sv, "sqlalchemy"sv, "asyncpg"sv,
                                  "aiomysql"sv, "pymysql"sv,   "MySQLdb"sv,  "mysql"sv,   "sqlite3"sv,    "aiosqlite"sv,
                                  "peewee"sv,   "cassandra"sv, "kafka"sv,    "pika"sv,    "mongoengine"sv};
    constexpr std::array classes{"Mongo"sv, "Sequelize"sv, "PrismaClient"sv, "Redis"sv, "MySql"sv, "Npgsql"sv, "Postgres"sv};
    auto const is_error = [](std::string_view name) {
        return name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Timeout");
    };
    auto const first = word.in(text);
    if (word.end == text.size() || text[word.end] != '.')
        return is_error(first) &&
               std::ranges::any_of(classes, [first](std::string_view each) { return first.starts_with(each); });
    if (std::ranges::find(packages, first) == packages.end())
        return false;
    auto end = word.end;
    while (end < text.size() && (text[end] == '.' || is_word_character(text[end])))
        ++end;
    return is_error(text.substr(word.begin, end - word.begin));
}

}  // namespace

/// Reads the word that begins there; false if it may not be read.
bool text_reader::word_at(std::size_t begin, token& word) noexcept
{
    if (frames_[depth_].is_description) {
        first_of_description(word);
        return true;
    }
    scan(text_, begin, word);
    at_ = word.end;
    char const before = begin == 0 ? ' ' : text_[begin - 1];
    char const behind = word.end == text_.size() ? ' ' : text_[word.end];
    if (before == '/' || before == '@' || before == '#') {  // "t.me/x", "@x", "#x"
        skip(begin, word.end);
        return false;
    }
    if (behind == ':' && text_.substr(word.end).starts_with("://")) {
        skip(begin, std::min(text_.find_first_of(" \t\r\n\"<>", word.end), frames_[depth_].end));
        return false;
    }
    bool const may_name_another = behind == '.' || (word.has(token::capital_letter) && word.has(token::small_letter));
    if (may_name_another && before != '.' && begins_error_of_another(text_, word)) {
        skip(begin, frames_[depth_].end);
        return false;
    }
    // "proxy" of "proxy.example.com" and "urllib3.proxy.Manager"; but the last of a package is a class.
    if (behind == '.' && word.end + 1 < text_.size() && is_letter(text_[word.end + 1]) &&
        word.has(token::small_letter | token::capital_letter)) {
        skip(begin, word.end);
        return false;
    }
    bool const may_be_part = word.holds == token::small_letter &&
                             ((before == '-' && begin > 1 && (mark_of(text_[begin - 2]) & in_word) != 0) ||
                              (behind == '-' && word.end + 1 < text_.size() && (mark_of(text_[word.end + 1]) & in_word) != 0));
    if (may_be_part && is_part_of_hyphenated(text_, word)) {
        skip(begin, word.end);
        return false;
    }
    // "httpcore.proxy - DEBUG": a package alone, in small letters.
    if (behind == ' ' && before == '.' && word.holds == token::small_letter && begin > 1 && is_word_character(text_[begin - 2]) &&
        word.end + 1 < text_.size() && text_[word.end + 1] == '-') {
        skip(begin, word.end);
        return false;
    }
    auto const may_be = initials[static_cast<unsigned char>(text_[begin])];
    if (may_be == 0)
        return true;
    if ((may_be & of_cause) != 0 && behind == ' ' && skip_cause(word))
        return false;
    // "bad", "forbidden": few words in small letters are worth the search.
    bool const may_begin = word.has(token::capital_letter) || word.end - begin == 3 || word.end - begin == 9;
    if ((may_be & of_beginning) != 0 && may_begin) {
        auto const* const found = bot_api_beginning(text_.substr(begin, frames_[depth_].end - begin));
        bool const begins = found != nullptr && (word.has(token::capital_letter) || begins_answer(text_, begin));
        if (begins) {
            word.where = place::bot_api;
            word.end = begin + found->words.size();
            at_ = word.end;
            if (found->quotes_sender)
                enter(at_, {frames_[depth_].end, frames_[depth_].end, 0, true});
        }
    }
    return true;
}

/// Of a description only this word is read, and what "failed to send message #N" quotes of another error.
void text_reader::first_of_description(token& word) noexcept
{
    auto& inside = frames_[depth_];
    scan(text_, at_, word);
    auto const rest = text_.substr(word.end, inside.end - word.end);
    bool const is_capitalised =
        word.has(token::underscore) && word.begin < text_.size() && (mark_of(text_[word.begin]) & token::capital_letter) != 0;
    bool const is_name_alone = (word.in_capitals() || is_capitalised) && ends_description(rest);  // "Peer_id_invalid"
    word.where = is_name_alone ? place::whole : place::description;
    inside.is_description = false;
    auto readable_from = inside.end;
    constexpr auto introduction = "with the error message "sv;
    if (word.in(text_) == "failed" && rest.starts_with(" to send message #")) {
        auto const found = rest.find(introduction);
        if (found != std::string_view::npos)
            readable_from = word.end + found + introduction.size();  // the quotation is read as the error that it is
    }
    skip(word.end, readable_from);
}

/// Behind "caused by" and Pyrogram's "required by": the method, and those that it is wrapped in. It names no error.
bool text_reader::skip_cause(token word) noexcept
{
    auto const rest = text_.substr(word.begin);
    if (rest.front() == 'r' ? !rest.starts_with("required by ") : !rest.substr(1).starts_with("aused by "))
        return false;
    auto begin = word.end + 4;
    bool const is_quoted = begin < text_.size() && (text_[begin] == '"' || text_[begin] == '\'');
    begin += is_quoted ? 1 : 0;
    auto const method = method_at(text_, begin);
    if (method.empty())
        return false;
    if (cause_.empty())
        cause_ = method;
    auto const limit = frames_[depth_].end;
    auto end = begin + method.size();
    std::size_t open = 0;
    for (; end < limit; ++end) {
        char const c = text_[end];
        if (c == '(')
            ++open;
        else if (c == ')' && open > 0)
            --open;
        else if (!is_word_character(c) && !(c == '.' && open > 0))
            break;
    }
    if (is_quoted && end < limit && text_[end] == text_[begin - 1])
        ++end;
    skip(word.begin, end);
    return true;
}

bool text_reader::is_stated(std::size_t opening, std::size_t closing, std::size_t mark_size) const noexcept
{
    auto const behind = closing + mark_size;
    auto const quoted = text_.substr(opening + mark_size, closing - opening - mark_size);
    char const next = behind < text_.size() ? text_[behind] : '\0';
    auto end = without_spaces(text_, opening);
    if (end == 0)
        return depth_ == 0 && without_spaces(text_, text_.size()) == behind;  // the whole text
    if (constexpr auto some = "Some("sv; next == ')' && text_.substr(0, end).ends_with(some)) {  // Rust's: the key decides
        end = without_spaces(text_, end - some.size());
        if (end == 0)
            return false;
    }
    switch (text_[end - 1]) {
    case '(': {
        auto const type = word_before(text_, end - 1);
        bool const is_class = !type.empty() && (mark_of(type.front()) & token::capital_letter) != 0;
        return (type.empty() &&
                (next == ',' || (next == ')' && (follows_class(text_, end - 1) ||
                                                 text_.substr(0, end).ends_with("Unhandled error. ("))))) ||  // Node's
               (is_class && (next == ',' || next == ')'));
    }
    case '=':
    case '>':
        return (is_value_of_error(text_, end) && is_value_of_message(text_.substr(0, end), quoted)) ||
               is_code_of_error(text_.substr(0, end), quoted);
    case ':':
        return (is_value_of_error(text_, end) && is_value_of_message(text_.substr(0, end), quoted)) ||
               follows_words_of_client(text_.substr(0, end), quoted) ||
               is_beside_code(text_.substr(0, end), text_.substr(behind, frames_[depth_].end - behind)) ||
               is_unknown_peer(text_.substr(0, end), quoted) || is_code_of_error(text_.substr(0, end), quoted) ||
               is_code_of_system(text_.substr(0, end), quoted) || is_page_of_answer(text_.substr(0, end), quoted) ||
               (is_class_of_client(text_, end - 1) && ends_line(text_.substr(behind, frames_[depth_].end - behind)));
    case ',':
        return follows_error(text_.substr(0, end), text_.substr(opening + mark_size));
    default:
        return is_introduced(text_.substr(0, end)) || follows_code(text_.substr(0, end));
    }
}

void text_reader::quotation() noexcept
{
    auto const* const mark = mark_at(text_, at_);
    auto& inside = frames_[depth_];
    // An apostrophe follows a letter.
    bool const opens = mark != nullptr && (inside.unclosed & mark->bit) == 0 &&
                       (mark->bit != 2 || at_ == 0 || !is_word_character(text_[at_ - 1]));
    if (!opens) {
        ++at_;
        return;
    }
    auto const opening = mark->bit == 64 ? at_ - 1 : at_;
    auto const begin = opening + mark->opening.size();
    auto const closing = closing_of(*mark, text_, begin, inside.end);
    if (closing == std::string_view::npos) {
        inside.unclosed |= mark->bit;
        ++at_;
        return;
    }
    auto const size = mark->closing.size();
    if (is_stated(opening, closing, size))
        enter(begin, {closing, closing + size, 0, false});
    else
        skip(opening, closing + size);
}

}  // namespace mend::detail
