// Rules that classifier::basic() and telegram::rules() have in common and that the public interface has no words for.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/rule.hpp>

#include <string_view>

namespace mend::detail {

[[nodiscard]] rule known_rule();        ///< failure.known
[[nodiscard]] rule retry_after_rule();  ///< failure.retry_after: a flood wait
[[nodiscard]] rule network_rule();      ///< failure.error: connection

/// An ordinary word, in small letters, that is never looked for in a failure with an RPC code and a name in capitals.
[[nodiscard]] rule word_rule(std::string_view word, category);

}  // namespace mend::detail
