// Prints mend's values as one line of text each.
#pragma once

#include <mend/detail/printed.hpp>

#include <mend/detail/outcome_facts.hpp>
#include <mend/detail/saturating_time.hpp>
#include <mend/history.hpp>
#include <mend/policy.hpp>
#include <mend/statistics.hpp>

#include <algorithm>
#include <ostream>
#include <type_traits>
#include <utility>

namespace mend {
namespace detail {
namespace {

/// A line of words and "name=value" pairs; values that are empty, absent or 0 are omitted.
class line {
public:
    line& word(std::string_view text)
    {
        if (!text_.empty() && !text.empty())
            text_ += ' ';
        text_ += text;
        return *this;
    }
    line& pair(std::string_view name, std::string_view value)
    {
        if (value.empty())
            return *this;
        word(name);
        text_ += '=';
        text_ += value;
        return *this;
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    line& pair(std::string_view name, Number value)
    {
        return value == 0 ? *this : pair(name, std::to_string(value));
    }
    line& pair(std::string_view name, std::chrono::milliseconds time)
    {
        return time.count() == 0 ? *this : pair(name, printed_wait(time));
    }
    line& pair(std::string_view name, std::chrono::system_clock::time_point moment)
    {
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch());
        return pair(name, std::to_string(seconds.count()));
    }
    template <class Value>
    line& pair(std::string_view name, std::optional<Value> const& value)
    {
        return value ? pair(name, *value) : *this;
    }
    /// Appends the message behind a colon.
    line& said(std::string_view message)
    {
        if (!message.empty())
            text_.append(": ").append(without_page(message));
        return *this;
    }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] std::string take() const { return in_one_line(text_); }

private:
    std::string text_;
};

/// Prints what follows a failed attempt: the action, unless the operation stops.
void print_action(line& text, event const& happened)
{
    if (happened.why != stop_reason::none)
        return;
    // Without a callback, the action is a plain retry.
    text.pair("action", to_string(happened.result == action_result::missing ? action::retry : happened.act));
}

/// Prints how long the operation waits before its next attempt: for its own failure, and for holds that other operations have
/// set.
void print_wait(line& text, event const& happened)
{
    if (happened.delay == policy::forever && happened.hold.count() == 0)
        text.pair("wait", happened.delay);
    else
        text.pair("wait", happened.delay - std::min(happened.hold, happened.delay));
    text.pair("hold", happened.hold);
}

/// Prints the fields of the event's kind, except the message.
void print_kind(line& text, event const& happened)
{
    using kind = event_kind;
    auto const category_and_code = [&] { text.word(to_string(happened.what)).pair("code", happened.code); };
    auto const because = [&] { text.word("because of"), category_and_code(); };
    switch (happened.kind) {
    case kind::attempt_failed:
        category_and_code();
        text.pair("delivered", to_string(happened.delivered));
        print_action(text, happened);
        print_wait(text, happened);
        text.pair("took", happened.took);
        break;
    case kind::waiting:
        if (happened.code != 0)
            because();
        print_wait(text, happened);
        break;
    case kind::held:
    case kind::quarantined:
        category_and_code();
        text.pair("scope", to_string(happened.where)).pair("hold", happened.delay);
        break;
    case kind::action_started:
    case kind::callback_overdue:
    case kind::executor_idle:
        text.word(to_string(happened.act));
        because();
        text.pair("took", happened.delay);
        break;
    case kind::action_ended:
        text.word(to_string(happened.act)).word(to_string(happened.result)).pair("code", happened.code);
        text.pair("took", happened.delay);
        break;
    case kind::outage_began:
    case kind::outage_ended:
    case kind::probing:
        text.word("of the").word(to_string(happened.outage)).pair("server", happened.server);
        if (happened.kind == kind::outage_began)
            because();
        else
            text.pair("code", happened.code);
        text.pair("age", happened.delay);
        break;
    case kind::gave_up:
    case kind::refused:
        text.word(to_string(happened.why));
        because();
        text.pair("took", happened.delay);
        break;
    case kind::retrying:
    case kind::recovered:
    case kind::cancelled:
    case kind::unidentified_repeat:
        text.pair("code", happened.code).pair("took", happened.delay);
        break;
    case kind::released:
    case kind::user_code_failed:
    case kind::duplicate_account:
        break;
    }
}

}  // namespace

std::string printed_wait(std::chrono::milliseconds wait)
{
    if (wait == policy::forever)
        return "forever";
    return wait.count() % 1000 == 0 ? std::to_string(wait.count() / 1000) + "s" : std::to_string(wait.count()) + "ms";
}

std::string in_one_line(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    line.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f)
            line += c;
        else if (c == '\n')
            line += "\\n";
        else if (c == '\r')
            line += "\\r";
        else if (c == '\t')
            line += "\\t";
        else
            line.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return line;
}

