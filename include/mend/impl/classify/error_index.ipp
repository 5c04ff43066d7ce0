// Finds the first rule for an error code.
#pragma once

#include <mend/impl/classify/error_index.hpp>

#include <mend/impl/classify/network_error.hpp>

#include <algorithm>

namespace mend::detail {

error_index::key error_index::key_of(std::error_code const& error) noexcept
{
    if (is_systems(error.category())) {
        if (int const number = errno_of(error); number != 0)
            return {&std::generic_category(), number};
    }
    return {&error.category(), error.value()};
}

void error_index::add(std::uint32_t rule, std::error_code const& error)
{
    exact_.try_emplace(key_of(error), rule);
}

void error_index::add(std::uint32_t rule, std::error_condition const& condition)
{
    conditions_.push_back({rule, condition});
}

std::uint32_t error_index::find(std::error_code const& error) const
{
    if (!error)
        return no_rule;
    auto best = no_rule;
    if (auto const found = exact_.find(key_of(error)); found != exact_.end())
        best = found->second;
    return conditions_.empty() ? best : std::min(best, find_condition(error));
}

std::uint32_t error_index::find_condition(std::error_code const& error) const
{
    key const asked{&error.category(), error.value()};
    {
        std::lock_guard const lock{remembering_};
        if (auto const found = remembered_.find(asked); found != remembered_.end())
            return found->second;
    }
    // Without the lock, since a category is user code.
    auto const first = std::ranges::find_if(conditions_, [&](auto const& each) { return error == each.condition; });
    auto const result = first == conditions_.end() ? no_rule : first->rule;

    std::lock_guard const lock{remembering_};
    if (remembered_.size() < most_remembered)
        remembered_.try_emplace(asked, result);
    return result;
}

}  // namespace mend::detail
