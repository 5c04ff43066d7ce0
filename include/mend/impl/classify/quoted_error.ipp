// Decides whether a quotation states the error.
#pragma once

#include <mend/impl/classify/quoted_error.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/bot_api_description.hpp>
#include <mend/impl/classify/html_page.hpp>
#include <mend/impl/classify/preceding_text.hpp>
#include <mend/impl/classify/token.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

/// What clients print in front of an error that they quote: PHP, Guzzle, Laravel's channel, the Bot API's server, httpx, urllib3.
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

/// teloxide's prefix, and the logger of pyTelegramBotAPI, which also quotes what is sent:
/// `TeleBot: "Threaded polling exception: A request ..."`
bool follows_words_of_client(std::string_view before, std::string_view quoted) noexcept
{
    if (before.ends_with(" TeleBot:"))
        return quoted.starts_with("A request to the Telegram API") ||
               quoted.substr(0, 64).find("exception: ") != std::string_view::npos;
    return before.ends_with("Unknown Error:") || before.ends_with("Unknown error:");
}

/// Pyrogram's KeyError, 'ID not found: 37'. The key of any other KeyError can be anything.
bool is_unknown_peer(std::string_view before, std::string_view quoted) noexcept
{
    return before.ends_with("KeyError:") && quoted.substr(0, 32).find(" not found: ") != std::string_view::npos;
}

/// Returns whether one of these is among the last `parts` packages of the name that begins there, "telegram.error." of
/// "telegram.error.BadRequest".
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

/// Returns whether the class of an error ends there: "...Error", "...Exception", "Telegram...", or a class of a package of
/// errors. The text of a KeyError is the key, so that class does not count.
bool is_error_class(std::string_view text, std::size_t end) noexcept
{
    auto const name = word_before(text, end);
    if (name.empty() || (word_mark(name.front()) & token::capital_letter) == 0 || name.ends_with("KeyError"))
        return false;
    if (name.ends_with("Error") || name.ends_with("Exception") || name.starts_with("Telegram"))
        return true;
    // "telegram.error.BadRequest", "pyrogram.errors.exceptions.flood_420.FloodWait"
    constexpr std::array packages{"error"sv, "errors"sv, "exceptions"sv};
    return is_in_package(text, end - name.size(), 4, packages);
}

/// Returns whether a class and a colon end there, "ApiException: "; also in front of the bracket of a tuple, "ApiException: (".
bool follows_class(std::string_view text, std::size_t end) noexcept
{
    end = without_spaces(text, end);
    return end > 1 && text[end - 1] == ':' && is_error_class(text, end - 1);
}

/// Python 2 names the errors of its sockets like this: "error(104, 'Connection reset by peer')". After a dot it is a logging
/// function.
bool is_class_of_socket(std::string_view text, std::size_t end) noexcept
{
    auto const name = word_before(text, end);
    auto const begin = end - name.size();
    return (name == "error" || name == "gaierror" || name == "timeout") && (begin == 0 || text[begin - 1] != '.');
}

/// Returns whether a number precedes that belongs to an error: behind its class, "OSError(104,", or a status in front of a page,
/// "(502,", or behind a class, "HttpError: (502,". Four digits are a database's error number, never a system's.
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

/// The third element of OpenSSL's tuple: "('SSL routines', 'tls_process_server_certificate', 'certificate verify failed')".
bool is_reason_of_openssl(std::string_view before) noexcept
{
    constexpr auto library = " routines', '"sv;
    constexpr std::size_t longest_function = 64;
    auto const tail = before.substr(before.size() - std::min(before.size(), library.size() + longest_function));
    auto const found = tail.rfind(library);
    return found != std::string_view::npos && tail.find('\'', found + library.size()) == tail.size() - 2;
}

/// Returns whether it is the second element of a tuple that begins with an error, "(ServerError(...), ", or a number,
/// "OSError(104, ", or the third of OpenSSL's.
bool follows_error(std::string_view before, std::string_view quoted) noexcept
{
    return before.ends_with("Error(...),") || follows_number(before, quoted) || before.ends_with("{:error,") ||  // Elixir's
           (before.ends_with("',") && is_reason_of_openssl(before));
}

/// Returns whether the class that ends there quotes Telegram's answer, and not what a user typed:
/// `ApiRequestException: "Forbidden: ..."`.
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

/// telego's form: `api: 403 "Forbidden: bot was blocked by the user"`
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

/// Returns whether only closing marks precede the end of the line.
bool ends_line(std::string_view rest) noexcept
{
    auto const end = rest.find_first_not_of(" )]}.,;!");
    return end == std::string_view::npos || rest[end] == '\n' || rest[end] == '\r';
}

