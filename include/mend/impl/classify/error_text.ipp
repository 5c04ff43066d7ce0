// Finds the name and the code of an RPC error in a text.
#pragma once

#include <mend/impl/classify/error_text.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/stated_code.hpp>
#include <mend/impl/classify/text_reader.hpp>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Returns the description next to the code in a printed reply: `(ok: "false", error_code: "404", description: "Not Found")`.
std::string_view described_beside(std::string_view text, token const& code) noexcept
{
    auto const before = text.substr(0, code.begin);
    auto const label = before.substr(0, before.find_last_not_of(" :=>\"'\\") + 1);
    if (!label.ends_with("error_code") && !label.ends_with("errorCode"))
        return {};
    constexpr auto key = "description"sv;
    auto at = text.find(key, code.end);
    if (at == std::string_view::npos)
        return {};
    at = text.find_first_not_of(" :=>\"'\\", at + key.size());
    if (at == std::string_view::npos)
        return {};
    bool const is_quoted = "\"'"sv.find(text[at - 1]) != std::string_view::npos;
    return text.substr(at, text.find_first_of(is_quoted ? "\"'\\" : ",)}", at) - at);
}

/// Returns what follows a code, "420: NAME", "[420 NAME]", "[420] NAME", or what precedes a code at the end, "text (401)".
std::string_view body_beside(std::string_view text, token const& code) noexcept
{
    auto rest = text.substr(code.end);
    while (!rest.empty() && (is_space(rest.front()) || ":].,"sv.find(rest.front()) != std::string_view::npos))
        rest.remove_prefix(1);
    if (rest.starts_with("): "))
        rest.remove_prefix(3);
    if (constexpr auto label = "Description: "sv; rest.starts_with(label))
        rest.remove_prefix(label.size());
    if (constexpr auto label = "[Error]: "sv; rest.starts_with(label))  // of old servers
        rest.remove_prefix(label.size());
    if (auto const place = rest.find(" at /");
        place != std::string_view::npos && rest.find(" line ", place) != std::string_view::npos)
        rest = rest.substr(0, place);  // the location at which Perl's program died
    rest = rest.substr(0, rest.find(']'));
    rest = trimmed(rest.substr(0, rest.find(" (caused by")));
    if (rest.ends_with('.'))
        rest.remove_suffix(1);
    if (rest.size() > 1 && rest.front() == '"' && rest.find('"', 1) == rest.size() - 1)
        rest = rest.substr(1, rest.size() - 2);  // telego's
    if (rest != ")") {
        bool const in_brackets = code.begin > 0 && text[code.begin - 1] == '(' && rest.ends_with(')');
        return in_brackets ? rest.substr(0, rest.size() - 1) : rest;
    }
    auto before = text.substr(0, code.begin - 1);
    if (auto const label = before.rfind(": "); label != std::string_view::npos)
        before.remove_prefix(label + 2);
    return trimmed(before);
}

/// Returns the code that a Bot API description implies if none is stated.
int code_of_beginning(std::string_view words) noexcept
{
    switch (words.front()) {
    case 'B':
    case 'b':
        return 400;
    case 'F':
    case 'f':
        return 403;
    case 'C':
        return 409;
    case 'I':
        return 500;
    case 'T':
        return 429;
    case 'R':
        return 413;
    case 'M':
        return 421;
    default:  // every HTTP library prints "Unauthorized: " and "Not Found: "
        return 0;
    }
}

}  // namespace

std::string_view argument_behind(std::string_view text, std::size_t end) noexcept
{
    auto const rest = text.substr(end);
    for (auto const opening : {" ("sv, "("sv, "', "sv, "\", "sv}) {
        if (!rest.starts_with(opening))
            continue;
        auto const digits = rest.substr(opening.size(), rest.find_first_not_of("0123456789", opening.size()) - opening.size());
        return !digits.empty() && rest.substr(opening.size() + digits.size(), 1) == ")" ? digits : std::string_view{};
    }
    return {};
}

token error_text::read_alone(std::string_view text) noexcept
{
    auto const word = next_token(text, 0);
    if (word.begin != 0 || word.end != text.size()) {
        body = trimmed(text);
        return {};
    }
    body = text;
    if (word.in_capitals())
        name = text;
    return word;
}

void error_text::look_at(std::string_view text, token const& word, std::size_t limit) noexcept
{
    if (word.where == place::bot_api) {
        if (description == std::string_view::npos) {
            description = word.end;
            concerns_one_of_many = text.substr(word.end).starts_with("failed to send message #");
        }
        if (code == 0)
            code = code_of_beginning(word.in(text));
        return;
    }
    if (word.where == place::whole) {
        body = word.in(text);
    } else if (word.where != place::text) {
        if (word.where == place::page)
            page = word.begin;
        return;
    }
    if (word.has(token::digit) && !word.has(token::underscore)) {
        auto const stated = is_bot_api() ? 0 : code_in(text, word);
        if (code == 0 && stated != 0 && is_code(text, word, limit)) {
            code = is_negative(text, word) ? -stated : stated;
            states_code = true;
            body = described_beside(text, word);
            if (body.empty())
                body = body_beside(text.substr(0, limit), word);
        } else {
            told.read(text, word);
        }
        return;
    }
    if (name.empty() && word.in_capitals() && (word.has(token::underscore) || word.in(text) == body))
        name = word.in(text);
}

error_text error_text::parse(std::string_view text) noexcept
{
    error_text result;
    if (!result.read_alone(text).empty())
        return result;
    text_reader reader{text};
    for (token word; reader.next(word);)
        result.read(text, word, reader.limit());
    return result;
}

}  // namespace mend::detail
