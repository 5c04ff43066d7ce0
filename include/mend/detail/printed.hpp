// mend's values as text: the output of the formatters of mend/format.hpp and of the operators <<.
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

/// Returns one line for each, with what is known or belongs to the kind.
[[nodiscard]] MEND_API std::string printed(failure const&);
[[nodiscard]] MEND_API std::string printed(classification const&);
[[nodiscard]] MEND_API std::string printed(event const&);
[[nodiscard]] MEND_API std::string printed(account_state const&);
[[nodiscard]] MEND_API std::string printed(history_entry const&);
[[nodiscard]] MEND_API std::string printed(statistics const&);
[[nodiscard]] MEND_API std::string printed(outcome_facts const&, failure const*);

/// Returns a whole number of seconds as "37s", other waits as "1500ms", and `policy::forever` as "forever".
[[nodiscard]] std::string printed_wait(std::chrono::milliseconds);

/// Escapes control characters in a text from a server or gateway as \n, \r, \t and \x1b, to keep it in one line.
[[nodiscard]] std::string in_one_line(std::string_view);

/// Returns the text with its HTML page, if it has one, replaced by the page's title.
[[nodiscard]] std::string without_page(std::string_view);

/// Writes to the stream as a string is written: width and fill apply.
MEND_API std::ostream& write(std::ostream&, std::string_view);

}  // namespace detail
}  // namespace mend
