// Counts failures, recoveries and lost time by category, account, method and message.
#pragma once

#include <mend/report.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/detail/printed.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/impl/watch/watched_text.hpp>

#include <algorithm>
#include <tuple>

namespace mend {

namespace {

constexpr std::size_t longest_message = 100;

/// Returns the text in one line, with each number as "#", so that texts that differ only in numbers are one message.
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
    // 0 if the wall clock was set back.
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
    std::vector<std::function<totals()>> sources;  // called without the lock: a manager has locks of its own
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

}  // namespace mend
