// What the words and numbers of operating systems and libraries mean, for the tables of them.
#pragma once

#include <mend/classifier.hpp>
#include <mend/impl/classify/rule_access.hpp>

#include <string_view>

namespace mend::detail {

struct phrase {
    std::string_view text;  // in small letters
    rule_result says;
};

inline constexpr rule_result refused_by_proxy{category::proxy, {}, delivery::not_sent};
inline constexpr rule_result proxy_trouble{category::proxy};
inline constexpr rule_result not_connected{category::connection, {}, delivery::not_sent};
inline constexpr rule_result lost{category::connection, {}, delivery::unknown};
inline constexpr rule_result server_failed{category::temporary, {}, delivery::unknown};
inline constexpr rule_result false_certificate{
    category::permanent, {}, delivery::not_sent};  // a third party intercepts the connection

inline void add_phrase(classifier& rules, std::string_view text, rule_result const& says)
{
    rule_access::add(rules, {message_match{pattern::parse(text), evidence::words, reach::words}, says});
}

}  // namespace mend::detail
