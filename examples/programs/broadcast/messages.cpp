#include "messages.hpp"

#include "checksum.hpp"
#include "input_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

namespace broadcast {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 4096;  // Telegram's limit, in UTF-16 code units
constexpr std::size_t longest_id = 200;
constexpr int deepest_value = 16;

std::size_t utf16_length(std::string_view utf8)
{
    std::size_t units = 0;
    for (char const c : utf8) {
        auto const byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) != 0x80)
            units += byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

std::string shown(json const& value)
{
    return value.is_string() ? in_quotes(value.get<std::string>()) : value.dump().substr(0, 60);
}

bool is_public_name(std::string const& name)
{
    auto const is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return name.size() >= 5 && name.size() <= 33 && name[0] == '@' && std::all_of(name.begin() + 1, name.end(), is_word);
}

chat_id parse_chat(json const& value)
{
    constexpr auto allowed = "allowed: a whole number other than 0, or \"@\" and a public name";
    if (value.is_number_integer()) {
        bool const too_big = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
        if (!too_big && value.get<std::int64_t>() != 0)
            return {value.get<std::int64_t>(), {}};
    } else if (value.is_string() && is_public_name(value.get<std::string>())) {
        return {0, value.get<std::string>()};
    }
    throw input_error(fmt::format("chat: invalid chat {}; {}", shown(value), allowed));
}

std::string parse_text(json const& value)
{
    if (!value.is_string())
        throw input_error(fmt::format("text: {} is not a string", shown(value)));
    auto text = value.get<std::string>();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw input_error("text: empty; allowed: 1 to 4096 characters");
    if (auto const length = utf16_length(text); length > longest_text)
        throw input_error(fmt::format("text: has {} characters; allowed: 1 to {}", length, longest_text));
    return text;
}

std::string parse_id(json const& value)
{
    if (value.is_number_integer())
        return value.dump();
    if (!value.is_string() || value.get<std::string>().empty() || value.get<std::string>().size() > longest_id)
        throw input_error(
            fmt::format("id: invalid id {}; allowed: a whole number or a string of 1 to {} bytes", shown(value), longest_id));
    return value.get<std::string>();
}

message parse_line(std::string_view text, std::size_t line)
{
    // nlohmann copies and prints values by recursion: brackets without end would use up the stack.
    auto const limit_depth = [](int depth, json::parse_event_t, json const&) {
        if (depth > deepest_value)
            throw input_error(fmt::format("nested too deeply; allowed: {} levels", deepest_value));
        return true;
    };
    json object;
    try {
        object = json::parse(text, limit_depth);
    } catch (json::exception const& error) {
        // The library's text says where in the line; its own tag in brackets helps nobody.
        std::string what = error.what();
        if (auto const end = what.find("] "); end != std::string::npos)
            what.erase(0, end + 2);
        constexpr std::string_view first_line = "at line 1, ";  // of this text: it says nothing about the file's
        if (auto const place = what.find(first_line); place != std::string::npos)
            what.replace(place, first_line.size(), "at ");
        throw input_error("invalid JSON: " + what);
    }
    if (!object.is_object())
        throw input_error(R"(not a JSON object; allowed: {"chat": 123, "text": "...", "id": "..."})");
    for (auto const& [key, value] : object.items())
        if (key != "chat" && key != "text" && key != "id")
            throw input_error(fmt::format("{}: unknown field; allowed: chat, text, id", in_quotes(key)));
    for (auto const* required : {"chat", "text"})
        if (!object.contains(required))
            throw input_error(fmt::format("{}: missing", required));
    message parsed{line, {}, parse_chat(object["chat"]), parse_text(object["text"])};
    parsed.id = object.contains("id") ? parse_id(object["id"]) : fmt::format("line-{}", line);
    return parsed;
}

}  // namespace

std::int64_t chat_id::peer() const noexcept
{
    // Public names are of groups and channels, and so below zero; mend's `groups` counts on it.
    return name.empty() ? number : static_cast<std::int64_t>(checksum(name) | std::uint64_t{1} << 63U);
}

std::string chat_id::text() const
{
    return name.empty() ? std::to_string(number) : name;
}

message_file parse_messages(std::string_view content)
{
    message_file file;
    file.digest = checksum(content);
    file.bytes = content.size();
    std::unordered_map<std::string, std::size_t> line_of_id;
    std::size_t line = 0;
    if (content.starts_with("\xEF\xBB\xBF"))  // a byte order mark, as some editors write it
        content.remove_prefix(3);
    while (!content.empty()) {
        ++line;
        auto const end = std::min(content.find('\n'), content.size());
        auto const text = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        if (text.find_first_not_of(" \t\r") == std::string_view::npos)
            continue;
        try {
            auto parsed = parse_line(text, line);
            auto const [known, fresh] = line_of_id.emplace(parsed.id, line);
            if (!fresh)
                throw input_error(
                    fmt::format("id: {} is already used by line {}; use each id once", in_quotes(parsed.id), known->second));
            file.messages.push_back(std::move(parsed));
        } catch (input_error const& error) {
            file.bad.push_back({line, error.what()});
        }
    }
    return file;
}

message_file read_messages(std::filesystem::path const& path)
{
    auto file = parse_messages(read_file(path));
    if (file.messages.empty() && file.bad.empty())
        throw input_error(at_line(path, 0, R"(contains no messages; expected one {"chat": 123, "text": "..."} per line)"));
    return file;
}

}  // namespace broadcast
