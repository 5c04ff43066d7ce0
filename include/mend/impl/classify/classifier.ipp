// The classifier: builds its rules, and asks their index.
#pragma once

#include <mend/classifier.hpp>

#include <mend/impl/classify/compiled_rules.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/impl/classify/rule_index.hpp>
#include <mend/impl/classify/standard_exceptions.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mend {
namespace detail {

namespace {

bool is_described(failure const& what) noexcept
{
    return !what.exception || !what.message.empty() || what.code != 0 || what.error || what.known;
}

/// Returns the classification for a failure that could not be described, because memory is exhausted.
classification at_a_loss(failure const& what) noexcept
{
    classification result;
    result.retry_after = what.retry_after;
    result.number = what.number;
    result.delivered = what.delivered.value_or(delivery::unknown);
    return result;
}

failure describe_again(rule_index const& index, failure const& what)
{
    auto result = index.describe(what.exception);
    keep_stated(what, result);
    name_method(result);
    return result;
}

rule_match rule_on(rule_index const& index, failure const& what)
{
    if (!is_described(what))
        return index.classify(describe_again(index, what));
    if (!index.has_users_code())
        return index.classify(what);
    // For the rules in code, the only ones that read these fields.
    auto const code = what.code == 0 ? error_text::parse(what.message).code : 0;
    if (code == 0 && (!what.method.empty() || named_method(what.message).empty()))
        return index.classify(what);
    auto told = what;
    if (code != 0)
        told.code = code;
    name_method(told);
    return index.classify(told);
}

}  // namespace
}  // namespace detail

classifier::classifier() = default;

classifier::classifier(classifier const& other) noexcept : rules_(other.rules_)
{
    if (rules_)
        rules_->share();
}

classifier::classifier(classifier&&) noexcept = default;

classifier& classifier::operator=(classifier const& other) noexcept
{
    if (this == &other)
        return *this;
    if (other.rules_)
        other.rules_->share();
    rules_ = other.rules_;
    return *this;
}

classifier& classifier::operator=(classifier&&) noexcept = default;

classifier::~classifier() = default;

detail::compiled_rules& classifier::own_rules()
{
    if (!rules_)
        rules_ = std::make_shared<detail::compiled_rules>();
    else if (rules_->is_shared())
        rules_ = std::make_shared<detail::compiled_rules>(*rules_);
    return *rules_;
}

classifier& classifier::add(detail::rule added)
{
    if (!is_valid(added.says.what))
        throw std::invalid_argument("a rule's category is " + std::to_string(static_cast<unsigned>(added.says.what)) +
                                    "; allowed: one of mend::category");
    own_rules().add(std::move(added));
    return *this;
}

classifier& classifier::when_type(type_test test, std::type_info const& type, category what)
{
    return add({detail::type_match{test, &type}, {what}});
}

classifier& classifier::add_describer(type_test test, describer reader)
{
    own_rules().add(detail::describer{test, std::move(reader)});
    return *this;
}

classifier& classifier::when_error(std::error_code error, category what)
{
    return add({detail::error_match{error}, {what}});
}

classifier& classifier::when_error(std::error_condition condition, category what)
{
    return add({detail::condition_match{condition}, {what}});
}

classifier& classifier::when_code(int code, category what)
{
    return when_code(code, code, what);
}

classifier& classifier::when_code(int first, int last, category what)
{
    return add({detail::code_match{std::min(first, last), std::max(first, last)}, {what}});
}

classifier& classifier::when_name(std::string_view pattern, category what, std::optional<scope> where)
{
    auto parsed = detail::pattern::parse(pattern);
    if (pattern.size() > detail::name_index::longest)
        throw std::invalid_argument("pattern \"" + std::string{pattern} + "\" is longer than 128 bytes");
    if (!parsed.slots.empty() && detail::name_index::digit_runs_of(parsed) > detail::name_index::max_runs)
        throw std::invalid_argument("pattern \"" + std::string{pattern} +
                                    "\" has more than 16 numbers, including its placeholders");
    return add({detail::name_match{std::move(parsed)}, {what, where}});
}

classifier& classifier::when_message(std::string_view pattern, category what, std::optional<scope> where)
{
    auto parsed = detail::pattern::parse(pattern);
    std::ranges::transform(parsed.text, parsed.text.begin(), detail::to_lower);
    return add({detail::message_match{std::move(parsed)}, {what, where}});
}

classifier& classifier::when(std::function<std::optional<classification>(failure const&)> ask)
{
    return add({detail::predicate_match{std::move(ask)}});
}

classifier& classifier::then(classifier later)
{
    if (!rules_)
        rules_ = std::move(later.rules_);  // nothing to copy, and an index that is built is kept
    else if (later.rules_)
        own_rules().append(later.rules_->source());
    return *this;
}

detail::compiled_rules const& classifier::rules() const
{
    static detail::compiled_rules const none;
    return rules_ ? *rules_ : none;
}

classification classifier::classify(failure const& what) const noexcept
{
    try {
        return detail::rule_on(rules().index(), what).says;
    } catch (...) {
        return detail::at_a_loss(what);
    }
}

explanation classifier::explain(failure const& what) const
{
    auto const answer = detail::rule_on(rules().index(), what);
    if (answer.rule == detail::no_rule)
        return {answer.says, std::nullopt, "no rule"};
    return {answer.says, answer.rule, detail::to_text(rules().source().rules[answer.rule])};
}

std::string_view classifier::unknown_name(failure const& what) const noexcept
{
    try {
        return rules().index().unknown_name(what);
    } catch (...) {  // out of memory while the index was built
        return {};
    }
}

failure classifier::failure_of(std::exception_ptr thrown) const noexcept
{
    try {
        if (!thrown)
            return {};
        auto result = rules().index().describe(thrown);
        detail::name_method(result);
        return result;
    } catch (...) {
        failure result;
        result.exception = std::move(thrown);
        return result;
    }
}

}  // namespace mend
