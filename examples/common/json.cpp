#include "common/json.hpp"

#include <algorithm>
#include <cstdint>

namespace common {

using nlohmann::json;

json parse_json(std::string_view text, json_comments comments)
{
    auto const limit_depth = [](int depth, json::parse_event_t, json const&) {
        constexpr int deepest = 16;
        if (depth > deepest)
            throw json_error(1, "nested too deeply; allowed: " + std::to_string(deepest) + " levels");
        return true;
    };
    try {
        return json::parse(text, limit_depth, true, comments == json_comments::ignored);
    } catch (json::out_of_range const&) {
        throw json_error(1, "invalid JSON: a number is out of range");
    } catch (json::parse_error const& error) {
        auto const before = text.substr(0, std::min(error.byte, text.size()));
        auto const line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        auto reason = reason_of(error);
        if (auto const column = reason.find("column "); column != std::string::npos)  // behind the line within the text
            reason.erase(0, column);
        throw json_error(line, "invalid JSON: " + reason);
    }
}

json parse_json(std::string_view text, std::filesystem::path const& file, std::size_t first_line)
{
    try {
        return parse_json(text);
    } catch (json_error const& error) {
        throw input_error(at_line(file, first_line + error.line() - 1, error.what()));
    }
}

std::string reason_of(json::exception const& error)
{
    std::string text = error.what();
    if (auto const tag = text.find("] "); text.starts_with("[json.exception.") && tag != std::string::npos)
        text.erase(0, tag + 2);
    return text;
}

std::string shown(json const& value)
{
    constexpr std::size_t longest = 60;
    if (value.is_string())
        return in_quotes(value.get_ref<std::string const&>());
    auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);  // ASCII, so that no character is cut in two
    if (text.size() > longest)
        text.replace(longest, std::string::npos, "...");
    return text;
}

}  // namespace common
