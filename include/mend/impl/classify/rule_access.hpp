// Gives the library access to a classifier beyond its public interface.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/error_value.hpp>
#include <mend/impl/classify/rule.hpp>

#include <optional>

namespace mend::detail {

struct rule_access {
    /// Adds a rule for which the public interface has no member.
    static void add(classifier&, rule);

    /// Returns what the rules of describe<E> read from a returned error; nothing if none matches its type.
    [[nodiscard]] static std::optional<failure> read_value(classifier const&, error_value const&) noexcept;
};

}  // namespace mend::detail
