// Caches for each type of exception which rule and which describer match it.
#pragma once

#include <mend/impl/classify/exception_type_cache.hpp>

#include <cxxabi.h>

#include <algorithm>

namespace mend::detail {
namespace {

std::type_info const* dynamic_type(std::exception_ptr const& thrown) noexcept
{
#ifdef __GLIBCXX__
    return thrown.__cxa_exception_type();  // without a throw
#else
    try {
        std::rethrow_exception(thrown);
    } catch (...) {
        return abi::__cxa_current_exception_type();
    }
#endif
}

bool nests(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (std::nested_exception const&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace

std::exception_ptr nested_in(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (std::nested_exception const& outer) {
        return outer.nested_ptr();
    } catch (...) {
        return nullptr;
    }
}

type_facts exception_type_cache::facts(std::exception_ptr const& thrown) const
{
    auto const* const type = dynamic_type(thrown);
    if (type == nullptr)
        return find_out(thrown);
    {
        std::lock_guard const lock{remembering_};
        if (auto const found = remembered_.find(type); found != remembered_.end())
            return found->second;
    }
    auto const result = find_out(thrown);
    std::lock_guard const lock{remembering_};
    if (remembered_.size() < most_remembered)
        remembered_.try_emplace(type, result);
    return result;
}

type_facts exception_type_cache::find_out(std::exception_ptr const& thrown) const
{
    auto const fits = [&thrown](auto const& each) { return each.is_a(thrown); };
    auto const rule = std::ranges::find_if(rules_, fits);
    auto const describer = std::ranges::find_if(describers_, fits);
    return {rule == rules_.end() ? no_rule : rule->rule,
            static_cast<std::size_t>(std::ranges::distance(describers_.begin(), describer)), nests(thrown)};
}

}  // namespace mend::detail
