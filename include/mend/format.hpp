// Formatters for fmt: mend's words print as their names, failures and classifications as one line.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/delivery.hpp>
#include <mend/failure.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <fmt/format.h>

#include <concepts>
#include <iterator>
#include <string>
#include <string_view>

namespace mend::detail {

template <class Word>
concept word = std::same_as<Word, category> || std::same_as<Word, action> || std::same_as<Word, scope> ||
               std::same_as<Word, delivery> || std::same_as<Word, stop_reason>;

/// A whole number of seconds as "37s", anything else as "1500ms".
inline std::string format_wait(std::chrono::milliseconds wait)
{
    return wait.count() % 1000 == 0 ? fmt::format("{}s", wait.count() / 1000) : fmt::format("{}ms", wait.count());
}

}  // namespace mend::detail

/// "flood_wait"; takes the format specification of a string, "{:>20}" for instance.
template <mend::detail::word Word>
struct fmt::formatter<Word> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(Word word, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(to_string(word), context);
    }
};

/// "420 FLOOD_WAIT_37 retry_after=37s delivered=not_sent": what is known, and nothing else.
template <>
struct fmt::formatter<mend::failure> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::failure const& what, Context& context) const
    {
        std::string text;
        auto const add = [&text, out = std::back_inserter(text)]<class... Args>(fmt::format_string<Args...> form,
                                                                               Args&&... args) {
            if (!text.empty())
                text += ' ';
            fmt::format_to(out, form, std::forward<Args>(args)...);
        };
        if (what.code != 0)
            add("{}", what.code);
        if (!what.message.empty())
            add("{}", what.message);
        if (what.error)
            add("error={}:{}", what.error.category().name(), what.error.value());
        if (what.retry_after)
            add("retry_after={}", mend::detail::format_wait(*what.retry_after));
        if (what.number)
            add("number={}", *what.number);
        if (what.delivered)
            add("delivered={}", *what.delivered);
        if (what.known)
            add("known={}", *what.known);
        if (what.where)
            add("scope={}", *what.where);
        if (text.empty())
            text = what.exception ? "an exception" : "no description";
        return fmt::formatter<std::string_view>::format(text, context);
    }
};

/// "flood_wait scope=method delivered=not_sent retry_after=37s".
template <>
struct fmt::formatter<mend::classification> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::classification const& what, Context& context) const
    {
        auto text = fmt::format("{} scope={} delivered={}", what.what, what.where, what.delivered);
        auto out = std::back_inserter(text);
        if (what.retry_after)
            fmt::format_to(out, " retry_after={}", mend::detail::format_wait(*what.retry_after));
        if (what.retry_at)
            fmt::format_to(out, " retry_at={}",
                           std::chrono::duration_cast<std::chrono::seconds>(what.retry_at->time_since_epoch()).count());
        if (what.number)
            fmt::format_to(out, " number={}", *what.number);
        if (what.instead)
            fmt::format_to(out, " instead={}", *what.instead);
        return fmt::formatter<std::string_view>::format(text, context);
    }
};
