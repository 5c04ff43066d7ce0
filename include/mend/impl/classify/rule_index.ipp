// Compiles a rule set, and classifies failures by it.
#pragma once

#include <mend/impl/classify/rule_index.hpp>

#include <mend/impl/classify/network_error.hpp>
#include <mend/impl/classify/standard_exceptions.hpp>
#include <mend/impl/classify/text_reader.hpp>
#include <mend/impl/classify/user_error_scope.hpp>

#include <algorithm>
#include <type_traits>
#include <variant>

namespace mend::detail {
namespace {

constexpr int deepest_nesting = 8;

delivery likely_delivery(category what, int code, std::error_code const& error) noexcept
{
    if (what == category::duplicate)
        return delivery::sent;
    if (code < 0 || code >= 500)  // the server failed: the request may have had an effect
        return delivery::unknown;
    if (facts_of(what).refused || code >= 300)
        return delivery::not_sent;
    return network_error(error).value_or(delivery::unknown);
}

template <class T>
std::optional<T> longer(std::optional<T> const& a, std::optional<T> const& b) noexcept
{
    return a && b ? std::max(*a, *b) : a ? a : b;
}

std::optional<std::chrono::milliseconds> told_wait(std::optional<std::chrono::milliseconds> wait) noexcept
{
    using namespace std::chrono_literals;
    if (wait && *wait <= 0ms)  // FLOOD_WAIT_0 is a wait, too
        return 1s;
    return wait;
}

/// Replaces out-of-range values, which users' rules can return, by defaults, and waits of 0 or less by 1 s.
classification made_sane(classification says) noexcept
{
    if (!is_valid(says.what))
        says.what = category::unknown;
    if (says.where > scope::groups)
        says.where = default_scope(says.what);
    if (says.delivered > delivery::sent)
        says.delivered = delivery::unknown;
    if (says.instead && *says.instead > action::fail)
        says.instead.reset();
    says.retry_after = told_wait(says.retry_after);
    return says;
}

classification conclude_with(rule_result const& says, captured const& found, failure const& what,
                             error_text const& stated) noexcept
{
    classification result;
    result.what = says.what;
    result.retry_after = longer(longer(says.wait, found.wait), what.retry_after);
    result.retry_at = found.moment;
    result.number = found.number ? found.number : says.number ? says.number : what.number;
    result.where = says.where ? *says.where : what.where ? *what.where : default_scope(says.what);
    if (what.delivered)
        result.delivered = *what.delivered;
    else if (stated.concerns_one_of_many)
        result.delivered = delivery::unknown;
    else if (says.delivered)
        result.delivered = *says.delivered;
    else
        result.delivered = likely_delivery(says.what, stated.code, what.error);
    result.instead = says.instead;
    return made_sane(result);
}

/// Returns the result of one of mend's own sentences, with the numbers that the text and the failure state.
rule_result with_told(rule_result says, told_numbers const& told, failure const& what) noexcept
{
    bool const is_wait =
        says.what == category::flood_wait || says.what == category::rate_limit || says.what == category::slow_mode;
    if (is_wait)
        says.wait = longer(says.wait, told.longest_wait());
    if (says.what == category::rate_limit && (says.wait || what.retry_after))
        says.what = category::flood_wait;  // a limit with a duration
    if (says.what == category::migrated)
        says.number = told.number;
    return says;
}

/// Completes a classification of a user's rule. What the operation has stated wins.
classification conclude_with(classification says, failure const& what) noexcept
{
    if (!says.retry_after)
        says.retry_after = what.retry_after;
    if (!says.number)
        says.number = what.number;
    if (what.delivered)
        says.delivered = *what.delivered;
    return made_sane(says);
}

bool says_anything(failure const& what) noexcept
{
    return !what.message.empty() || what.code != 0 || what.error || what.known;
}

std::optional<classification> ask(predicate_match const& predicate, failure const& what) noexcept
{
    try {
        return predicate.ask(what);
    } catch (...) {  // reported, and counts as no match
        user_error_scope::report("a rule", std::current_exception());
        return std::nullopt;
    }
}

}  // namespace

rule_index::rule_index(rule_set const& source) : source_(source), types_(source.describers)
{
    for (std::uint32_t number = 0; auto const& each : source.rules) {
        std::visit(
            [&](auto const& match) {
                using match_type = std::remove_cvref_t<decltype(match)>;
                if constexpr (std::is_same_v<match_type, name_match>)
                    names_.add(number, match.text, match.alone);
                else if constexpr (std::is_same_v<match_type, message_match>)
                    texts_.add(number, match);
                else if constexpr (std::is_same_v<match_type, code_match>)
                    codes_.add(number, match.first, match.last);
                else if constexpr (std::is_same_v<match_type, error_match>)
                    errors_.add(number, match.error);
                else if constexpr (std::is_same_v<match_type, condition_match>)
                    errors_.add(number, match.condition);
                else if constexpr (std::is_same_v<match_type, type_match>)
                    types_.add(number, match.is_a);
                else {
                    asked_.push_back(number);
                    has_users_code_ |= std::is_same_v<match_type, predicate_match>;
                }
            },
            each.match);
        ++number;
    }
    codes_.compile();
    texts_.compile();
}

/// Walks once over the text for everything that is read word by word.
error_text rule_index::read(std::string_view text, text_reader& reader, name_index::search& names) const
{
    error_text stated;
    if (auto const word = stated.read_alone(text); !word.empty()) {
        names.look_at_all(word);
        return stated;
    }
    for (token word; reader.next(word);) {
        stated.read(text, word, reader.limit());
        names.look_at(word);
    }
    return stated;
}

rule_match rule_index::classify(failure const& what) const
{
    name_index::search names{names_, what.message, no_rule};
    text_reader reader{what.message};
    auto stated = read(what.message, reader, names);
    if (what.code != 0)
        stated.code = what.code;

    auto best = std::min(stated.code != 0 ? codes_.find(stated.code) : no_rule, errors_.find(what.error));
    if (types_.has_rules()) {
        auto thrown = what.exception;
        for (int depth = 0; thrown && depth < deepest_nesting; ++depth) {
            auto const facts = types_.facts(thrown);
            best = std::min(best, facts.rule);
            thrown = facts.nests ? nested_in(thrown) : nullptr;
        }
    }
    captured found;
    if (auto const named = names.finish(stated, found); named < best)
        best = named;
    best = texts_.find(what.message, reader, stated, best, found);

    for (auto const number : asked_) {
        if (number >= best)
            break;
        auto const& match = source_.rules[number].match;
        if (auto const* predicate = std::get_if<predicate_match>(&match)) {
            if (auto const says = ask(*predicate, what))
                return {conclude_with(*says, what), number};
        } else if (auto const says = std::get<native_match>(match).ask(what, stated)) {
            return {conclude_with(*says, {}, what, stated), number};
        }
    }
    return conclude(best, found, what, stated);
}

rule_match rule_index::conclude(std::uint32_t rule, captured const& found, failure const& what, error_text const& stated) const
{
    if (rule == no_rule)
        return {conclude_with(rule_result{}, {}, what, stated), no_rule};
    auto const& winner = source_.rules[rule];
    auto const* const message = std::get_if<message_match>(&winner.match);
    if (message != nullptr && message->where != reach::anywhere) {
        // Numbers among the words of systems are elapsed times, streams and sizes.
        auto const& numbers = message->where == reach::words ? captured{} : found;
        return {conclude_with(with_told(winner.says, stated.told, what), numbers, what, stated), rule};
    }
    auto const reads = message != nullptr || std::holds_alternative<name_match>(winner.match);
    return {conclude_with(winner.says, reads ? found : captured{}, what, stated), rule};
}

std::string_view rule_index::unknown_name(failure const& what) const noexcept
{
    if (what.message.find('_') == std::string::npos)  // an ordinary word is not reported
        return {};
    auto const stated = error_text::parse(what.message);
    bool const is_news = !stated.name.empty() && stated.name.size() <= name_index::longest && !names_.recognises(stated.name);
    return is_news ? stated.name : std::string_view{};
}

std::optional<failure> rule_index::ask_describers(std::exception_ptr const& thrown) const
{
    if (source_.describers.empty())
        return std::nullopt;
    auto const first = types_.facts(thrown).describer;
    for (auto next = first; next < source_.describers.size(); ++next) {
        auto const& candidate = source_.describers[next];
        try {
            if (next == first || candidate.is_a(thrown))
                return candidate.describe(thrown);
        } catch (...) {  // skipped: the next that matches is called
            user_error_scope::report("a describe function", std::current_exception());
        }
    }
    return std::nullopt;
}

failure rule_index::describe(std::exception_ptr const& thrown) const
{
    failure result;
    auto at = thrown;
    for (int depth = 0; at && depth < deepest_nesting; ++depth) {
        if (auto said = ask_describers(at)) {
            if (!says_anything(*said)) {  // else it would be called again
                std::exception_ptr ignored;
                failure text;
                describe_standard(at, text, ignored);
                said->message = std::move(text.message);
            }
            said->exception = thrown;
            return std::move(*said);
        }
        std::exception_ptr nested;
        failure level;
        describe_standard(at, level, nested);
        if (!result.message.empty())
            level.message = result.message + ": " + level.message;
        result = std::move(level);
        at = nested;
    }
    result.exception = thrown;
    return result;
}

}  // namespace mend::detail
