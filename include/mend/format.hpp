// Formatters for fmt: mend's words print as their names; failures, classifications and events as one line, whatever stands
// in their texts.
#pragma once

#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/delivery.hpp>
#include <mend/event.hpp>
#include <mend/failure.hpp>
#include <mend/history.hpp>
#include <mend/phase.hpp>
#include <mend/policy.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace mend::detail {

template <class Word>
concept word =
    std::same_as<Word, category> || std::same_as<Word, action> || std::same_as<Word, scope> || std::same_as<Word, delivery> ||
    std::same_as<Word, phase> || std::same_as<Word, stop_reason> || std::same_as<Word, event_kind> ||
    std::same_as<Word, action_result> || std::same_as<Word, account_state::kind> || std::same_as<Word, history_entry::result>;

/// A whole number of seconds as "37s", anything else as "1500ms".
inline std::string format_wait(std::chrono::milliseconds wait)
{
    return wait.count() % 1000 == 0 ? fmt::format("{}s", wait.count() / 1000) : fmt::format("{}ms", wait.count());
}

/// What a server or a gateway has written is to stay in the line that tells of it: control characters as \n, \r, \t and \x1b.
inline std::string in_one_line(std::string text)
{
    auto const breaks_out = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::ranges::none_of(text, breaks_out))
        return text;
    std::string line;
    line.reserve(text.size() + text.size() / 8);
    for (char const c : text) {
        if (!breaks_out(c))
            line += c;
        else if (c == '\n')
            line += "\\n";
        else if (c == '\r')
            line += "\\r";
        else if (c == '\t')
            line += "\\t";
        else
            fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    }
    return line;
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
        return fmt::formatter<std::string_view>::format(mend::detail::in_one_line(std::move(text)), context);
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

/// "attempt_failed account=main method=messages.sendMessage attempt=1 flood_wait wait delay=37s: FLOOD_WAIT_37": what
/// belongs to the kind of event, and nothing else.
template <>
struct fmt::formatter<mend::event> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::event const& happened, Context& context) const
    {
        using kind = mend::event_kind;
        std::string text = fmt::format("{} account={}", happened.kind, happened.account_id);
        auto const out = std::back_inserter(text);
        if (!happened.method.empty())
            fmt::format_to(out, " method={}", happened.method);
        if (happened.peer != 0)
            fmt::format_to(out, " peer={}", happened.peer);
        if (!happened.context.empty())
            fmt::format_to(out, " context={}", happened.context);
        if (happened.attempt != 0)
            fmt::format_to(out, " attempt={}", happened.attempt);
        switch (happened.kind) {
        case kind::attempt_failed:
            fmt::format_to(out, " {} {} delivered={}", happened.what, happened.act, happened.delivered);
            break;
        case kind::held:
        case kind::quarantined:
            fmt::format_to(out, " {} scope={}", happened.what, happened.where);
            break;
        case kind::action_started:
        case kind::callback_overdue:
            fmt::format_to(out, " {} because of {}", happened.act, happened.what);
            break;
        case kind::action_ended:
            fmt::format_to(out, " {} {}", happened.act, happened.result);
            break;
        case kind::gave_up:
        case kind::refused:
            fmt::format_to(out, " {} because of {}", happened.why, happened.what);
            break;
        default:
            break;
        }
        if (happened.delay == mend::policy::forever)
            fmt::format_to(out, " delay=forever");
        else if (happened.delay.count() != 0)
            fmt::format_to(out, " delay={}", mend::detail::format_wait(happened.delay));
        if (!happened.message.empty())
            fmt::format_to(out, ": {}", happened.message);
        return fmt::formatter<std::string_view>::format(mend::detail::in_one_line(std::move(text)), context);
    }
};

/// "quarantined because of account_limited".
template <>
struct fmt::formatter<mend::account_state> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(mend::account_state const& state, Context& context) const
    {
        std::string text{to_string(state.what)};
        if (state.what == mend::account_state::kind::waiting || state.what == mend::account_state::kind::recovering ||
            state.what == mend::account_state::kind::quarantined)
            fmt::format_to(std::back_inserter(text), " because of {}", state.why);
        return fmt::formatter<std::string_view>::format(text, context);
    }
};
