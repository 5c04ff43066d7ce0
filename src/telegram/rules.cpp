// What Telegram means by its errors, as rules.
#include "../basic_rules.hpp"
#include "add_names.hpp"
#include "sentences.hpp"

#include <mend/detail/rule_set.hpp>
#include <mend/telegram/rules.hpp>

#include <chrono>

namespace mend::telegram {
namespace {

using namespace std::chrono_literals;
using detail::rule_access;

void add_codes(classifier& rules)
{
    rule_access::add(rules, detail::retry_after_rule());
    rules.when_code(429, category::rate_limit);
    rules.when_code(-404, category::connection);
    rule_access::add(rules, {detail::code_match{-429, -429}, {category::connection, {}, {}, {}, 8s}});
    // basic() names the common ones, behind the words "proxy" and "connection".
    for (int code = 501; code <= 599; ++code) {
        if (code == 501 || code > 504)
            rules.when_code(code, category::temporary);
    }
}

}  // namespace

classifier rules()
{
    static classifier const everything = [] {
        classifier result;
        rule_access::add(result, detail::known_rule());
        add_names(result);
        add_sentences(result);
        add_codes(result);
        result.then(classifier::basic());
        return result;
    }();
    return everything;
}

}  // namespace mend::telegram
