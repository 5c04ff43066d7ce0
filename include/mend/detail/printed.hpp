// mend's values as text: what the formatters of mend/format.hpp and the operators << print.
#pragma once

#include <mend/account_state.hpp>
#include <mend/classification.hpp>
#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/failure.hpp>

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>

namespace mend {

struct history_entry;
struct statistics;

namespace detail {

struct outcome_facts;

/// One line each: what is known or belongs to the kind, and nothing else.
[[nodiscard]] MEND_API std::string printed(failure const&);
[[nodiscard]] MEND_API std::string printed(classification const&);
[[nodiscard]] MEND_API std::string printed(event const&);
[[nodiscard]] MEND_API std::string printed(account_state const&);
[[nodiscard]] MEND_API std::string printed(history_entry const&);
[[nodiscard]] MEND_API std::string printed(statistics const&);
[[nodiscard]] MEND_API std::string printed(outcome_facts const&, failure const*);

/// A whole number of seconds as "37s", anything else as "1500ms"; `policy::forever` as "forever".
[[nodiscard]] std::string printed_wait(std::chrono::milliseconds);

/// What a server or a gateway has written is to stay in the line that tells of it: control characters as \n, \r, \t and \x1b.
[[nodiscard]] std::string in_one_line(std::string_view);

/// The text with its HTML page, if it has one, replaced by the page's title.
[[nodiscard]] std::string without_page(std::string_view);

/// To the stream, as a string is written there: width and fill apply.
MEND_API std::ostream& write(std::ostream&, std::string_view);

}  // namespace detail
}  // namespace mend
