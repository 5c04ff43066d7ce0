#include <mend/format.hpp>

#include "support/catch.hpp"

#include <cerrno>
#include <sstream>
#include <string>
#include <utility>

using namespace mend;
using namespace std::chrono_literals;

TEST_CASE("words print as their names and can be padded")
{
    CHECK(fmt::format("{} {} {} {} {}", category::flood_wait, action::wait, scope::peer, delivery::not_sent,
                      stop_reason::deadline) == "flood_wait wait peer not_sent deadline");
    CHECK(fmt::format("[{:>6}]", action::wait) == "[  wait]");
}

TEST_CASE("a failure prints what is known and nothing else")
{
    CHECK(fmt::format("{}", failure{}) == "no description");
    CHECK(fmt::format("{}", failure{.code = 420, .message = "FLOOD_WAIT_37", .retry_after = 37s}) ==
          "420 FLOOD_WAIT_37 retry_after=37s");
    CHECK(fmt::format("{}", failure{.delivered = delivery::sent, .number = 4, .known = category::proxy}) ==
          "number=4 delivered=sent known=proxy");
}

TEST_CASE("a classification prints on one line")
{
    classification what;
    what.what = category::slow_mode;
    what.where = scope::peer;
    what.retry_after = 1500ms;
    what.instead = action::fail;
    CHECK(fmt::format("{}", what) == "slow_mode scope=peer delivered=unknown retry_after=1500ms instead=fail");
}

TEST_CASE("a failure prints its error, its scope, and that it is an exception of which nothing else is known")
{
    CHECK(fmt::format("{}", failure{.error = std::make_error_code(std::errc::timed_out), .where = scope::peer}) ==
          fmt::format("error=generic:{} scope=peer", ETIMEDOUT));
    CHECK(fmt::format("{}", failure{.message = "FLOOD_WAIT_37", .retry_after = 37s, .method = "auth.SendCode"}) ==
          "FLOOD_WAIT_37 method=auth.SendCode retry_after=37s");
    CHECK(fmt::format("{}", failure{.exception = std::make_exception_ptr(1)}) == "an exception");
}

TEST_CASE("a classification prints the moment and the number that the error named, and nothing that it did not")
{
    CHECK(fmt::format("{}", classification{}) == "unknown scope=account delivered=unknown");
    classification what;
    what.what = category::migrated;
    what.where = scope::operation;
    what.delivered = delivery::not_sent;
    what.retry_at = std::chrono::system_clock::time_point{} + 1'700'000'000s;
    what.number = 4;
    CHECK(fmt::format("{}", what) == "migrated scope=operation delivered=not_sent retry_at=1700000000 number=4");
}

TEST_CASE("an event prints what belongs to its kind, and nothing else")
{
    event happened;
    happened.account_id = "main";
    happened.what = category::flood_wait;
    happened.act = action::relogin;
    happened.where = scope::method;
    happened.why = stop_reason::deadline;
    happened.result = action_result::timed_out;
    auto const printed = [&happened](event_kind kind) {
        happened.kind = kind;
        return fmt::format("{}", happened);
    };
    CHECK(printed(event_kind::attempt_failed) == "attempt_failed account=main flood_wait delivered=unknown");
    CHECK(printed(event_kind::held) == "held account=main flood_wait scope=method");
    CHECK(printed(event_kind::quarantined) == "quarantined account=main flood_wait scope=method");
    CHECK(printed(event_kind::action_started) == "action_started account=main relogin because of flood_wait");
    CHECK(printed(event_kind::callback_overdue) == "callback_overdue account=main relogin because of flood_wait");
    CHECK(printed(event_kind::action_ended) == "action_ended account=main relogin timed_out");
    CHECK(printed(event_kind::gave_up) == "gave_up account=main deadline because of flood_wait");
    CHECK(printed(event_kind::refused) == "refused account=main deadline because of flood_wait");
    CHECK(printed(event_kind::released) == "released account=main");
    CHECK(printed(event_kind::executor_idle) == "executor_idle account=main relogin because of flood_wait");
    CHECK(printed(event_kind::duplicate_account) == "duplicate_account account=main");
}

TEST_CASE("an event prints whose it is, which attempt it was and how long it takes")
{
    event happened;
    happened.kind = event_kind::waiting;
    happened.account_id = "main";
    happened.method = "messages.sendMessage";
    happened.peer = -100;
    happened.context = "newsletter";
    happened.attempt = 2;
    happened.delay = 1500ms;
    CHECK(fmt::format("{}", happened) ==
          "waiting account=main method=messages.sendMessage peer=-100 context=newsletter attempt=2 wait=1500ms");
    happened = {};
    happened.kind = event_kind::quarantined;
    happened.account_id = "main";
    happened.what = category::account_dead;
    happened.delay = policy::forever;
    happened.message = "USER_DEACTIVATED";
    CHECK(fmt::format("{}", happened) == "quarantined account=main account_dead scope=account hold=forever: USER_DEACTIVATED");
}

