#include "line_reader.hpp"

#include "common/input.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace explain {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

std::FILE* open(std::string const& file)
{
    if (file == "-")
        return stdin;
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        throw common::input_error(common::at_line(file, 0, "is a directory; allowed: a file, or - for standard input"));
    errno = 0;
    auto* const stream = std::fopen(file.c_str(), "rb");
    if (stream == nullptr)
        throw common::input_error(common::at_line(file, 0, "cannot be read: " + std::generic_category().message(errno)));
    return stream;
}

}  // namespace

void line_reader::closer::operator()(std::FILE* stream) const noexcept
{
    if (stream != stdin)
        std::fclose(stream);
}

line_reader::line_reader(std::string const& file) : name_(file), stream_(open(file)), block_(block_size) {}

line_reader line_reader::of_text(std::string_view text)
{
    line_reader result;
    result.block_.assign(text.begin(), text.end());
    result.unread_ = {result.block_.data(), result.block_.size()};
    return result;
}

bool line_reader::fill()
{
    if (stream_ == nullptr)
        return false;
    errno = 0;
    auto const size = std::fread(block_.data(), 1, block_.size(), stream_.get());
    if (size == 0 && std::ferror(stream_.get()) != 0)
        throw common::input_error(common::at_line(name_ == "-" ? "standard input" : name_, 0,
                                                  "cannot be read: " + std::generic_category().message(errno)));
    bytes_ += size;
    unread_ = {block_.data(), size};
    return size != 0;
}

void line_reader::take(std::string_view part)
{
    auto const room = longest - text_.size();
    cut_ |= part.size() > room;
    text_.append(part.substr(0, room));
}

std::optional<line> line_reader::next()
{
    text_.clear();
    cut_ = false;
    bool begun = false;
    for (;;) {
        if (unread_.empty() && !fill())
            break;
        begun = true;
        auto const end = unread_.find('\n');
        take(unread_.substr(0, end));
        unread_.remove_prefix(std::min(end == std::string_view::npos ? end : end + 1, unread_.size()));
        if (end != std::string_view::npos)
            break;
    }
    if (!begun)
        return std::nullopt;
    if (!cut_ && text_.ends_with('\r'))
        text_.pop_back();
    return line{text_, ++number_, cut_};
}

}  // namespace explain
