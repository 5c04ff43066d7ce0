#include "error_reply.hpp"

#include "loose_object.hpp"
#include "text.hpp"

#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/tdlib.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace explain {
namespace {

using nlohmann::json;

constexpr int most_candidates = 8;  ///< objects that are tried in one line

/// The number at that key, clamped to the range of Number. Nothing if it is not a number.
template <std::integral Number>
std::optional<Number> number_at(json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || !found->is_number())
        return std::nullopt;
    constexpr auto least = std::numeric_limits<Number>::min();
    constexpr auto most = std::numeric_limits<Number>::max();
    if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
        return most;
    if (found->is_number_float()) {
        auto const value = found->get<double>();
        if (!(value > static_cast<double>(least)))
            return least;
        return value >= static_cast<double>(most) ? most : static_cast<Number>(value);
    }
    return static_cast<Number>(std::clamp<std::int64_t>(found->get<std::int64_t>(), least, most));
}

std::optional<std::string> text_at(json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? std::optional{found->get<std::string>()} : std::nullopt;
}

/// The number or string at that key as text; empty if it is neither.
std::string as_it_came(json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || (!found->is_number() && !found->is_string()))
        return {};
    if (found->is_string())
        return found->get<std::string>();
    constexpr double longest = 1e15;
    auto const value = found->get<double>();
    return found->is_number_integer() ? found->dump() : fmt::format("{:.3f}", std::clamp(value, -longest, longest));
}

bool says(json const& object, char const* key, json const& value)
{
    auto const found = object.find(key);
    return found != object.end() && *found == value;
}

std::optional<error_reply> read_object(json const& object, int http_status)
{
    if (!object.is_object())
        return std::nullopt;
    if (says(object, "@type", "error")) {
        auto const code = number_at<int>(object, "code");
        auto text = text_at(object, "message");
        if (!code || !text)
            return std::nullopt;
        return error_reply{mend::telegram::tdlib_failure(*code, std::move(*text)), true};
    }
    if (!says(object, "ok", false))
        return std::nullopt;
    auto const code = number_at<int>(object, "error_code");
    auto text = text_at(object, "description");
    if (!code && !text)
        return std::nullopt;
    std::string retry_after;
    std::optional<std::int64_t> migrate_to_chat_id;
    if (auto const more = object.find("parameters"); more != object.end() && more->is_object()) {
        retry_after = as_it_came(*more, "retry_after");
        migrate_to_chat_id = number_at<std::int64_t>(*more, "migrate_to_chat_id");
    }
    return error_reply{mend::telegram::bot_api_failure(http_status, code.value_or(0), std::move(text).value_or(""), retry_after,
                                                       migrate_to_chat_id),
                       false};
}

/// The object around the key at `position`: it begins at a brace before it, mostly the nearest.
std::optional<error_reply> find_around(std::string_view text, std::size_t position, int& candidates)
{
    for (auto at = position; candidates > 0 && at > 0;) {
        at = text.rfind('{', at - 1);
        if (at == std::string_view::npos)
            break;
        --candidates;
        auto const object = read_loose_object(text.substr(at));
        if (!object || at + object->size <= position)
            continue;
        if (auto found = read_object(object->value, 0))
            return found;
    }
    return std::nullopt;
}

std::optional<error_reply> find_plain(std::string_view text)
{
    if (text.find('{') == std::string_view::npos)  // as in most lines of a log
        return std::nullopt;
    int candidates = most_candidates;
    for (std::string_view const key : {"error_code", "\"ok\"", "'ok'", "@type"}) {
        for (auto at = text.find(key); at != std::string_view::npos && candidates > 0; at = text.find(key, at + 1)) {
            if (auto found = find_around(text, at, candidates))
                return found;
            --candidates;
        }
    }
    return std::nullopt;
}

/// Null if the text is not an object.
json parse_object(std::string_view text)
{
    auto const body = trimmed(text);
    auto object = read_loose_object(body);
    return object && object->size == body.size() ? std::move(object->value) : json();
}

/// Decodes the quotes and backslashes of a JSON string.
std::string unquoted(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\'))
            ++at;
        result += text[at];
    }
    return result;
}

