#include "explained.hpp"

#include "error_reply.hpp"
#include "evidence.hpp"
#include "text.hpp"
#include "words.hpp"

#include <mend/format.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/redact.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace explain {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::size_t longest_shown = 2000;  ///< bytes of a text that are shown

void read(std::string_view text, origin const& given, explained& into)
{
    auto const code = given.code.value_or(0);
    into.from = given.from == source::detect ? given.http_status != 0 ? source::bot_api : source::rpc : given.from;
    if (given.from != source::rpc) {
        auto found = read_reply(text, given.http_status);
        // In a line of a log the reply, or a status and the URL of a method, is surrounded by other words.
        bool const says_itself = given.from == source::detect && !given.code && given.http_status == 0;
        if (!found && says_itself)
            found = find_reply(text);
        if (!found && says_itself)
            found = find_status(text);
        if (found) {
            into.from = found->from_tdlib ? source::tdlib : source::bot_api;
            into.what = std::move(found->what);
            if (given.code)
                into.what.code = code;
            return;
        }
    }
    if (into.from == source::bot_api) {
        into.what = mend::telegram::bot_api_failure(given.http_status, code, std::string{text});
    } else if (into.from == source::tdlib) {
        into.what = mend::telegram::tdlib_failure(code, std::string{text});
    } else {
        into.what.code = code;
        into.what.message = text;
    }
}

std::string_view source_in_words(source from)
{
    switch (from) {
    case source::bot_api:
        return "a Bot API reply";
    case source::tdlib:
        return "a TDLib error";
    default:
        return "an RPC error";
    }
}

/// "1s, 2s, 4s": the delays before the retries, without their jitter.
std::string delays(mend::policy const& policy)
{
    auto const& delay = policy.delay;
    if (delay.factor == 1.0 || policy.max_retries < 2)
        return in_words(delay.delay(1, 0.5));
    std::string result;
    for (unsigned retry = 1; retry <= std::min(policy.max_retries, 3U); ++retry)
        result += (retry == 1 ? "" : ", ") + in_words(delay.delay(retry, 0.5));
    return policy.max_retries > 3 ? result + " ..." : result;
}

std::string at_most(unsigned retries)
{
    return fmt::format("at most {} {}", retries, retries == 1 ? "retry" : "retries");
}

std::string quarantine_in_words(mend::policy const& policy, mend::scope where)
{
    if (policy.quarantine == 0ms || where == mend::scope::operation)
        return {};
    auto const* const whom = where == mend::scope::account   ? "the account"
                             : where == mend::scope::method  ? "the account's calls of the method"
                             : where == mend::scope::sending ? "the account's sends"
                             : where == mend::scope::groups  ? "the account's sends to groups"
                                                             : "the account's sends to the chat";
    return fmt::format("; quarantines {} {}{}", whom, policy.quarantine == mend::policy::forever ? "" : "for ",
                       in_words(policy.quarantine));
}

std::string action_words(mend::action act, mend::policy const& policy, std::optional<milliseconds> told, mend::scope where)
{
    std::string before = policy.delay.base == 0ms ? "at once" : delays(policy);
    if (told && act == mend::action::wait)
        before = in_words(*told) + " as requested";
    else if (told)
        before = "at least " + in_words(std::max(*told, policy.delay.delay(1, 0.5)));
    auto const after_settling = policy.settle == 0ms ? std::string{} : " after " + in_words(policy.settle) + " to settle";
    switch (act) {
    case mend::action::fail:
        return "fail: no retry" + quarantine_in_words(policy, where);
    case mend::action::wait:
        if (told && *told > policy.max_wait)
            return fmt::format("wait: {}, longer than max_wait ({}): ends with wait_too_long", before, in_words(policy.max_wait));
        return fmt::format("wait: {}, then retry; {}", before, at_most(policy.max_retries));
    case mend::action::retry:
        return fmt::format("retry: after {}; {}", before, at_most(policy.max_retries));
    case mend::action::refresh:
        return fmt::format("refresh: the callback fetches what is stale or has moved, then retry {}; {}", before,
                           at_most(policy.max_retries));
    case mend::action::relogin:
        return fmt::format("relogin{}, then retry {}; {}, 3 logins a day", after_settling, before, at_most(policy.max_retries));
    default:
        return fmt::format("{}{}, then retry after {}; {}", mend::to_string(act), after_settling, before,
                           at_most(policy.max_retries));
    }
}

