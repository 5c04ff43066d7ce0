// The rules of a classifier, shared by its copies, and the index over them that is built on first use.
#include "rule_index.hpp"

#include <mend/classifier.hpp>
#include <mend/detail/rule_set.hpp>

#include <utility>

namespace mend::detail {

rule_set::rule_set() = default;

rule_set::rule_set(rule_set const& other) : rules_(other.rules_), describers_(other.describers_) {}

rule_set::~rule_set() = default;

void rule_set::add(rule added)
{
    rules_.push_back(std::move(added));
    changed();
}

void rule_set::add(describer added)
{
    describers_.push_back(std::move(added));
    changed();
}

void rule_set::append(rule_set const& later)
{
    // By number, and room first: `later` may be these very rules.
    auto const rules = later.rules_.size();
    auto const describers = later.describers_.size();
    rules_.reserve(rules_.size() + rules);
    describers_.reserve(describers_.size() + describers);
    for (std::size_t next = 0; next < rules; ++next)
        rules_.push_back(later.rules_[next]);
    for (std::size_t next = 0; next < describers; ++next)
        describers_.push_back(later.describers_[next]);
    changed();
}

void rule_set::changed()
{
    index_.store(nullptr, std::memory_order_relaxed);
    owned_.reset();
}

rule_index const& rule_set::index() const
{
    if (auto const* ready = index_.load(std::memory_order_acquire))
        return *ready;
    std::lock_guard const lock{building_};
    if (!owned_) {
        owned_ = std::make_unique<rule_index const>(*this);
        index_.store(owned_.get(), std::memory_order_release);
    }
    return *owned_;
}

void rule_access::add(classifier& rules, rule added)
{
    rules.add(std::move(added));
}

std::optional<failure> rule_access::read_value(classifier const& rules, error_value const& error) noexcept
{
    try {
        if (error.error == nullptr || rules.rules().describers().empty())
            return std::nullopt;
        auto read = rules.rules().index().ask_describers(error.wrap(error.error));
        if (read)
            read->exception = nullptr;  // it was returned, and not thrown
        return read;
    } catch (...) {  // out of memory: the error is what its type alone tells
        return std::nullopt;
    }
}

}  // namespace mend::detail
