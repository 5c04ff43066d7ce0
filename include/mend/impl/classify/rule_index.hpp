// The compiled form of a rule set: a failure is read a fixed number of times, however many rules there are.
#pragma once

#include <mend/classification.hpp>
#include <mend/failure.hpp>
#include <mend/impl/classify/code_index.hpp>
#include <mend/impl/classify/error_index.hpp>
#include <mend/impl/classify/exception_type_cache.hpp>
#include <mend/impl/classify/name_index.hpp>
#include <mend/impl/classify/rule_set.hpp>
#include <mend/impl/classify/text_index.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <vector>

namespace mend::detail {

/// The answer, and the number of the rule that gave it; no_rule if none matched.
struct rule_match {
    classification says;
    std::uint32_t rule = no_rule;
};

/// Rules are numbered in order. Each part of the index finds the smallest number that matches, and the smallest of all wins.
/// Thread-safe: its two caches have locks.
class rule_index {
public:
    explicit rule_index(rule_set const&);  ///< the rule set must outlive it

    [[nodiscard]] rule_match classify(failure const&) const;
    [[nodiscard]] failure describe(std::exception_ptr const&) const;
    /// Returns the result of the first describer that matches and does not throw; nothing if there is none.
    [[nodiscard]] std::optional<failure> ask_describers(std::exception_ptr const&) const;
    [[nodiscard]] std::string_view unknown_name(failure const&) const noexcept;

    /// Returns whether a user has added a rule in code.
    [[nodiscard]] bool has_users_code() const noexcept { return has_users_code_; }

private:
    [[nodiscard]] error_text read(std::string_view text, text_reader&, name_index::search&) const;
    [[nodiscard]] rule_match conclude(std::uint32_t rule, captured const&, failure const&, error_text const&) const;

    rule_set const& source_;
    name_index names_;
    text_index texts_;
    code_index codes_;
    error_index errors_;
    exception_type_cache types_;
    std::vector<std::uint32_t> asked_;  ///< rules in code, in order
    bool has_users_code_ = false;
};

}  // namespace mend::detail
