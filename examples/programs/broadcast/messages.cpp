#include "messages.hpp"

#include "checksum.hpp"
#include "common/input.hpp"
#include "common/json.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

namespace broadcast {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 4096;  // Telegram's limit, in UTF-16 code units
constexpr std::size_t longest_id = 200;

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
    throw common::input_error(fmt::format("chat: invalid chat {}; {}", common::shown(value), allowed));
}

std::string parse_text(json const& value)
{
    if (!value.is_string())
        throw common::input_error(fmt::format("text: {} is not a string", common::shown(value)));
    auto text = value.get<std::string>();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw common::input_error("text: empty; allowed: 1 to 4096 characters");
    if (auto const length = common::utf16_length(text).value(); length > longest_text)
        throw common::input_error(fmt::format("text: has {} characters; allowed: 1 to {}", length, longest_text));
    return text;
}

std::string parse_id(json const& value)
{
    if (value.is_number_integer())
        return value.dump();
    if (!value.is_string() || value.get<std::string>().empty() || value.get<std::string>().size() > longest_id)
        throw common::input_error(fmt::format("id: invalid id {}; allowed: a whole number or a string of 1 to {} bytes",
                                              common::shown(value), longest_id));
    return value.get<std::string>();
}

message parse_line(std::string_view text, std::size_t line)
{
    auto const object = common::parse_json(text);
    if (!object.is_object())
        throw common::input_error(R"(not a JSON object; allowed: {"chat": 123, "text": "...", "id": "..."})");
    for (auto const& [key, value] : object.items())
        if (key != "chat" && key != "text" && key != "id")
            throw common::input_error(fmt::format("{}: unknown field; allowed: chat, text, id", common::in_quotes(key)));
    for (auto const* required : {"chat", "text"})
        if (!object.contains(required))
            throw common::input_error(fmt::format("{}: missing", required));
    message parsed{line, {}, parse_chat(object.at("chat")), parse_text(object.at("text"))};
    parsed.id = object.contains("id") ? parse_id(object.at("id")) : fmt::format("line-{}", line);
    return parsed;
}

}  // namespace

std::int64_t chat_id::peer() const noexcept
{
    // Public names belong to groups and channels, whose ids are negative; mend's scope `groups` depends on it.
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
    common::for_each_line(content, [&](std::string_view text, std::size_t line) {
        try {
            auto parsed = parse_line(text, line);
            auto const [known, is_new] = line_of_id.emplace(parsed.id, line);
            if (!is_new)
                throw common::input_error(fmt::format("id: {} is already used by line {}; use each id once",
                                                      common::in_quotes(parsed.id), known->second));
            file.messages.push_back(std::move(parsed));
        } catch (common::input_error const& error) {
            file.bad.push_back({line, error.what()});
        }
    });
    return file;
}

message_file read_messages(std::filesystem::path const& path)
{
    auto file = parse_messages(common::read_file(path));
    if (file.messages.empty() && file.bad.empty())
        throw common::input_error(
            common::at_line(path, 0, R"(contains no messages; expected one {"chat": 123, "text": "..."} per line)"));
    return file;
}

}  // namespace broadcast
