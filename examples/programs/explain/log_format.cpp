#include "log_format.hpp"

#include "text.hpp"

#include <algorithm>

namespace explain {
namespace {

using namespace std::string_view_literals;

constexpr auto nowhere = std::string_view::npos;

/// The text up to its closing quotation mark. One inside a sentence, `tag "p" at byte 5`, does not close it.
std::string_view quoted(std::string_view text) noexcept
{
    for (auto at = text.find('"'); at != nowhere; at = text.find('"', at + 1)) {
        bool const is_escaped = at > 0 && text[at - 1] == '\\';
        auto const behind = text.substr(at + 1);
        bool const ends = behind.empty() || behind.front() == ',' || behind.front() == '}' || is_space(behind.front());
        if (!is_escaped && ends)
            return text.substr(0, at);
    }
    return text;  // the line was cut
}

/// msg="...", "msg":"...", "detail": "..."
std::string_view structured(std::string_view line, std::string_view key) noexcept
{
    for (auto at = line.find(key); at != nowhere; at = line.find(key, at + 1)) {
        if (at > 0 && is_word_character(line[at - 1]))  // "last_error", "stderr"
            continue;
        auto rest = line.substr(at + key.size());
        if (rest.starts_with("=\""))
            return quoted(rest.substr(2));
        if (!rest.starts_with("\":"))
            continue;
        rest = trimmed(rest.substr(2));
        if (rest.starts_with('"'))
            return quoted(rest.substr(1));
    }
    return {};
}

/// error="...", "err":"...", `caused error "..."`, `Unknown error: "..."`, Elixir's `{:error, "..."}`
std::string_view error_of(std::string_view line) noexcept
{
    if (line.find("err"sv) == nowhere)  // as in few lines
        return {};
    for (auto const key : {"error"sv, "err"sv, "err_msg"sv, "errmsg"sv, "error_message"sv}) {
        if (auto const text = structured(line, key); !text.empty())
            return text;
    }
    for (auto const words : {" error \""sv, " error: \""sv, "{:error, \""sv}) {
        if (auto const at = line.find(words); at != nowhere)
            return quoted(line.substr(at + words.size()));
    }
    return {};
}

/// "'text' +", "'text',"
std::string_view literal(std::string_view line) noexcept
{
    auto text = trimmed(line);
    while (!text.empty() && (text.back() == '+' || text.back() == ',' || is_space(text.back())))
        text.remove_suffix(1);
    if (text.size() < 3 || (text.front() != '\'' && text.front() != '"') || text.back() != text.front())
        return {};
    return text.size() == trimmed(line).size() ? std::string_view{} : text.substr(1, text.size() - 2);
}

}  // namespace

held_message message_of(std::string_view line) noexcept
{
    if (auto const text = literal(line); !text.empty())
        return {text};
    if (line.find('"') == nowhere)
        return {};
    constexpr auto telebot = "TeleBot: \""sv;
    if (auto const at = line.find(telebot); at != nowhere) {
        auto const text = line.substr(at + telebot.size());
        return {text.substr(0, text.ends_with('"') ? text.size() - 1 : text.size())};
    }
    if (auto const text = error_of(line); !text.empty())
        return {text, true};
    auto const text = structured(line, "msg");
    return {text.empty() ? structured(line, "detail") : text};
}

std::string_view without_appendix(std::string_view line) noexcept
{
    if (auto const at = line.find(".php:"); at != nowhere) {
        for (auto const words : {" in /"sv, " in C:\\"sv, " in D:\\"sv}) {
            if (auto const place = line.rfind(words, at); place != nowhere)
                return line.substr(0, place);
        }
    }
    auto const end = trimmed(line);
    auto const fields = end.ends_with('}') ? line.find(" {\"") : nowhere;
    return fields == nowhere || fields == 0 ? line : trimmed(line.substr(0, fields));
}

}  // namespace explain
