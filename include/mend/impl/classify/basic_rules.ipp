// Assembles classifier::basic(), the rules for the eight basic categories.
#pragma once

#include <mend/impl/classify/basic_rules.hpp>

#include <mend/classifier.hpp>
#include <mend/impl/classify/network_error.hpp>
#include <mend/impl/classify/rule_access.hpp>

#include <limits>

namespace mend {
namespace detail {
namespace {

std::optional<rule_result> read_known(failure const& what, error_text const&)
{
    if (!what.known || !is_valid(*what.known))
        return std::nullopt;
    return rule_result{*what.known};
}

std::optional<rule_result> read_retry_after(failure const& what, error_text const&)
{
    if (!what.retry_after)
        return std::nullopt;
    return rule_result{category::flood_wait};
}

std::optional<rule_result> read_network_error(failure const& what, error_text const&)
{
    if (!network_error(what.error))
        return std::nullopt;
    return rule_result{category::connection};
}

}  // namespace

rule known_rule()
{
    return {native_match{read_known, "the category that the failure states"}};
}

rule retry_after_rule()
{
    return {native_match{read_retry_after, "the retry_after that the failure states"}};
}

rule network_rule()
{
    return {native_match{read_network_error, "an error of the network"}};
}

void add_basic_codes(classifier& rules)
{
    for (auto const* name : {"AUTH_KEY_UNREGISTERED", "USER_DEACTIVATED", "USER_BANNED"})
        rules.when_name(name, category::auth);
    rules.when_code(401, category::auth);
    for (int const code : {500, 502, 503, 504, 429})
        rules.when_code(code, category::temporary);
    rules.when_code(std::numeric_limits<int>::min(), -1, category::temporary);
    rules.when_code(1, std::numeric_limits<int>::max(), category::permanent);
}

}  // namespace detail

namespace {

using detail::rule_access;

void add_floods(classifier& rules)
{
    rules.when_name("FLOOD_WAIT_{seconds}", category::flood_wait);
    rules.when_name("FLOOD_PREMIUM_WAIT_{seconds}", category::flood_wait);
    rules.when_name("SLOWMODE_WAIT_{seconds}", category::flood_wait, scope::peer);
    rules.when_message("too many requests: retry after {seconds}", category::flood_wait);
    rules.when_message("a wait of {seconds} seconds is required", category::flood_wait);
}

void add_network(classifier& rules)
{
    // A proxy_error needs no rule: its failure states the category.
    auto const add_word = [&rules](std::string_view word, category what) {
        rule_access::add(rules, {detail::message_match{detail::pattern::parse(word), detail::evidence::code}, {what}});
    };
    add_word("proxy", category::proxy);
    rule_access::add(rules, detail::network_rule());
    add_word("connection", category::connection);
}

}  // namespace

classifier classifier::basic()
{
    static classifier const rules = [] {
        classifier result;
        rule_access::add(result, detail::known_rule());
        add_floods(result);
        rule_access::add(result, detail::retry_after_rule());
        result.when_code(420, category::rate_limit);
        add_network(result);
        detail::add_basic_codes(result);
        return result;
    }();
    return rules;
}

}  // namespace mend
