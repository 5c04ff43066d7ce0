// Prints mend's values as text, for the formatters of mend/format.hpp and the operators <<.
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

/// Each returns one line, with the fields that have a value or belong to the kind.
[[nodiscard]] MEND_API std::string printed(failure const&);
[[nodiscard]] MEND_API std::string printed(classification const&);
[[nodiscard]] MEND_API std::string printed(event const&);
[[nodiscard]] MEND_API std::string printed(account_state const&);
[[nodiscard]] MEND_API std::string printed(history_entry const&);
[[nodiscard]] MEND_API std::string printed(statistics const&);
[[nodiscard]] MEND_API std::string printed(outcome_facts const&, failure const*);

/// Returns "37s" for whole seconds, "1500ms" for other durations, "forever" for `policy::forever`.
[[nodiscard]] std::string printed_wait(std::chrono::milliseconds);

/// Escapes control characters as \n, \r, \t and \x1b, so that the text of a server or gateway stays in one line.
[[nodiscard]] std::string in_one_line(std::string_view);

/// Replaces an HTML page in the text by the page's title.
[[nodiscard]] std::string without_page(std::string_view);

/// Writes the text to the stream as a string: width and fill apply.
MEND_API std::ostream& write(std::ostream&, std::string_view);

}  // namespace detail
}  // namespace mend
