#include "secret.hpp"

#include <mend/redact.hpp>

#include <algorithm>
#include <cstddef>

namespace broadcast {
namespace {

constexpr std::string_view mask = "[hidden]";  // as mend::redact writes it

/// Shorter ones occur in ordinary words: such a half of a token is hidden only together with its other half.
constexpr std::size_t shortest_half = 3;
constexpr std::size_t shortest_other = 4;

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

constexpr unsigned char lower(char c) noexcept
{
    return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/// -1: this is not a hexadecimal digit.
constexpr int digit_value(char c) noexcept
{
    if (is_digit(c))
        return c - '0';
    auto const letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// A decoded character in lower case, and the number of bytes it takes.
struct character {
    unsigned char meant = 0;
    std::size_t size = 1;
};

/// Reads a number of at most `most` digits at text[at], followed by `end` unless that is 0. Size 0: not a number.
character read_number(std::string_view text, std::size_t at, int base, std::size_t least, std::size_t most, char end = '\0')
{
    int value = 0;
    std::size_t digits = 0;
    for (; digits < most && at + digits < text.size(); ++digits) {
        int const next = digit_value(text[at + digits]);
        if (next < 0 || next >= base)
            break;
        value = value * base + next;
    }
    auto const size = at + digits + (end == '\0' ? 0 : 1);
    if (digits < least || value > 0x7f || size > text.size() || (end != '\0' && text[size - 1] != end))
        return {0, 0};
    return {lower(static_cast<char>(value)), size};
}

/// The first character of a text that is not empty, decoded if it is encoded.
character decode(std::string_view text)
{
    character found{0, 0};
    if (text[0] == '%') {
        std::size_t at = 1;
        while (text.substr(at).starts_with("25"))  // the % itself was encoded, perhaps repeatedly
            at += 2;
        found = read_number(text, at, 16, 2, 2);
    } else if (text.starts_with("\\u")) {
        found = read_number(text, 2, 16, 4, 4);
    } else if (text.starts_with("\\x")) {
        found = read_number(text, 2, 16, 2, 2);
    } else if (text.starts_with("&#x") || text.starts_with("&#X")) {
        found = read_number(text, 3, 16, 1, 6, ';');
    } else if (text.starts_with("&#")) {
        found = read_number(text, 2, 10, 1, 6, ';');
    }
    return found.size == 0 ? character{lower(text[0]), 1} : found;
}

/// The number of bytes at the beginning of the text that encode the secret, which is in lower case; 0: none.
std::size_t size_of_match(std::string_view text, std::string_view hidden)
{
    std::size_t size = 0;
    for (char const c : hidden) {
        if (size == text.size())
            return 0;
        auto const next = decode(text.substr(size));
        // A secret may itself contain what looks like an encoded character.
        bool const plain = lower(text[size]) == static_cast<unsigned char>(c);
        if (!plain && next.meant != static_cast<unsigned char>(c))
            return 0;
        size += plain ? 1 : next.size;
    }
    return size;
}

/// The part of a secret that must be hidden: of "123456:abc" the half after the colon, of anything else all.
std::string_view hidden_part(std::string_view text)
{
    auto const colon = text.find(':');
    bool const is_token = colon != std::string_view::npos && colon > 0 &&
                          std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_digit);
    if (!is_token)
        return text.size() < shortest_other ? std::string_view{} : text;
    return text.size() - colon > shortest_half ? text.substr(colon + 1) : text;
}

}  // namespace

std::string secret::redact(std::string_view text) const
{
    return redactor({*this})(text);
}

redactor::redactor(std::vector<secret> const& secrets)
{
    for (auto const& each : secrets) {
        std::string hidden(hidden_part(each.reveal()));
        if (hidden.empty())
            continue;
        std::transform(hidden.begin(), hidden.end(), hidden.begin(), [](char c) { return static_cast<char>(lower(c)); });
        hidden_[static_cast<unsigned char>(hidden[0])].push_back(std::move(hidden));
    }
    // The longest first: otherwise the rest of it after a shorter match would show.
    for (auto& bucket : hidden_)
        std::sort(bucket.begin(), bucket.end(), [](auto const& a, auto const& b) { return a.size() > b.size(); });
}

std::string redactor::without_given(std::string_view text) const
{
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        std::size_t matched = 0;
        for (auto const first : {decode(text).meant, lower(text[0])})
            for (auto const& each : hidden_[first])
                if (matched == 0)
                    matched = size_of_match(text, each);
        if (matched == 0)
            clean += text[0];
        else
            clean += mask;
        text.remove_prefix(std::max<std::size_t>(matched, 1));
    }
    return clean;
}

std::string redactor::operator()(std::string_view text) const
{
    return mend::redact(without_given(text));
}

}  // namespace broadcast
