// The compiled form of a rule set: whatever its size, a failure is looked at a fixed number of times.
#pragma once

#include "code_index.hpp"
#include "error_index.hpp"
#include "name_index.hpp"
#include "text_index.hpp"
#include "type_memo.hpp"

#include <mend/classification.hpp>
#include <mend/detail/rule_set.hpp>
#include <mend/failure.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <vector>

namespace mend::detail {

/// The answer, and the number of the rule that gave it; no_rule where none matched.
struct ruling {
    classification says;
    std::uint32_t rule = no_rule;
};

/// Rules are numbered in their order; each part of the index finds the smallest number that matches, and the smallest
/// of all wins. Thread-safe: the two memos inside lock themselves.
class rule_index {
public:
    explicit rule_index(rule_set const&);  ///< the rule set must outlive it

    [[nodiscard]] ruling classify(failure const&) const;
    [[nodiscard]] failure describe(std::exception_ptr const&) const;
    /// What the first describer says that fits and does not throw; nothing if there is none.
    [[nodiscard]] std::optional<failure> ask_describers(std::exception_ptr const&) const;
    [[nodiscard]] std::string_view unknown_name(failure const&) const noexcept;

    /// Is there a rule in code that a user has added?
    [[nodiscard]] bool has_users_code() const noexcept { return has_users_code_; }

private:
    [[nodiscard]] error_text read(std::string_view text, text_reader&, name_index::search&) const;
    [[nodiscard]] ruling conclude(std::uint32_t rule, captured const&, failure const&, error_text const&) const;

    rule_set const& source_;
    name_index names_;
    text_index texts_;
    code_index codes_;
    error_index errors_;
    type_memo types_;
    std::vector<std::uint32_t> asked_;  ///< rules in code, in order
    bool has_users_code_ = false;
};

/// What an exception says when no describer knows its type; one rethrow, and one for each level of nesting.
void describe_standard(std::exception_ptr const&, failure& into, std::exception_ptr& nested);

}  // namespace mend::detail
