#include "input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace tdjson_sender {

std::string at_line(std::filesystem::path const& file, std::size_t line, std::string_view text)
{
    return line == 0 ? fmt::format("{}: {}", file.string(), text) : fmt::format("{}:{}: {}", file.string(), line, text);
}

std::string shown(nlohmann::json const& value)
{
    constexpr std::size_t longest = 60;
    auto text =
        value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);  // ASCII alone, so that no character is cut in two
    if (text.size() > longest)
        text.replace(longest, std::string::npos, "...");
    return text;
}

std::string read_file(std::filesystem::path const& file)
{
    if (std::filesystem::is_directory(file))
        throw input_error(at_line(file, 0, "is a directory, not a file"));
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw input_error(at_line(file, 0, fmt::format("cannot be read: {}", std::generic_category().message(errno))));
    std::ostringstream text;
    text << in.rdbuf();
    if (in.bad())
        throw input_error(at_line(file, 0, "cannot be read to the end"));
    return std::move(text).str();
}

void for_each_line(std::string_view content, std::function<void(std::string_view, std::size_t)> const& take)
{
    if (content.starts_with("\xEF\xBB\xBF"))  // a byte order mark, as some editors write it
        content.remove_prefix(3);
    for (std::size_t number = 1; !content.empty(); ++number) {
        auto const end = std::min(content.find('\n'), content.size());
        auto const line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        auto const first = line.find_first_not_of(" \t\r");
        if (first != std::string_view::npos)
            take(line.substr(first, line.find_last_not_of(" \t\r") - first + 1), number);
    }
}

nlohmann::json parse_json(std::string_view text, std::filesystem::path const& file, std::size_t first_line)
{
    // nlohmann copies and prints values by recursion: brackets without end would use up the stack.
    auto const limit_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json const&) {
        constexpr int deepest = 16;
        if (depth > deepest)
            throw input_error(at_line(file, first_line, fmt::format("nested too deeply; allowed: {} levels", deepest)));
        return true;
    };
    try {
        return nlohmann::json::parse(text, limit_depth);
    } catch (nlohmann::json::out_of_range const&) {
        throw input_error(at_line(file, first_line, "invalid JSON: a number is out of range"));
    } catch (nlohmann::json::parse_error const& error) {
        auto const before = text.substr(0, std::min(error.byte, text.size()));
        auto const line = first_line + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        // The library's own tag in brackets, and its idea of the place, help nobody.
        std::string what = error.what();
        for (auto const* begin : {"] ", "column "})
            if (auto const place = what.find(begin); place != std::string::npos)
                what.erase(0, place + (*begin == ']' ? 2 : 0));
        throw input_error(at_line(file, line, "invalid JSON: " + what));
    }
}

}  // namespace tdjson_sender