TEST_CASE("an event and a failure print as one line, for any text of a gateway")
{
    event happened;
    happened.kind = event_kind::attempt_failed;
    happened.account_id = "main";
    happened.message = "{\r\n\t502 \x1b[31m\x7f \xc3\xa9";
    CHECK(fmt::format("{}", happened) == "attempt_failed account=main unknown delivered=unknown action=fail: "
                                         "{\\r\\n\\t502 \\x1b[31m\\x7f \xc3\xa9");
    using namespace std::string_literals;
    CHECK(fmt::format("{}", failure{.code = 502, .message = "a\0b\n"s}) == "502 a\\x00b\\n");
}

TEST_CASE("an account's state prints its reason if it has one")
{
    using kind = account_state::kind;
    auto const printed = [](kind what) {
        account_state state;
        state.what = what;
        state.why = category::proxy;
        return fmt::format("{}", state);
    };
    CHECK(printed(kind::healthy) == "healthy");
    CHECK(printed(kind::waiting) == "waiting because of proxy");
    CHECK(printed(kind::recovering) == "recovering because of proxy");
    CHECK(printed(kind::quarantined) == "quarantined because of proxy");
    CHECK(printed(kind::closed) == "closed");
}

TEST_CASE("an outcome prints how the operation ended, and without a value the last message")
{
    detail::outcome_facts facts;
    facts.attempts = 2;
    facts.waited = 3s;
    facts.delivered = delivery::sent;
    CHECK(fmt::format("{}", outcome<int>{facts, std::in_place, 5}) == "succeeded attempts=2 waited=3s delivered=sent");
    facts.why = stop_reason::deadline;
    facts.what = category::flood_wait;
    facts.delivered = delivery::not_sent;
    facts.retry_at = std::chrono::system_clock::time_point{1700000000s};
    detail::shared_failure const last{failure{.code = 420, .message = "FLOOD\nWAIT_37"}};
    CHECK(fmt::format("{}", outcome<void>{facts, nullptr, last}) ==
          "deadline because of flood_wait attempts=2 waited=3s delivered=not_sent retry_at=1700000000: 420 FLOOD\\nWAIT_37");
    CHECK(fmt::format("[{:>4}]", outcome<void>{{}, std::in_place}) == "[succeeded attempts=0 waited=0s delivered=not_sent]");
}

TEST_CASE("an event of any kind prints the number of its operation and the code")
{
    event happened;
    happened.account_id = "main";
    happened.operation = 17;
    happened.code = 502;
    for (std::size_t index = 0; index != event_kind_count; ++index) {
        happened.kind = static_cast<event_kind>(index);
        auto const line = fmt::format("{}", happened);
        INFO(line);
        CHECK(line.find("account=main operation=17") != std::string::npos);
        bool const concerns_failure = happened.kind != event_kind::released && happened.kind != event_kind::user_code_failed &&
                                      happened.kind != event_kind::duplicate_account;
        CHECK((line.find("code=502") != std::string::npos) == concerns_failure);
    }
}

TEST_CASE("an event distinguishes what is waited for the failure, what for the holds of others, and how long something took")
{
    event happened;
    happened.kind = event_kind::attempt_failed;
    happened.act = action::wait;
    happened.delivered = delivery::not_sent;
    happened.delay = 10s;
    happened.hold = 8s;
    happened.took = 85ms;
    CHECK(fmt::format("{}", happened) == "attempt_failed unknown delivered=not_sent action=wait wait=2s hold=8s took=85ms");
    happened = {};
    happened.kind = event_kind::waiting;
    happened.delay = happened.hold = 1500ms;
    CHECK(fmt::format("{}", happened) == "waiting hold=1500ms");
    happened.hold = 0ms;
    happened.delay = policy::forever;
    CHECK(fmt::format("{}", happened) == "waiting wait=forever");
    for (auto const kind : {event_kind::action_ended, event_kind::recovered, event_kind::gave_up, event_kind::cancelled}) {
        happened = {};
        happened.kind = kind;
        happened.delay = 3s;
        CHECK(fmt::format("{}", happened).ends_with(" took=3s"));
    }
    for (auto const kind : {event_kind::held, event_kind::quarantined}) {
        happened.kind = kind;
        CHECK(fmt::format("{}", happened).ends_with(" hold=3s"));
    }
    for (auto const kind : {event_kind::outage_began, event_kind::outage_ended, event_kind::probing}) {
        happened.kind = kind;
        CHECK(fmt::format("{}", happened).ends_with(" age=3s"));
    }
}

