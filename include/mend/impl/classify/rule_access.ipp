// Gives the library access to a classifier beyond its public interface.
#pragma once

#include <mend/impl/classify/rule_access.hpp>

#include <mend/impl/classify/compiled_rules.hpp>
#include <mend/impl/classify/rule_index.hpp>

#include <utility>

namespace mend::detail {

void rule_access::add(classifier& rules, rule added)
{
    rules.add(std::move(added));
}

std::optional<failure> rule_access::read_value(classifier const& rules, error_value const& error) noexcept
{
    try {
        if (error.error == nullptr || rules.rules().source().describers.empty())
            return std::nullopt;
        auto read = rules.rules().index().ask_describers(error.wrap(error.error));
        if (read)
            read->exception = nullptr;  // the error was returned, not thrown
        return read;
    } catch (...) {  // out of memory: the error is read by its type alone
        return std::nullopt;
    }
}

}  // namespace mend::detail
