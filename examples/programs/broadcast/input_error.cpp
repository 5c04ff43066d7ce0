#include "input_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace broadcast {

std::string at_line(std::filesystem::path const& file, std::size_t line, std::string const& text)
{
    return line == 0 ? fmt::format("{}: {}", file.string(), text) : fmt::format("{}:{}: {}", file.string(), line, text);
}

std::string in_quotes(std::string const& text)
{
    constexpr std::size_t longest = 60;
    std::string shown = "\"";
    for (char const c : text.substr(0, longest)) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            shown += c;
    }
    return shown + (text.size() > longest ? "...\"" : "\"");
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

}  // namespace broadcast
