// What the library asks of a classifier beyond its public interface.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/error_value.hpp>
#include <mend/impl/classify/rule.hpp>

#include <optional>

namespace mend::detail {

struct rule_access {
    /// Adds a rule that the public interface has no member for.
    static void add(classifier&, rule);

    /// What the rules of describe<E> read from an error that was returned; nothing if none fits its type.
    [[nodiscard]] static std::optional<failure> read_value(classifier const&, error_value const&) noexcept;
};

}  // namespace mend::detail
