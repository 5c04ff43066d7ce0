// A rule set with its index, shared by the copies of a classifier.
#pragma once

#include <mend/impl/classify/compiled_rules.hpp>

#include <mend/impl/classify/rule_index.hpp>

#include <utility>

namespace mend::detail {

compiled_rules::compiled_rules() = default;

compiled_rules::compiled_rules(compiled_rules const& other) : source_(other.source_) {}

compiled_rules::~compiled_rules() = default;

void compiled_rules::add(rule added)
{
    source_.rules.push_back(std::move(added));
    drop_index();
}

void compiled_rules::add(describer added)
{
    source_.describers.push_back(std::move(added));
    drop_index();
}

void compiled_rules::append(rule_set const& later)
{
    source_.append(later);
    drop_index();
}

void compiled_rules::drop_index() noexcept
{
    index_.store(nullptr, std::memory_order_relaxed);
    owned_.reset();
}

rule_index const& compiled_rules::index() const
{
    if (auto const* ready = index_.load(std::memory_order_acquire))
        return *ready;
    std::lock_guard const lock{building_};
    if (!owned_) {
        owned_ = std::make_unique<rule_index const>(source_);
        index_.store(owned_.get(), std::memory_order_release);
    }
    return *owned_;
}

}  // namespace mend::detail