TEST_CASE("an attempt's line names an action if the operation goes on, and a retry only then")
{
    event happened;
    happened.kind = event_kind::attempt_failed;
    happened.what = category::temporary;
    happened.act = action::retry;
    CHECK(fmt::format("{}", happened) == "attempt_failed temporary delivered=unknown action=retry");
    happened.why = stop_reason::delivery_unknown;
    CHECK(fmt::format("{}", happened) == "attempt_failed temporary delivered=unknown");
    happened.why = stop_reason::none;
    happened.act = action::reconnect;
    CHECK(fmt::format("{}", happened) == "attempt_failed temporary delivered=unknown action=reconnect");
    happened.result = action_result::missing;  // without a callback it degrades to a plain retry
    CHECK(fmt::format("{}", happened) == "attempt_failed temporary delivered=unknown action=retry");
}

TEST_CASE("an HTML page is printed as its title")
{
    auto const said = [](std::string message) {
        event happened;
        happened.kind = event_kind::released;
        happened.message = std::move(message);
        return fmt::format("{}", happened);
    };
    CHECK(said("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body bgcolor=\"white\">nginx</body></html>") ==
          "released: 502 Bad Gateway");
    CHECK(said("HTTP 504: <!DOCTYPE HTML><HTML><TITLE lang=en>\n  Gateway\n Time-out </TITLE>") ==
          "released: HTTP 504: Gateway Time-out");
    CHECK(said("<!doctype html><body><h1>Service <b>un</b>available</h1>") == "released: Service");
    CHECK(said("<html><body>oops</body></html>") == "released: an HTML page without a title");
    CHECK(said("<html><title>cut off") == "released: cut off");
    CHECK(said("use <html> carefully").starts_with("released: use "));
    CHECK(said("a < b") == "released: a < b");
    CHECK(fmt::format("{}", failure{.code = 502, .message = "<html><title>502 Bad Gateway</title></html>"}) ==
          "502 502 Bad Gateway");
}

TEST_CASE("an entry of the history prints on one line how its operation ended, and the failure")
{
    history_entry entry;
    entry.account_id = "main";
    entry.method = "messages.sendMessage";
    entry.peer = 42;
    entry.operation = 17;
    entry.attempt = 1;
    entry.what = category::temporary;
    entry.act = action::retry;
    entry.code = 502;
    entry.delay = 1s;
    entry.message = "<title>Bad\nGateway";
    CHECK(fmt::format("{}", entry) ==
          "pending account=main operation=17 method=messages.sendMessage peer=42 attempt=1 temporary code=502 scope=account "
          "delivered=unknown action=retry wait=1s: <title>Bad\\nGateway");
    entry.ended = history_entry::result::gave_up;
    entry.why = stop_reason::retries_exhausted;
    CHECK(fmt::format("{}", entry).starts_with("gave_up retries_exhausted account=main operation=17 "));
    CHECK(fmt::format("{}", entry).find("action=retry wait=1s") != std::string::npos);
    entry.delay = 0s;  // the last attempt: nothing followed
    CHECK(fmt::format("{}", entry).find("action=") == std::string::npos);
}

TEST_CASE("statistics print what was counted, and how often callbacks succeeded")
{
    statistics counted;
    CHECK(fmt::format("{}", counted) == "operations=0 failures=0");
    counted.operations = 1000;
    counted.failures = 12;
    counted.recovered = 9;
    counted.gave_up = 1;
    counted.recovery_time_sum = 18s;
    counted.failures_by_category[static_cast<std::size_t>(category::flood_wait)] = 12;
    counted.counts_by_action[static_cast<std::size_t>(action::rotate_proxy)] = {4, 3, 1};
    counted.counts_by_action[static_cast<std::size_t>(action::wait)] = {12, 12, 0};
    CHECK(fmt::format("{}", counted) ==
          "operations=1000 failures=12 recovered=9 gave_up=1 recovery_time_mean=2s flood_wait=12 rotate_proxy=3/4");
}

TEST_CASE("a report prints as its table")
{
    report told;
    event happened;
    happened.kind = event_kind::attempt_failed;
    happened.message = "FLOOD_WAIT_37";
    told.on_event(happened);
    CHECK(fmt::format("{}", told) == told.text());
    CHECK_FALSE(told.text().empty());
}

TEST_CASE("streams print the same as formatters")
{
    auto const streamed = [](auto const& value) {
        std::ostringstream out;
        out << value;
        return out.str();
    };
    event happened;
    happened.account_id = "main";
    history_entry entry;
    entry.message = "FLOOD_WAIT_37";
    failure const failed{.code = 420, .message = "FLOOD_WAIT_37"};
    outcome<int> const ended{{}, std::in_place, 5};
    account_state state;
    state.what = account_state::kind::waiting;
    report told;
    told.on_event(happened);
    CHECK(streamed(happened) == fmt::format("{}", happened));
    CHECK(streamed(entry) == fmt::format("{}", entry));
    CHECK(streamed(failed) == fmt::format("{}", failed));
    CHECK(streamed(ended) == fmt::format("{}", ended));
    CHECK(streamed(state) == fmt::format("{}", state));
    CHECK(streamed(classification{}) == fmt::format("{}", classification{}));
    CHECK(streamed(statistics{}) == fmt::format("{}", statistics{}));
    CHECK(streamed(told) == told.text());
}
