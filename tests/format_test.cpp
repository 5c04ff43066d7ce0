#include <mend/format.hpp>

#include "support/catch.hpp"

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
          "error=generic:110 scope=peer");
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
    CHECK(printed(event_kind::attempt_failed) == "attempt_failed account=main flood_wait relogin delivered=unknown");
    CHECK(printed(event_kind::held) == "held account=main flood_wait scope=method");
    CHECK(printed(event_kind::quarantined) == "quarantined account=main flood_wait scope=method");
    CHECK(printed(event_kind::action_started) == "action_started account=main relogin because of flood_wait");
    CHECK(printed(event_kind::callback_overdue) == "callback_overdue account=main relogin because of flood_wait");
    CHECK(printed(event_kind::action_ended) == "action_ended account=main relogin timed_out");
    CHECK(printed(event_kind::gave_up) == "gave_up account=main deadline because of flood_wait");
    CHECK(printed(event_kind::refused) == "refused account=main deadline because of flood_wait");
    CHECK(printed(event_kind::released) == "released account=main");
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
          "waiting account=main method=messages.sendMessage peer=-100 context=newsletter attempt=2 delay=1500ms");
    happened = {};
    happened.kind = event_kind::quarantined;
    happened.account_id = "main";
    happened.what = category::account_dead;
    happened.delay = policy::forever;
    happened.message = "USER_DEACTIVATED";
    CHECK(fmt::format("{}", happened) == "quarantined account=main account_dead scope=account delay=forever: USER_DEACTIVATED");
}

TEST_CASE("an event and a failure print as one line, whatever a gateway has written")
{
    event happened;
    happened.kind = event_kind::attempt_failed;
    happened.account_id = "main";
    happened.message = "<html>\r\n\t502 \x1b[31m\x7f \xc3\xa9";
    CHECK(fmt::format("{}", happened) == "attempt_failed account=main unknown fail delivered=unknown: "
                                         "<html>\\r\\n\\t502 \\x1b[31m\\x7f \xc3\xa9");
    using namespace std::string_literals;
    CHECK(fmt::format("{}", failure{.code = 502, .message = "a\0b\n"s}) == "502 a\\x00b\\n");
}

TEST_CASE("an account's state prints its reason where it has one")
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
