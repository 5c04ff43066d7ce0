#include "log_summary.hpp"

#include "explained.hpp"
#include "text.hpp"
#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace explain {
namespace {

using std::chrono::milliseconds;
using output = std::back_insert_iterator<std::string>;

milliseconds saturated_sum(milliseconds a, milliseconds b) noexcept
{
    return a > milliseconds::max() - b ? milliseconds::max() : a + b;
}

std::string category_name(std::size_t index)
{
    return std::string{mend::to_string(static_cast<mend::category>(index))};
}

/// "12", or "12+" if more of them may have been counted under another text.
std::string count_of(frequent::entry const& each)
{
    return fmt::format("{}{}", each.at_least(), each.inherited == 0 ? "" : "+");
}

void print_texts(output out, frequent const& texts, std::size_t top)
{
    for (auto const& each : texts.top(top))
        fmt::format_to(out, "  {:>10}  {}{}\n", count_of(each), each.note.empty() ? "" : fmt::format("{:<10}", each.note),
                       each.text);
    if (texts.size() > top)
        fmt::format_to(out, "  {:>10}  {}\n", "",
                       texts.overflowed() ? "and others" : "and " + plural(texts.size() - top, "other"));
}

nlohmann::ordered_json json_of(frequent const& texts, std::size_t top, char const* name)
{
    auto result = nlohmann::ordered_json::array();
    for (auto const& each : texts.top(top)) {
        result.push_back(
            {{name, each.text}, {"at_least", each.at_least()}, {"at_most", each.at_most}, {"first_line", each.first_line}});
        if (!each.note.empty())
            result.back()["kind"] = each.note;
    }
    return result;
}

}  // namespace

void log_summary::range::add(std::uint64_t line) noexcept
{
    if (count++ == 0)
        first = line;
    last = line;
}

log_summary::log_summary() : categories_(mend::category_count) {}

void log_summary::add(record const& read)
{
    lines_ += read.lines;
    for (auto const cut : read.cut)
        cut_.add(cut);
    auto line = read.parts.front().line;
    auto const found = look_at(read, line);
    if (found.kind == line_kind::ordinary)
        return;
    if (found.kind == line_kind::unrecognised) {
        unrecognised_.add(line);
        unrecognised_texts_.count(found.key, found.text, line, {});
        return;
    }
    errors_.add(line);
    auto& counted = categories_[static_cast<std::size_t>(found.says.what)];
    counted.lines.add(line);
    counted.texts.count(found.key, found.text, line, found.rule);
    if (auto const wait = found.says.retry_after) {
        ++counted.waits;
        counted.longest = std::max(counted.longest, *wait);
        counted.sum = saturated_sum(counted.sum, *wait);
    }
    if (!found.unknown_name.empty())
        unknown_names_.count(printable(std::string_view{found.unknown_name}.substr(0, longest_name)), line);
}

void log_summary::add(line const& single)
{
    record entry;
    entry.parts.push_back({single.text, single.number});
    if (single.cut)
        entry.cut.push_back(single.number);
    add(entry);
}

std::vector<std::size_t> log_summary::by_count() const
{
    std::vector<std::size_t> result;
    for (std::size_t index = 0; index < categories_.size(); ++index) {
        if (categories_[index].lines.count != 0)
            result.push_back(index);
    }
    std::ranges::sort(result, [&](std::size_t a, std::size_t b) {
        auto const count_a = categories_[a].lines.count;
        auto const count_b = categories_[b].lines.count;
        return count_a != count_b ? count_a > count_b : a < b;
    });
    return result;
}

double log_summary::share(std::size_t category) const
{
    return static_cast<double>(categories_[category].lines.count) / static_cast<double>(errors_.count);
}

std::string log_summary::to_text(std::string_view file, std::size_t top) const
{
    std::string text;
    output const out(text);
    fmt::format_to(out, "{}: {}, {} of them with an error\n", file == "-" ? "standard input" : printable(file),
                   plural(lines_, "line"), errors_.count);
    if (errors_.count != 0)
        fmt::format_to(out, "\n{:<20}{:>10}{:>8}{:>12}{:>12}{:>16}{:>20}\n", "category", "lines", "share", "first line",
                       "last line", "longest wait", "total wait");
    for (auto const index : by_count()) {
        auto const& counted = categories_[index];
        auto const wait = [&](milliseconds of) { return counted.waits == 0 ? std::string{"-"} : in_words(of); };
        fmt::format_to(out, "{:<20}{:>10}{:>6.1f} %{:>12}{:>12}{:>16}{:>20}\n", category_name(index), counted.lines.count,
                       100 * share(index), counted.lines.first, counted.lines.last, wait(counted.longest), wait(counted.sum));
    }
    for (auto const index : by_count()) {
        auto const what = static_cast<mend::category>(index);
        fmt::format_to(out, "\n{}: {}\n  the account {}\n  {:>10}  {:<10}error\n", category_name(index), action_in_words(what),
                       account_in_words(what), "times", "rule");
        print_texts(out, categories_[index].texts, top);
    }
    if (unknown_names_.size() != 0) {
        fmt::format_to(out, "\nnames that are not in the catalogue\n");
        print_texts(out, unknown_names_, std::max<std::size_t>(top, 20));
    }
    if (unrecognised_.count != 0) {
        fmt::format_to(out, "\nerror words that no rule matches: {}, {} to {}\n", plural(unrecognised_.count, "line"),
                       unrecognised_.first, unrecognised_.last);
        print_texts(out, unrecognised_texts_, top);
    }
    if (cut_.count != 0)
        fmt::format_to(out, "\nonly the first {} bytes of {} were read; the first is line {}\n", line_reader::longest,
                       plural(cut_.count, "long line"), cut_.first);
    return text;
}

nlohmann::ordered_json log_summary::to_json(std::string_view file, std::size_t top) const
{
    using nlohmann::ordered_json;
    auto const json_of_range = [](range const& lines) {
        return ordered_json{{"lines", lines.count}, {"first_line", lines.first}, {"last_line", lines.last}};
    };
    ordered_json result{{"file", printable(file)}, {"lines", lines_}, {"errors", errors_.count}};
    result["categories"] = ordered_json::array();
    for (auto const index : by_count()) {
        auto const& counted = categories_[index];
        result["categories"].push_back({
            {"category", category_name(index)},
            {"lines", counted.lines.count},
            {"share", share(index)},
            {"first_line", counted.lines.first},
            {"last_line", counted.lines.last},
            {"waits", counted.waits},
            {"longest_wait_ms", counted.longest.count()},
            {"sum_of_waits_ms", counted.sum.count()},
            {"action", mend::to_string(mend::policy_table{}[static_cast<mend::category>(index)].act)},
            {"account", account_in_words(static_cast<mend::category>(index))},
            {"texts", json_of(counted.texts, top, "text")},
        });
    }
    result["unknown_names"] = json_of(unknown_names_, names_kept, "name");
    result["unrecognised"] = json_of_range(unrecognised_);
    result["unrecognised"]["texts"] = json_of(unrecognised_texts_, top, "text");
    result["cut"] = json_of_range(cut_);
    result["cut"]["bytes"] = line_reader::longest;
    return result;
}

log_summary summarise(std::string const& file)
{
    record_reader entries(file);
    log_summary result;
    while (auto const next = entries.next())
        result.add(*next);
    return result;
}

}  // namespace explain
