// Removes secrets from texts.
#pragma once

#include <mend/redact.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/watch/watched_text.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mend {
namespace detail {
namespace {

using namespace std::string_view_literals;

constexpr auto replacement = "[hidden]"sv;

/// One character of a text, percent-encoded or not.
struct character {
    char is = '\0';
    std::size_t end = 0;
    unsigned level = 0;  ///< how many times it is encoded: ':' 0, "%3A" 1, "%253A" 2
};

constexpr int hex_digit(char c) noexcept
{
    if (is_digit(c))
        return c - '0';
    auto const letter = to_lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

character character_at(std::string_view text, std::size_t position) noexcept
{
    constexpr unsigned deepest = 3;  // bounds how often a character is read again
    character const plain{text[position], position + 1, 0};
    if (plain.is != '%')
        return plain;
    auto at = position + 1;
    unsigned level = 1;
    for (; level < deepest && text.substr(at, 2) == "25" && at + 4 <= text.size() && hex_digit(text[at + 2]) >= 0 &&
           hex_digit(text[at + 3]) >= 0;
         ++level)
        at += 2;
    if (at + 2 > text.size() || hex_digit(text[at]) < 0 || hex_digit(text[at + 1]) < 0)
        return plain;
    return {static_cast<char>(hex_digit(text[at]) * 16 + hex_digit(text[at + 1])), at + 2, level};
}

constexpr bool is_alphanumeric(char c) noexcept
{
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

constexpr bool is_of_token(char c) noexcept
{
    return is_alphanumeric(c) || c == '_' || c == '-';
}

constexpr bool is_of_base64(char c) noexcept
{
    return is_of_token(c) || c == '+' || c == '/' || c == '=';
}

struct range {
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] bool empty() const noexcept { return begin == end; }
};

/// Returns the characters of a kind from `begin` on, if there are at least `least`; else an empty range.
template <class IsOfKind>
range run_of(std::string_view text, std::size_t begin, std::size_t least, IsOfKind is_of_kind) noexcept
{
    range found{begin, begin};
    std::size_t count = 0;
    while (found.end < text.size()) {
        auto const next = character_at(text, found.end);
        if (!is_of_kind(next.is))
            break;
        found.end = next.end;
        ++count;
    }
    return count >= least ? found : range{};
}

/// Returns where the literal, in small letters, ends in the text; npos if the characters at `at` are not the literal's.
std::size_t end_of(std::string_view literal, std::string_view text, std::size_t at) noexcept
{
    for (char const expected : literal) {
        if (at >= text.size())
            return std::string_view::npos;
        auto const next = character_at(text, at);
        if (to_lower(next.is) != expected)
            return std::string_view::npos;
        at = next.end;
    }
    return at;
}

/// Returns whether the character ends a URL within a sentence, JSON or HTML. An apostrophe can be part of a password.
constexpr bool ends_url(char c) noexcept
{
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>' || c == '`' || c == '\x7f';
}

/// Returns the password in what follows "://". Characters that are encoded more often than that are data; the others can be
/// delimiters.
range password_at(std::string_view text, std::size_t begin, unsigned level) noexcept
{
    constexpr std::size_t farthest = 256;  // how far a password with an unencoded slash is searched
    std::size_t password = 0;  // behind the first colon
    std::size_t last_at = 0;
    bool is_port = true;
    auto may_end = begin + farthest;
    bool in_authority = true;
    for (auto at = begin; at < text.size();) {
        auto const next = character_at(text, at);
        if (next.level <= level) {
            if (ends_url(next.is))
                break;
            if (next.is == '/' || next.is == '?' || next.is == '#') {
                // A host, with or without a port, ends here; anything else is a password that continues.
                if (last_at != 0 || password == 0 || is_port || text[begin] == '[')
                    break;
                in_authority = false;
            } else if (next.is == '@') {
                last_at = at;
                if (!in_authority)
                    break;
            } else if (next.is == ':' && password == 0) {
                password = next.end;
                at = next.end;
                continue;
            }
        }
        if (!in_authority && at >= may_end)
            break;
        is_port = is_port && (password == 0 || is_digit(next.is));
        at = next.end;
    }
    return password != 0 && last_at > password ? range{password, last_at} : range{};
}

/// Finds the secrets of a text, from left to right. Each character is read a bounded number of times.
class secret_finder {
public:
    explicit secret_finder(std::string_view text) noexcept : text_(text) {}

    /// Returns the next one; an empty range if there are no more.
    [[nodiscard]] range next() noexcept
    {
        while (at_ < text_.size()) {
            auto const here = character_at(text_, at_);
            range const found = here.is == ':'                          ? behind_colon(here)
                                : to_lower(here.is) == 's' && !in_word_ ? secret_value()
                                                                        : range{};
            if (!found.empty()) {
                at_ = found.end;
                digits_ = bot_ = 0;
                in_word_ = true;
                in_query_ = false;
                return found;
            }
            note(here);
        }
        return {};
    }

private:
    [[nodiscard]] range behind_colon(character const& colon) const noexcept
    {
        bool const of_path = bot_ == path_.size() && digits_ != 0;
        if (of_path || (digits_ >= 6 && digits_ <= 12)) {
            auto const token = run_of(text_, colon.end, of_path ? 1 : 30, is_of_token);
            if (!token.empty())
                return token;
        }
        auto const authority = end_of("//", text_, colon.end);
        return authority != std::string_view::npos ? password_at(text_, authority, colon.level) : range{};
    }

    [[nodiscard]] range secret_value() const noexcept
    {
        auto const value = end_of("secret=", text_, at_);
        return value != std::string_view::npos ? run_of(text_, value, in_query_ ? 1 : 16, is_of_base64) : range{};
    }

    /// Updates the state for the characters behind the passed one.
    void note(character const& passed) noexcept
    {
        digits_ = is_digit(passed.is) ? digits_ + 1 : 0;
        if (digits_ == 0 || bot_ != path_.size())
            bot_ = passed.is == path_[0] ? 1 : bot_ < path_.size() && passed.is == path_[bot_] ? bot_ + 1 : 0;
        in_word_ = is_of_token(passed.is);
        in_query_ = passed.is == '?' || passed.is == '&' || passed.is == ';';  // "&amp;"
        at_ = passed.end;
    }

    static constexpr auto path_ = "/bot"sv;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t digits_ = 0;  ///< number of digits right before
    std::size_t bot_ = 0;  ///< number of the path's characters right before, or before the digits
    bool in_word_ = false;
    bool in_query_ = false;
};

/// Returns nothing if the text has no secret.
std::optional<std::string> redacted(std::string_view text)
{
    if (text.find_first_of(":%=") == std::string_view::npos)  // every secret has one of these
        return std::nullopt;
    std::optional<std::string> result;
    std::size_t copied = 0;
    secret_finder secrets{text};
    for (auto secret = secrets.next(); !secret.empty(); secret = secrets.next()) {
        if (text.substr(secret.begin, secret.end - secret.begin) == replacement)
            continue;
        if (!result)
            result.emplace();
        result->append(text.substr(copied, secret.begin - copied)).append(replacement);
        copied = secret.end;
    }
    if (result)
        result->append(text.substr(copied));
    return result;
}

constexpr bool continues_character(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

}  // namespace

std::string limit_message(std::string_view text, std::size_t limit)
{
    if (text.size() <= limit)
        return std::string{text};
    auto kept = limit;
    while (kept > 0 && limit - kept < 3 && continues_character(text[kept]))
        --kept;
    if (continues_character(text[kept]))  // the text is not UTF-8
        kept = limit;
    return std::string{text.substr(0, kept)} + "... (" + std::to_string(text.size() - kept) + " more bytes)";
}

std::optional<std::string> for_watchers(std::string_view text, bool redact, std::size_t limit)
{
    auto result = redact ? redacted(text) : std::nullopt;
    if (auto const shown = result ? std::string_view{*result} : text; shown.size() > limit)
        result = limit_message(shown, limit);
    return result;
}

}  // namespace detail

std::string redact(std::string_view text)
{
    auto result = detail::redacted(text);
    return result ? std::move(*result) : std::string{text};
}

}  // namespace mend
