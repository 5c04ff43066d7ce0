// Prints a report as a table.
#pragma once

#include <mend/report.hpp>

#include <mend/detail/printed.hpp>
#include <mend/detail/saturating_time.hpp>

#include <algorithm>
#include <ostream>
#include <tuple>

namespace mend {
namespace {

using wall_time = std::chrono::system_clock::time_point;

constexpr std::size_t shown_rows = 10;
constexpr std::size_t name_width = 44;

std::string with_leading_zero(std::int64_t number)
{
    std::string const digits = std::to_string(number);
    return number < 10 ? '0' + digits : digits;
}

/// "38.2 s", "12 min 05 s", "3 h 07 min".
std::string duration_of(std::chrono::milliseconds time)
{
    auto const seconds = time.count() / 1000;
    if (seconds < 60)
        return std::to_string(seconds) + '.' + std::to_string(time.count() / 100 % 10) + " s";
    if (seconds < 3600)
        return std::to_string(seconds / 60) + " min " + with_leading_zero(seconds % 60) + " s";
    return std::to_string(seconds / 3600) + " h " + with_leading_zero(seconds / 60 % 60) + " min";
}

std::string moment_of(wall_time at)
{
    using namespace std::chrono;
    auto const day = floor<days>(at);
    year_month_day const date{day};
    hh_mm_ss const time{floor<seconds>(at - day)};
    return std::to_string(static_cast<int>(date.year())) + '-' + with_leading_zero(static_cast<unsigned>(date.month())) + '-' +
           with_leading_zero(static_cast<unsigned>(date.day())) + ' ' + with_leading_zero(time.hours().count()) + ':' +
           with_leading_zero(time.minutes().count()) + ':' + with_leading_zero(time.seconds().count());
}

/// "94.2 %".
std::string percentage(std::uint64_t part, std::uint64_t whole)
{
    auto const tenths = static_cast<std::uint64_t>(static_cast<double>(part) * 1000.0 / static_cast<double>(whole));
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

/// A table with a name and right-aligned figures in each row.
class table {
public:
    table(std::string& into, std::string_view title, std::vector<std::pair<std::string_view, std::size_t>> const& columns)
        : text_{into}
    {
        if (!text_.empty())
            text_ += '\n';
        std::vector<std::string> names;
        for (auto const& [name, width] : columns) {
            names.emplace_back(name);
            widths_.push_back(width);
        }
        put(std::string{title}, names);
    }

    void row(std::string_view name, std::vector<std::string> const& figures) { put("  " + detail::in_one_line(name), figures); }
    void and_others(std::size_t rows)
    {
        if (rows != 0)
            text_ += "  and " + std::to_string(rows) + (rows == 1 ? " other\n" : " others\n");
    }

private:
    void put(std::string name, std::vector<std::string> const& figures)
    {
        name.resize(std::max(name.size(), name_width), ' ');
        text_ += name;
        for (std::size_t index = 0; index != figures.size(); ++index) {
            std::size_t const width = widths_[index];
            text_.append(width > figures[index].size() ? width - figures[index].size() : 1, ' ').append(figures[index]);
        }
        text_ += '\n';
    }

    std::string& text_;
    std::vector<std::size_t> widths_;
};

/// Returns the entries of a map, those with the most failures first.
template <class Map>
auto by_failures(Map const& all)
{
    std::vector<typename Map::value_type const*> sorted;
    sorted.reserve(all.size());
    for (auto const& each : all)
        sorted.push_back(&each);
    std::ranges::sort(sorted, [](auto const* a, auto const* b) {
        return std::tie(b->second.failures, a->first) < std::tie(a->second.failures, b->first);
    });
    return sorted;
}

void print_shares(std::string& text, std::string_view title, std::map<std::string, report::share, std::less<>> const& all)
{
    if (all.empty())
        return;
    table rows{text, title, {{"failures", 9}, {"recovered", 11}, {"stopped", 9}, {"time lost", 15}}};
    auto const sorted = by_failures(all);
    for (std::size_t index = 0; index != std::min(sorted.size(), shown_rows); ++index) {
        auto const& [name, part] = *sorted[index];
        rows.row(name.empty() ? "(none)" : name, {std::to_string(part.failures), std::to_string(part.recovered),
                                                  std::to_string(part.stopped), duration_of(part.waited)});
    }
    rows.and_others(sorted.size() - std::min(sorted.size(), shown_rows));
}

}  // namespace

void report::print_summary(std::string& text, totals const& done) const
{
    if (period_)
        text += "period      " + moment_of(period_->first) + " to " + moment_of(period_->second) + " UTC, " +
                duration_of(detail::between(period_->first, period_->second)) + '\n';
    if (done.operations != 0)
        text += "operations  " + std::to_string(done.operations) + " ended, " + std::to_string(done.succeeded) + " succeeded (" +
                percentage(done.succeeded, done.operations) + ")\n";
    text += "failures    " + std::to_string(failures_) + "; " + std::to_string(retries_) + " retries, " +
            std::to_string(recovered_) + (recovered_ == 1 ? " operation recovered\n" : " operations recovered\n");
}

void report::print_messages(std::string& text) const
{
    if (messages_.empty())
        return;
    table rows{text, "most frequent messages", {{"code", 9}, {"failures", 11}}};
    auto const sorted = sorted_messages();
    for (std::size_t index = 0; index != std::min(sorted.size(), shown_rows); ++index) {
        auto const& each = sorted[index];
        rows.row(each.text.empty() ? "(none)" : each.text,
                 {each.code == 0 ? "-" : std::to_string(each.code), std::to_string(each.failures)});
    }
    rows.and_others(sorted.size() - std::min(sorted.size(), shown_rows));
}

std::string report::text() const
{
    totals const done = operations();
    std::string text;
    std::lock_guard const lock{mutex_};
    if (!period_ && done.operations == 0)
        return text;
    print_summary(text, done);
    if (!losses_.empty()) {
        table rows{text, "category", {{"failures", 9}, {"time lost", 15}}};
        for (auto const* each : by_failures(losses_))
            rows.row(to_string(each->first), {std::to_string(each->second.failures), duration_of(each->second.waited)});
    }
    print_shares(text, "account", accounts_);
    print_shares(text, "method", methods_);
    if (!actions_.empty()) {
        table rows{text, "callback", {{"done", 9}, {"failed", 11}, {"time", 15}}};
        for (auto const& [act, counts] : actions_)
            rows.row(to_string(act),
                     {std::to_string(counts.succeeded), std::to_string(counts.failed), duration_of(counts.taken)});
    }
    if (!stops_.empty()) {
        table rows{text, "why operations stopped", {{"count", 9}}};
        for (auto const& [why, count] : stops_)
            rows.row(to_string(why), {std::to_string(count)});
    }
    print_messages(text);
    if (auto const names = unknown_names_.counts(); !names.empty()) {
        table rows{text, "error names that no rule names", {{"failures", 9}}};
        for (auto const& [name, failures] : names)
            rows.row(name, {std::to_string(failures)});
    }
    return text;
}

std::ostream& operator<<(std::ostream& out, report const& told)
{
    return out << told.text();
}

}  // namespace mend