/// The status and its words in such a line: "HTTP/1.1 429 Too Many Requests", `... HTTP/1.1" 429 109`,
/// "429 Client Error: ", "resulted in a `429 Too Many Requests`". Begins with the status.
std::string_view from_status(std::string_view line) noexcept
{
    constexpr std::string_view digits = "0123456789";
    auto const checked = [&](std::size_t at) {
        auto const rest = line.substr(std::min(at, line.size()));
        bool const is_status =
            rest.find_first_not_of(digits) >= 3 && rest.size() >= 3 && (rest.size() == 3 || !is_digit(rest[3]));
        return is_status ? rest : std::string_view{};
    };
    constexpr std::string_view protocol = "HTTP/";
    for (auto at = line.find(protocol); at != std::string_view::npos; at = line.find(protocol, at + 1)) {
        auto const before = line.substr(0, at);
        bool const quoted = before.ends_with('"') || before.ends_with("failed! ");  // PHP
        at = line.find_first_not_of("0123456789.", at + protocol.size());
        if (at == std::string_view::npos)
            break;
        bool const ends_request = line[at] == '"';
        at += ends_request ? 1 : 0;
        if (auto const found = checked(at + 1); !found.empty() && (quoted || ends_request) && line[at] == ' ')
            return found;
    }
    for (std::string_view const before :
         {"resulted in a `", "failed with status code ", "Client error '", "Server error '", "HTTP Error "}) {
        if (auto const at = line.find(before); at != std::string_view::npos)
            return checked(at + before.size());
    }
    for (std::string_view const behind : {" Client Error: ", " Server Error: "}) {
        if (auto const at = line.find(behind); at != std::string_view::npos && at >= 3)
            return checked(at - 3);
    }
    return {};
}

/// The Bot API's text for a status.
std::string words_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 409:
        return "Conflict";
    case 413:
        return "Request Entity Too Large";
    case 429:
        return "Too Many Requests";
    default:
        return fmt::format("HTTP status {}", status);
    }
}

/// Whether this is the URL of a bot's method: "https://api.telegram.org/bot123:...", "http://localhost:8081/bot123:...".
bool is_address_of_bot(std::string_view line, std::size_t bot) noexcept
{
    constexpr std::string_view server = "api.telegram.org";
    if (line.find(server) != std::string_view::npos)
        return true;
    auto const host = line.rfind("://", bot);
    auto const behind = line.substr(bot + 4);
    auto const digits = std::min(behind.find_first_not_of("0123456789"), behind.size());
    return host != std::string_view::npos && line.substr(host, bot - host).find(' ') == std::string_view::npos && digits > 4 &&
           behind.substr(digits).starts_with(':');
}

}  // namespace

std::optional<error_reply> find_status(std::string_view line)
{
    auto const bot = line.find("/bot");
    bool const is_file = bot != std::string_view::npos && line.substr(0, bot).ends_with("/file");  // a link that has expired
    if (bot == std::string_view::npos || is_file || !is_address_of_bot(line, bot))
        return std::nullopt;
    auto const found = from_status(line.substr(0, line.find('{', bot)));  // the body may contain any number
    if (found.empty() || (found.front() != '4' && found.front() != '5'))
        return std::nullopt;
    auto const status = (found[0] - '0') * 100 + (found[1] - '0') * 10 + (found[2] - '0');
    return error_reply{mend::telegram::bot_api_failure(status, status, words_of(status)), false};
}

std::optional<error_reply> read_reply(std::string_view text, int http_status)
{
    return read_object(parse_object(text), http_status);
}

bool is_success(std::string_view text)
{
    auto const object = parse_object(text);
    return object.is_object() && says(object, "ok", true);
}

std::optional<error_reply> find_reply(std::string_view line)
{
    if (auto found = find_plain(line))
        return found;
    if (line.find('\\') == std::string_view::npos)
        return std::nullopt;
    if (line.find(R"(\"ok\")") == std::string_view::npos && line.find(R"(\"@type\")") == std::string_view::npos)
        return std::nullopt;
    return find_plain(unquoted(line));
}

}  // namespace explain
