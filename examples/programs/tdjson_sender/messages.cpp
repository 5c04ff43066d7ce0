#include "messages.hpp"

#include "common/input.hpp"
#include "common/json.hpp"

#include <fmt/format.h>

namespace tdjson_sender {
namespace {

using nlohmann::json;

std::int64_t parse_chat(json const& value)
{
    bool const whole = value.is_number_integer();
    bool const too_big = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
    if (!whole || too_big || value.get<std::int64_t>() == 0)
        throw common::input_error(
            fmt::format("chat_id: invalid chat {}; allowed: a whole number other than 0", common::shown(value)));
    return value.get<std::int64_t>();
}

std::string parse_text(json const& value)
{
    if (!value.is_string())
        throw common::input_error(fmt::format("text: {} is not a string", common::shown(value)));
    auto text = value.get<std::string>();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw common::input_error("text: empty; allowed: at least one character");
    return text;
}

message parse_message(json const& object, std::size_t line)
{
    if (!object.is_object())
        throw common::input_error(R"(not a JSON object; allowed: {"chat_id": 42, "text": "..."})");
    for (auto const& [key, value] : object.items())
        if (key != "chat_id" && key != "text")
            throw common::input_error(fmt::format("{}: unknown field; allowed: chat_id, text", common::shown(key)));
    for (auto const* required : {"chat_id", "text"})
        if (!object.contains(required))
            throw common::input_error(fmt::format("{}: missing", required));
    return {line, parse_chat(object["chat_id"]), parse_text(object["text"])};
}

}  // namespace

std::vector<message> parse_messages(std::string_view content, std::filesystem::path const& file)
{
    std::vector<message> messages;
    std::string complaints;
    auto const complain = [&](std::string const& text) { complaints += (complaints.empty() ? "" : "\n") + text; };
    common::for_each_line(content, [&](std::string_view text, std::size_t line) {
        json object;
        try {
            object = common::parse_json(text, file, line);
        } catch (common::input_error const& error) {
            return complain(error.what());
        }
        try {
            messages.push_back(parse_message(object, line));
        } catch (common::input_error const& error) {
            complain(common::at_line(file, line, error.what()));
        }
    });
    if (!complaints.empty())
        throw common::input_error(complaints);
    if (messages.empty())
        throw common::input_error(
            common::at_line(file, 0, R"(contains no messages; expected one {"chat_id": 42, "text": "..."} per line)"));
    return messages;
}

std::vector<message> read_messages(std::filesystem::path const& file)
{
    return parse_messages(common::read_file(file), file);
}

}  // namespace tdjson_sender