std::string printed(failure const& what)
{
    line text;
    if (what.code != 0)
        text.word(std::to_string(what.code));
    text.word(without_page(what.message));
    if (what.error)
        text.pair("error", std::string{what.error.category().name()} + ':' + std::to_string(what.error.value()));
    text.pair("method", what.method);
    if (what.retry_after)
        text.pair("retry_after", printed_wait(*what.retry_after));
    if (what.number)
        text.pair("number", std::to_string(*what.number));
    if (what.delivered)
        text.pair("delivered", to_string(*what.delivered));
    if (what.known)
        text.pair("known", to_string(*what.known));
    if (what.where)
        text.pair("scope", to_string(*what.where));
    if (text.empty())
        text.word(what.exception ? "an exception" : "no description");
    return text.take();
}

std::string printed(classification const& what)
{
    line text;
    text.word(to_string(what.what)).pair("scope", to_string(what.where)).pair("delivered", to_string(what.delivered));
    if (what.retry_after)
        text.pair("retry_after", printed_wait(*what.retry_after));
    text.pair("retry_at", what.retry_at);
    if (what.number)
        text.pair("number", std::to_string(*what.number));
    if (what.instead)
        text.pair("instead", to_string(*what.instead));
    return text.take();
}

std::string printed(event const& happened)
{
    line text;
    text.word(to_string(happened.kind)).pair("account", happened.account_id).pair("operation", happened.operation);
    text.pair("method", happened.method).pair("peer", happened.peer).pair("context", happened.context);
    text.pair("attempt", happened.attempt);
    print_kind(text, happened);
    return text.said(happened.message).take();
}

std::string printed(account_state const& state)
{
    using kind = account_state::kind;
    line text;
    text.word(to_string(state.what));
    bool const has_reason = state.what == kind::waiting || state.what == kind::recovering || state.what == kind::quarantined ||
                            state.what == kind::outage;
    if (has_reason)
        text.word("because of").word(to_string(state.why));
    return text.take();
}

std::string printed(history_entry const& entry)
{
    line text;
    text.word(to_string(entry.ended));
    if (entry.why != stop_reason::none)
        text.word(to_string(entry.why));
    text.pair("account", entry.account_id).pair("operation", entry.operation).pair("method", entry.method);
    text.pair("peer", entry.peer).pair("context", entry.context).pair("attempt", entry.attempt);
    text.word(to_string(entry.what)).pair("code", entry.code).pair("scope", to_string(entry.where));
    text.pair("delivered", to_string(entry.delivered));
    bool const was_last = entry.ended == history_entry::result::gave_up && entry.delay.count() == 0;  // no action follows
    if (!was_last)
        text.pair("action", to_string(entry.act)).pair("wait", entry.delay);
    return text.said(entry.message).take();
}

std::string printed(statistics const& counted)
{
    line text;
    text.word("operations=" + std::to_string(counted.operations)).word("failures=" + std::to_string(counted.failures));
    text.pair("recovered", counted.recovered).pair("gave_up", counted.gave_up).pair("cancelled", counted.cancelled);
    text.pair("refused", counted.refused).pair("outages", counted.outages).pair("probes", counted.probes);
    text.pair("outage_time", counted.outage_time);
    if (counted.recovered != 0)
        text.pair("recovery_time_mean", counted.recovery_time_mean()).pair("recovery_time_p99", counted.recovery_time(0.99));
    for (std::size_t index = 0; index != counted.failures_by_category.size(); ++index)
        text.pair(to_string(static_cast<category>(index)), counted.failures_by_category[index]);
    for (std::size_t index = 0; index != counted.counts_by_action.size(); ++index) {
        auto const& runs = counted.counts_by_action[index];
        auto const act = static_cast<action>(index);
        bool const has_callback = act != action::wait && act != action::retry && act != action::fail;
        if (has_callback && runs.started != 0)
            text.pair(to_string(act), std::to_string(runs.succeeded) + "/" + std::to_string(runs.started));
    }
    return text.take();
}

std::string printed(outcome_facts const& facts, failure const* last)
{
    line text;
    bool const succeeded = facts.why == stop_reason::none;
    text.word(succeeded ? "succeeded" : to_string(facts.why));
    if (!succeeded)
        text.word("because of").word(to_string(facts.what));
    text.pair("attempts", std::to_string(facts.attempts)).pair("waited", printed_wait(facts.waited));
    text.pair("delivered", to_string(facts.delivered)).pair("retry_at", facts.retry_at);
    if (!succeeded && last != nullptr)
        text.said(printed(*last));
    return text.take();
}

std::ostream& write(std::ostream& out, std::string_view text)
{
    return out << text;
}

}  // namespace detail

std::ostream& operator<<(std::ostream& out, failure const& what)
{
    return out << detail::printed(what);
}

std::ostream& operator<<(std::ostream& out, classification const& what)
{
    return out << detail::printed(what);
}

std::ostream& operator<<(std::ostream& out, event const& happened)
{
    return out << detail::printed(happened);
}

std::ostream& operator<<(std::ostream& out, account_state const& state)
{
    return out << detail::printed(state);
}

std::ostream& operator<<(std::ostream& out, history_entry const& entry)
{
    return out << detail::printed(entry);
}

std::ostream& operator<<(std::ostream& out, statistics const& counted)
{
    return out << detail::printed(counted);
}

}  // namespace mend
