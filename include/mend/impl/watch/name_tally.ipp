// Counts error names that no rule knows.
#pragma once

#include <mend/name_tally.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace mend {
namespace {

bool is_number(std::string_view text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Returns NEW_WAIT_{number} for NEW_WAIT_37.
std::string without_numbers(std::string_view name)
{
    std::string pattern;
    for (std::size_t at = 0; at <= name.size();) {
        auto const end = std::min(name.find('_', at), name.size());
        auto const part = name.substr(at, end - at);
        if (at != 0)
            pattern += '_';
        pattern += is_number(part) ? "{number}" : part;
        at = end + 1;
    }
    return pattern;
}

}  // namespace

void name_tally::add(std::string_view name)
{
    auto pattern = without_numbers(name);
    std::lock_guard const lock{mutex_};
    if (auto const found = failures_.find(pattern); found != failures_.end())
        ++found->second;
    else if (failures_.size() < most_names)
        failures_.emplace(std::move(pattern), 1);
    else
        ++failures_of_further_names_;
}

std::vector<name_count> name_tally::counts() const
{
    std::vector<name_count> all;
    {
        std::lock_guard const lock{mutex_};
        for (auto const& [name, failures] : failures_)
            all.push_back({name, failures});
    }
    std::ranges::sort(all, [](name_count const& a, name_count const& b) {
        return std::tie(b.failures, a.name) < std::tie(a.failures, b.name);
    });
    return all;
}

std::uint64_t name_tally::failures_of_further_names() const
{
    std::lock_guard const lock{mutex_};
    return failures_of_further_names_;
}

}  // namespace mend