std::string wait_in_words(mend::classification const& says)
{
    if (says.retry_at)
        return "until " + in_words(*says.retry_at);
    if (!says.retry_after)
        return "none given";
    auto const seconds = says.retry_after->count() / 1000;
    if (*says.retry_after == milliseconds::max() || *says.retry_after < 60s)
        return in_words(*says.retry_after);
    return fmt::format("{}s ({})", seconds, in_words(*says.retry_after));
}

/// "calls of messages.sendMessage".
std::string held_operations(mend::scope where, std::string_view method)
{
    switch (where) {
    case mend::scope::method:
        return method.empty() ? "calls of the same method" : fmt::format("calls of {}", printable(method));
    case mend::scope::peer:
        return "operations to this chat";
    case mend::scope::sending:
        return "sends";
    case mend::scope::groups:
        return "sends to groups";
    case mend::scope::operation:
        return "retries of this operation";
    case mend::scope::account:
        break;
    }
    return "all operations";
}

std::string account_words(mend::action act, mend::policy const& policy, std::optional<milliseconds> told, mend::scope where,
                          std::string_view method)
{
    auto const held = held_operations(where, method);
    auto const* const others = where == mend::scope::account ? "" : "; all others continue";
    switch (act) {
    case mend::action::fail:
        if (policy.quarantine == 0ms || where == mend::scope::operation)
            return "continues: nothing is held";
        return fmt::format("is quarantined: {} fail immediately {}{}", held,
                           policy.quarantine == mend::policy::forever ? "for ever" : "for " + in_words(policy.quarantine),
                           others);
    case mend::action::wait:
        return fmt::format("waits: {} resume after {}{}", held,
                           told ? in_words(*told) : "the requested wait, otherwise the backoff", others);
    case mend::action::reconnect:
    case mend::action::rotate_proxy:
    case mend::action::relogin:
        return fmt::format("stops: no attempt starts until it has disconnected and the {} callback has ended",
                           mend::to_string(act));
    case mend::action::refresh:
        return "continues: nothing is held; this operation fetches what is stale or has moved";
    case mend::action::retry:
        break;
    }
    return "continues: nothing is held; several such failures in a row start an outage, in which one operation at a time probes";
}

char const* scope_in_words(mend::classification const& says, mend::action act)
{
    bool const holds = act == mend::action::wait;
    switch (says.where) {
    case mend::scope::account:
        return holds ? "account: all its operations are held" : "account";
    case mend::scope::method:
        return holds ? "method: this method of the account is held" : "method: this method of the account";
    case mend::scope::peer:
        return holds ? "peer: this chat of the account is held" : "peer: this chat of the account";
    case mend::scope::operation:
        return "operation: nothing else is affected";
    case mend::scope::sending:
        return holds ? "sending: all sends of the account are held" : "sending: all sends of the account";
    case mend::scope::groups:
        return holds ? "groups: all sends of the account to groups are held" : "groups: all sends of the account to groups";
    }
    return "?";
}

char const* delivery_in_words(mend::delivery delivered)
{
    switch (delivered) {
    case mend::delivery::not_sent:
        return "not_sent: it had no effect";
    case mend::delivery::sent:
        return "sent: the server already has it";
    case mend::delivery::unknown:
        return "unknown: retried only if the call is idempotent";
    }
    return "?";
}

std::string given_as(explained const& about)
{
    auto text = shortened(printable(mend::redact(about.text)), longest_shown);
    if (!text.empty())
        return text;
    return about.what.code != 0 ? fmt::format("code {}", about.what.code) : "(empty text)";
}

}  // namespace

explained explain_text(std::string_view text, origin const& given)
{
    explained result;
    result.text = text;
    result.success = given.from != source::rpc && given.from != source::tdlib && is_success(text);
    read(text, given, result);
    result.why = mend::telegram::rules().explain(result.what);
    result.policy = mend::policy_table{}[result.why.says.what];
    result.act = result.why.says.instead.value_or(result.policy.act);
    result.method = mend::detail::named_method(result.what.message);
    if (!result.why.because.starts_with("the name "))
        result.unknown_name = mend::telegram::rules().unknown_name(result.what);
    return result;
}

