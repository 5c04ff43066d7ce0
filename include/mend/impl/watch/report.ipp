// A summary for people: what was sent, what failed, what was done about it, what time it cost.
#pragma once

#include <mend/report.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/detail/printed.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/impl/watch/watched_text.hpp>

#include <algorithm>
#include <ostream>
#include <tuple>

namespace mend {

namespace {

using wall_time = std::chrono::system_clock::time_point;

constexpr std::size_t longest_message = 100;

/// The text with each number in it as "#", in one line: what differs in its numbers alone is one message.
std::string pattern_of(std::string_view message)
{
    std::string const text = detail::in_one_line(detail::without_page(message));
    std::string pattern;
    for (std::size_t at = 0; at != text.size(); ++at) {
        if (!detail::is_digit(text[at]))
            pattern += text[at];
        else if (at == 0 || !detail::is_digit(text[at - 1]))
            pattern += '#';
    }
    return detail::limit_message(pattern, longest_message);
}

}  // namespace

void report::on_event(event const& happened)
{
    if (!happened.unknown_name.empty())
        unknown_names_.add(happened.unknown_name);
    std::lock_guard const lock{mutex_};
    if (!period_)
        period_.emplace(happened.at, happened.at);
    period_->first = std::min(period_->first, happened.at);
    period_->second = std::max(period_->second, happened.at);
    switch (happened.kind) {
    case event_kind::attempt_failed:
        add_failure(happened);
        break;
    case event_kind::retrying:
        ++retries_;
        end_trouble(happened);
        break;
    case event_kind::recovered:
        ++recovered_;
        ++share_of(accounts_, happened.account_id, most_accounts).recovered;
        ++share_of(methods_, happened.method, most_methods).recovered;
        open_.erase(happened.operation);
        break;
    case event_kind::gave_up:
    case event_kind::refused:
    case event_kind::cancelled:
        ++stops_[happened.kind == event_kind::cancelled ? stop_reason::cancelled : happened.why];
        ++share_of(accounts_, happened.account_id, most_accounts).stopped;
        ++share_of(methods_, happened.method, most_methods).stopped;
        end_trouble(happened);
        break;
    case event_kind::action_ended: {
        runs& counts = actions_[happened.act];
        ++(happened.result == action_result::succeeded ? counts.succeeded : counts.failed);
        counts.taken = detail::sum(counts.taken, happened.delay);
        break;
    }
    default:
        break;
    }
}

void report::add_failure(event const& happened)
{
    ++failures_;
    ++losses_[happened.what].failures;
    ++share_of(accounts_, happened.account_id, most_accounts).failures;
    ++share_of(methods_, happened.method, most_methods).failures;
    open_.insert_or_assign(happened.operation, trouble{happened.at, happened.what});
    std::pair key{pattern_of(happened.message), happened.code};
    if (messages_.size() >= most_messages && !messages_.contains(key))
        key = {"others", 0};
    ++messages_[std::move(key)];
}

void report::end_trouble(event const& happened)
{
    auto const found = open_.find(happened.operation);
    if (found == open_.end())
        return;
    // 0 where the wall clock has jumped back.
    auto const lost = detail::between(found->second.since, happened.at);
    auto const add = [&](std::chrono::milliseconds& waited) { waited = detail::sum(waited, lost); };
    add(losses_[found->second.what].waited);
    add(share_of(accounts_, happened.account_id, most_accounts).waited);
    add(share_of(methods_, happened.method, most_methods).waited);
    open_.erase(found);
}

report::share& report::share_of(shares& all, std::string_view name, std::size_t most)
{
    if (auto const found = all.find(name); found != all.end())
        return found->second;
    return all[all.size() < most ? std::string{name} : "others"];
}

std::map<category, report::loss> report::losses() const
{
    std::lock_guard const lock{mutex_};
    return losses_;
}

std::map<action, report::runs> report::actions() const
{
    std::lock_guard const lock{mutex_};
    return actions_;
}

std::map<stop_reason, std::uint64_t> report::stops() const
{
    std::lock_guard const lock{mutex_};
    return stops_;
}

std::map<std::string, report::share, std::less<>> report::accounts() const
{
    std::lock_guard const lock{mutex_};
    return accounts_;
}

std::map<std::string, report::share, std::less<>> report::methods() const
{
    std::lock_guard const lock{mutex_};
    return methods_;
}

std::vector<report::message> report::sorted_messages() const
{
    std::vector<message> all;
    all.reserve(messages_.size());
    for (auto const& [key, failures] : messages_)
        all.push_back({key.first, key.second, failures});
    std::ranges::sort(all, [](message const& a, message const& b) {
        return std::tie(b.failures, a.text, a.code) < std::tie(a.failures, b.text, b.code);
    });
    return all;
}

std::vector<report::message> report::messages() const
{
    std::lock_guard const lock{mutex_};
    return sorted_messages();
}

std::vector<name_count> report::unknown_names() const
{
    return unknown_names_.counts();
}

std::uint64_t report::retries() const
{
    std::lock_guard const lock{mutex_};
    return retries_;
}

std::uint64_t report::recovered() const
{
    std::lock_guard const lock{mutex_};
    return recovered_;
}

void report::count_operations(std::function<totals()> source)
{
    std::lock_guard const lock{mutex_};
    sources_.push_back(std::move(source));
}

report::totals report::operations() const
{
    std::vector<std::function<totals()>> sources;  // asked without the lock: a manager has locks of its own
    {
        std::lock_guard const lock{mutex_};
        sources = sources_;
    }
    totals all;
    for (auto const& source : sources) {
        totals const its = source();
        all.operations += its.operations;
        all.succeeded += its.succeeded;
    }
    return all;
}

// --- the table

namespace {

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

/// A row: a name, then its figures, each at the right end of its column.
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

/// The entries of a map, those with the most failures first.
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
