// Formatters for fmt: enumerators print as their names; failures, events, outcomes and other values as one line, with control
// characters escaped; a report as its table.
#pragma once

#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/printed.hpp>
#include <mend/event.hpp>
#include <mend/failure.hpp>
#include <mend/history.hpp>
#include <mend/outcome.hpp>
#include <mend/phase.hpp>
#include <mend/policy.hpp>
#include <mend/report.hpp>
#include <mend/scope.hpp>
#include <mend/statistics.hpp>
#include <mend/stop_reason.hpp>

#include <fmt/format.h>

#include <concepts>
#include <string_view>

namespace mend::detail {

template <class Word>
concept word = std::same_as<Word, category> || std::same_as<Word, action> || std::same_as<Word, scope> ||
               std::same_as<Word, delivery> || std::same_as<Word, phase> || std::same_as<Word, stop_reason> ||
               std::same_as<Word, event_kind> || std::same_as<Word, action_result> || std::same_as<Word, outage_extent> ||
               std::same_as<Word, account_state::kind> || std::same_as<Word, history_entry::result>;

template <class Value>
concept printable = std::same_as<Value, failure> || std::same_as<Value, classification> || std::same_as<Value, event> ||
                    std::same_as<Value, account_state> || std::same_as<Value, history_entry> || std::same_as<Value, statistics>;

}  // namespace mend::detail

/// Formats an enumerator as its name, "flood_wait"; accepts the format specification of a string, for example "{:>20}".
template <mend::detail::word Word>
struct fmt::formatter<Word> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(Word word, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(to_string(word), context);
    }
};

/// Formats a value as one line, as operator<< prints it:
///   failure         420 FLOOD_WAIT_37 retry_after=37s delivered=not_sent
///   classification  flood_wait scope=method delivered=not_sent retry_after=37s
///   event           attempt_failed account=main operation=7 method=messages.sendMessage attempt=1 flood_wait code=420 delivered=not_sent
///                   action=wait wait=37s hold=3s took=85ms: FLOOD_WAIT_37
///   account_state   quarantined because of account_limited
///   history_entry   gave_up retries_exhausted account=main operation=7 attempt=1 temporary code=502 scope=account delivered=unknown
///                   action=retry wait=1s: Bad Gateway
///   statistics      operations=1000 failures=12 recovered=9 gave_up=1 recovery_time_mean=2s recovery_time_p99=9s flood_wait=12
/// `wait` is what the failure itself requires before the next attempt (a told wait or the backoff), `hold` what holds set by
/// others add to it; `took` is the duration of an attempt, a callback or a recovery. An HTML page is printed as its title.
template <mend::detail::printable Value>
struct fmt::formatter<Value> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(Value const& value, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(mend::detail::printed(value), context);
    }
};

/// Formats how an operation ended, without its value: "succeeded attempts=2 waited=3s delivered=sent", "deadline because of
/// flood_wait attempts=1 waited=0s delivered=not_sent retry_at=1700000000: 420 FLOOD_WAIT_37".
template <class T>
struct fmt::formatter<mend::outcome<T>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::outcome<T> const& ended, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(mend::detail::printed(ended), context);
    }
};

/// Formats the whole table, in several lines.
template <>
struct fmt::formatter<mend::report> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::report const& told, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(told.text(), context);
    }
};