std::string action_in_words(explained const& about)
{
    auto const& says = about.why.says;
    auto text = action_words(about.act, about.policy, says.retry_after, says.where);
    if (says.instead && *says.instead != about.policy.act)
        text += fmt::format(" (other {} errors: {})", says.what, about.policy.act);
    return text;
}

std::string action_in_words(mend::category what)
{
    auto const policy = mend::policy_table{}[what];
    auto text = action_words(policy.act, policy, std::nullopt, mend::default_scope(what));
    if (what == mend::category::flood_wait || what == mend::category::slow_mode)
        text.replace(0, std::string_view{"wait: "}.size(), "wait: as requested, otherwise ");
    return text;
}

std::string account_in_words(explained const& about)
{
    auto const& says = about.why.says;
    return account_words(about.act, about.policy, says.retry_after, says.where, about.method);
}

std::string account_in_words(mend::category what)
{
    auto const policy = mend::policy_table{}[what];
    return account_words(policy.act, policy, std::nullopt, mend::default_scope(what), {});
}

std::string to_text(explained const& about)
{
    auto const& says = about.why.says;
    auto text = given_as(about) + '\n';
    if (about.success)
        return text + "  a successful Bot API reply: nothing to explain\n";
    auto const row = [out = std::back_inserter(text)](std::string_view name, std::string_view value) {
        fmt::format_to(out, "  {:<10}{}\n", name, value);
    };
    row("read as", source_in_words(about.from));
    row("category", mend::to_string(says.what));
    row("action", action_in_words(about));
    row("wait", wait_in_words(says));
    row("scope", scope_in_words(says, about.act));
    row("delivery", delivery_in_words(says.delivered));
    row("number", says.number ? fmt::format("{}", *says.number) : "none");
    row("method", about.method.empty() ? "none" : printable(about.method));
    row("account", account_in_words(about));
    row("rule", about.recognised() ? kind_of_rule(about.why.because) : "none");
    row("because",
        about.recognised() ? fmt::format("{} (rule {})", printable(about.why.because), *about.why.rule) : "no rule matches");
    if (!about.unknown_name.empty())
        row("note", fmt::format("the name {} is not in the catalogue", shortened(printable(about.unknown_name), longest_shown)));
    return text;
}

nlohmann::ordered_json to_json(explained const& about)
{
    using nlohmann::ordered_json;
    auto const& says = about.why.says;
    auto const or_null = [](auto const& value, auto const& convert) {
        return value ? ordered_json(convert(*value)) : ordered_json(nullptr);
    };
    ordered_json result{
        {"text", printable(mend::redact(about.text))},
        {"success", about.success},
        {"source", about.from == source::tdlib     ? "tdlib"
                   : about.from == source::bot_api ? "bot-api"
                                                   : "rpc"},
        {"code", about.what.code},
        {"recognised", about.recognised()},
        {"category", mend::to_string(says.what)},
        {"action", mend::to_string(about.act)},
        {"action_in_words", action_in_words(about)},
        {"max_retries", about.act == mend::action::fail ? 0U : about.policy.max_retries},
    };
    auto delays_ms = ordered_json::array();
    for (unsigned retry = 1; about.act != mend::action::fail && retry <= about.policy.max_retries; ++retry) {
        auto const own = about.policy.delay.delay(retry, 0.5);
        auto const told = says.retry_after.value_or(0ms);
        delays_ms.push_back((told > 0ms && about.act == mend::action::wait ? told : std::max(told, own)).count());
    }
    result["delays_ms"] = std::move(delays_ms);
    result["wait_ms"] = or_null(says.retry_after, [](milliseconds wait) { return wait.count(); });
    result["retry_at"] = or_null(says.retry_at, [](auto moment) { return in_words(moment); });
    result["scope"] = mend::to_string(says.where);
    result["delivery"] = mend::to_string(says.delivered);
    result["number"] = or_null(says.number, [](std::int64_t number) { return number; });
    result["method"] = nullptr;
    if (!about.method.empty())
        result["method"] = printable(about.method);
    result["account"] = account_in_words(about);
    result["kind"] = about.recognised() ? kind_of_rule(about.why.because) : "none";
    result["because"] = printable(about.why.because);
    result["rule"] = or_null(about.why.rule, [](std::size_t rule) { return rule; });
    result["unknown_name"] = nullptr;
    if (!about.unknown_name.empty())
        result["unknown_name"] = printable(about.unknown_name);
    return result;
}

}  // namespace explain
