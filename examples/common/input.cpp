#include "common/input.hpp"

#include "common/printable.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace common {
namespace {

constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::string at_line(std::filesystem::path const& file, std::size_t line, std::string_view text)
{
    auto place = file.string();
    if (line != 0)
        place += ":" + std::to_string(line);
    return place.append(": ").append(text);
}

std::string in_quotes(std::string_view value)
{
    constexpr std::size_t longest = 60;
    return '"' + printable(value.substr(0, longest)) + (value.size() > longest ? "...\"" : "\"");
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string read_file(std::filesystem::path const& file)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        throw input_error(at_line(file, 0, "is a directory, not a file"));
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw input_error(at_line(file, 0, "cannot be read: " + std::generic_category().message(errno)));
    std::ostringstream text;
    text << in.rdbuf();
    if (in.bad())
        throw input_error(at_line(file, 0, "cannot be read to the end"));
    return std::move(text).str();
}

void for_each_line(std::string_view content, std::function<void(std::string_view, std::size_t)> const& take)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // some editors write one
    if (content.starts_with(byte_order_mark))
        content.remove_prefix(byte_order_mark.size());
    for (std::size_t number = 1; !content.empty(); ++number) {
        auto const end = std::min(content.find('\n'), content.size());
        auto const line = trimmed(content.substr(0, end));
        content.remove_prefix(std::min(end + 1, content.size()));
        if (!line.empty())
            take(line, number);
    }
}

}  // namespace common
