#include "records.hpp"

#include "text.hpp"

#include <algorithm>
#include <utility>

namespace explain {
namespace {

using namespace std::string_view_literals;

bool is_indented(std::string_view line) noexcept
{
    return !line.empty() && (line.front() == ' ' || line.front() == '\t');
}

/// Also if its first line is missing.
bool begins_traceback(std::string_view line) noexcept
{
    return line.ends_with("(most recent call last):"sv) || line.starts_with("  File \""sv);
}

/// "    at async send (file:3:4)", "\tat org.example.Bot.run(Bot.java:9)", "\t... 12 more".
bool is_frame(std::string_view line) noexcept
{
    if (!is_indented(line))
        return false;
    auto const text = trimmed(line);
    return text.starts_with("at "sv) || (text.starts_with("... "sv) && text.ends_with(" more"sv));
}

bool opens_block(std::string_view line) noexcept
{
    return trimmed(line).ends_with('{');
}

/// Every line inside a printed object begins so.
bool may_be_inside_block(std::string_view line) noexcept
{
    return line.empty() || is_indented(line) || "}]\"'"sv.find(line.front()) != std::string_view::npos;
}

/// The number of braces and brackets that the line opens, minus those that it closes.
int depth_of(std::string_view line) noexcept
{
    int depth = 0;
    char mark = 0;
    for (std::size_t index = 0; index < line.size(); ++index) {
        char const c = line[index];
        if (c == '\\')
            ++index;
        else if (mark != 0)
            mark = c == mark ? '\0' : mark;
        else if (c == '"' || c == '\'')
            mark = c;
        else if (c == '{' || c == '[')
            ++depth;
        else if (c == '}' || c == ']')
            --depth;
    }
    return depth;
}

/// A continuation line of aiogram's messages.
bool goes_on(std::string_view line) noexcept
{
    return line.starts_with("Original description: "sv) || line.starts_with("(background on this error at: "sv);
}

/// pyTelegramBotAPI prints the reply itself on the next line.
bool is_in_front_of_answer(std::string_view line) noexcept
{
    return trimmed(line).ends_with("Response body:"sv);
}

/// A line between two tracebacks, where the first caused the second.
bool links_tracebacks(std::string_view line) noexcept
{
    return line.starts_with("During handling of the above exception"sv) ||
           line.starts_with("The above exception was the direct cause"sv);
}

}  // namespace

record_reader::stored const* record_reader::at(std::size_t index)
{
    while (held_.size() <= index) {
        if (index >= most_lines || (index > 0 && bytes_ > most_bytes))
            return nullptr;
        auto const read = lines_.next();
        if (!read)
            return nullptr;
        std::string text;
        if (!unused_.empty()) {
            text = std::move(unused_.back());
            unused_.pop_back();
        }
        text = read->text;
        bytes_ += text.size();
        held_.push_back({std::move(text), read->number, read->cut});
    }
    return &held_[index];
}

void record_reader::drop(std::size_t count)
{
    for (; count > 0; --count) {
        auto& oldest = held_.front();
        bytes_ -= oldest.text.size();
        if (unused_.size() < 4 && oldest.text.capacity() < 4096)
            unused_.push_back(std::move(oldest.text));
        held_.pop_front();
    }
}

/// The index after the last line of the object that the line opens; `first` if the object does not end.
std::size_t record_reader::end_of_block(std::size_t first)
{
    int depth = 1;  // before the last brace the first line is text
    for (auto index = first + 1; auto const* const line = at(index); ++index) {
        if (!may_be_inside_block(line->text))
            return first;
        depth += depth_of(line->text);
        if (depth <= 0)
            return index + 1;
    }
    return first;
}

void record_reader::join(std::size_t first, std::size_t end)
{
    joined_.clear();
    for (auto index = first; index < end; ++index) {
        joined_ += index == first ? ""sv : " "sv;
        joined_ += index == first ? std::string_view{held_[index].text} : trimmed(held_[index].text);
    }
}

void record_reader::read_block(record& into)
{
    auto const end = end_of_block(0);
    if (end == 0)
        return;
    join(0, end);
    into.parts = {{joined_, held_[0].number}};
    into.lines = end;
}

void record_reader::read_traceback(record& into)
{
    std::size_t last = 0;  // the line that describes the error
    std::size_t index = 1;
    for (; auto const* const line = at(index); ++index) {
        std::string_view const text = line->text;
        if (trimmed(text).empty() || is_indented(text) || goes_on(text))
            continue;
        if (links_tracebacks(text) || begins_traceback(text))
            last = 0;
        else if (last == 0)
            last = index;
        else
            break;
    }
    into.parts = {{held_[last].text, held_[last].number}};
    into.lines = index;
    into.traced = true;
}

void record_reader::read_stack(record& into)
{
    std::vector<record::part> causes;
    std::optional<record::part> block;
    std::size_t index = 1;
    for (; auto const* const line = at(index); ++index) {
        auto const text = trimmed(line->text);
        if (is_frame(line->text)) {
            auto const end = opens_block(line->text) ? end_of_block(index) : index;
            if (end == index)
                continue;
            join(index, end);
            block = record::part{std::string_view{joined_}.substr(line->text.rfind('{')), line->number};
            index = end;
            break;
        }
        if (!text.starts_with("Caused by: "sv))
            break;
        causes.push_back({text, line->number});
    }
    into.parts.assign(causes.rbegin(), causes.rend());
    into.parts.push_back({held_[0].text, held_[0].number});
    if (block)
        into.parts.push_back(*block);
    into.lines = index;
}

std::optional<record> record_reader::next()
{
    drop(std::exchange(returned_, 0));
    auto const* const first = at(0);
    if (first == nullptr)
        return std::nullopt;
    record result;
    result.parts.push_back({first->text, first->number});
    if (begins_traceback(first->text))
        read_traceback(result);
    else if (opens_block(first->text))
        read_block(result);
    else if (auto const* const second = at(1); second != nullptr && is_frame(second->text))
        read_stack(result);
    else if (second != nullptr && goes_on(second->text))
        for (auto const* line = second; line != nullptr && goes_on(line->text); line = at(result.lines))
            ++result.lines;
    else if (second != nullptr && is_in_front_of_answer(first->text) && second->text.starts_with('[')) {
        join(0, 2);
        result.parts = {{joined_, first->number}};
        result.lines = 2;
    }
    returned_ = result.lines;
    for (std::size_t index = 0; index < returned_; ++index) {
        if (held_[index].cut)
            result.cut.push_back(held_[index].number);
    }
    return result;
}

}  // namespace explain