/// The key of the value that begins there. It walks back over the text, so call it only for a quotation that can be such a value.
std::string_view key_before(std::string_view before) noexcept
{
    return word_before(before, before.find_last_not_of(" :=>\"'\\") + 1);
}

/// "ECONNRESET", "EAI_AGAIN", "UND_ERR_SOCKET": Node's values of the key code.
bool is_code_of_system(std::string_view before, std::string_view quoted) noexcept
{
    bool const is_compound = quoted.starts_with("UND_ERR_") || quoted.starts_with("ERR_TLS_") || quoted.starts_with("EAI_") ||
                             quoted.starts_with("SELF_SIGNED_CERT") || quoted.starts_with("DEPTH_ZERO_") ||
                             quoted.starts_with("UNABLE_TO_") || quoted.starts_with("CERT_");
    auto const is_capital = [](char c) { return word_mark(c) == token::capital_letter; };
    if (quoted.size() < 4 || quoted.size() > 40 ||
        (!is_compound && (quoted.front() != 'E' || !std::ranges::all_of(quoted, is_capital))))
        return false;
    auto const key = key_before(before);
    return key == "code" || key == "errno";
}

/// Returns whether a page is the value of a key under which clients keep an answer: teloxide's `raw: "<html>`, request's
/// `body: '<html>`.
bool is_page_of_answer(std::string_view before, std::string_view quoted) noexcept
{
    if (!begins_page(quoted))
        return false;
    auto const key = key_before(before);
    return key == "raw" || key == "body";
}

/// The text or type of an object with the code beside it: `{"msg":"Too Many Requests", "code":429`,
/// `"code":303,"type":"FILE_MIGRATE_2"`.
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

/// .NET and Go keep an error under the key Message, and so do logs their text: only a name or an answer alone counts there.
bool is_value_of_message(std::string_view before, std::string_view quoted) noexcept
{
    if (quoted.empty() || key_before(before) != "Message")
        return true;
    auto const word = next_token(quoted, 0);
    bool const is_name = word.begin == 0 && word.end == quoted.size() && word.in_capitals();
    return is_name || bot_api_beginning(quoted) != nullptr || (word.begin == 0 && word.holds == token::digit);
}

/// Returns whether it is a status, "404", under the key error_code.
bool is_code_of_error(std::string_view before, std::string_view quoted) noexcept
{
    return quoted.size() == 3 && is_digit(quoted[0]) && is_digit(quoted[1]) && is_digit(quoted[2]) &&
           key_before(before) == "error_code";
}

/// The first argument of a class or tuple, "ApiException('...')", "('FLOOD_WAIT', 37)".
bool is_first_argument(std::string_view before, char next) noexcept
{
    auto const opening = before.size() - 1;
    auto const type = word_before(before, opening);
    if (!type.empty())
        return (word_mark(type.front()) & token::capital_letter) != 0 && (next == ',' || next == ')');
    return next == ',' || (next == ')' && (follows_class(before, opening) || before.ends_with("Unhandled error. (")));  // Node's
}

}  // namespace

bool states_error(std::string_view text, quotation_span const& of, std::size_t limit) noexcept
{
    auto const rest = text.substr(of.begin);
    auto const quoted = rest.substr(0, of.end - of.begin);
    char const next = of.closed < text.size() ? text[of.closed] : '\0';
    auto before = text.substr(0, without_spaces(text, of.opened));
    if (before.empty())
        return without_spaces(text, text.size()) == of.closed;  // the whole text
    if (constexpr auto some = "Some("sv; next == ')' && before.ends_with(some)) {  // Rust's: the key decides
        before = before.substr(0, without_spaces(before, before.size() - some.size()));
        if (before.empty())
            return false;
    }
    auto const is_of_key = [&] { return is_value_of_error(text, before.size()) && is_value_of_message(before, quoted); };
    auto const behind = text.substr(of.closed, limit - of.closed);
    switch (before.back()) {
    case '(':
        return is_first_argument(before, next);
    case '=':
    case '>':
        return is_of_key() || is_code_of_error(before, quoted);
    case ':':
        return is_of_key() || follows_words_of_client(before, quoted) || is_beside_code(before, behind) ||
               is_unknown_peer(before, quoted) || is_code_of_error(before, quoted) || is_code_of_system(before, quoted) ||
               is_page_of_answer(before, quoted) || (is_class_of_client(before, before.size() - 1) && ends_line(behind));
    case ',':
        return follows_error(before, rest);
    default:
        return is_introduced(before) || follows_code(before);
    }
}

}  // namespace mend::detail
