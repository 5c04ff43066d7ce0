// What is left over from before: attempts that began before an outage or lost their turn in it, callbacks that nobody waits for.
#include "support/scenario.hpp"

using namespace support;
using mend::event_kind;

namespace {

mend::call unrepeatable()
{
    mend::call about;
    about.method = "messages.sendMessage";
    about.idempotent = false;  // a failure of unknown delivery ends it
    return about;
}

/// Two failures in a row.
void begin_outage(scenario& here, ms when = 1s, step failure = unavailable())
{
    here.spawn(when, unrepeatable(), {failure});
    here.spawn(when + 100ms, unrepeatable(), {failure});
}

}  // namespace

TEST_CASE("A probe that has lost its turn moves no gap when it fails: the one after it is the probe", "[field]")
{
    scenario here;
    begin_outage(here);
    here.spawn(2s, unrepeatable(), {unavailable(40s)});           // goes at 2 s, has lost its turn at 32 s, and fails at 42 s
    auto& second = here.spawn(3s, unrepeatable(), {ok(60s)});
    auto& third = here.spawn(4s, unrepeatable(), {ok()});
    here.run();

    REQUIRE(second.starts() == std::vector<ms>{32s});
    REQUIRE(third.starts() == std::vector<ms>{62s});
}

TEST_CASE("An attempt from before an outage is no evidence when it fails after its end", "[field]")
{
    scenario here;
    auto& straggler = here.spawn(0s, unrepeatable(), {unavailable(10s)});
    begin_outage(here);
    here.spawn(2s, unrepeatable(), {ok()});  // the probe that ends it
    here.spawn(11s, unrepeatable(), {unavailable()});
    here.run();

    REQUIRE(straggler.ended == ms{10s});
    REQUIRE(here.events->count(event_kind::outage_began) == 1);
    REQUIRE(here.events->count(event_kind::outage_ended) == 1);
}

TEST_CASE("What the disconnect of a login cuts off shows no outage", "[field]")
{
    scenario here;
    auto& disconnect = here.script_callback("disconnect", {ok()});
    here.manager.on_disconnect(here.callback(disconnect));
    here.on_relogin(always(ok(3s)));
    for (int each = 0; each != 4; ++each)  // they are under way when the disconnect closes their connection
        here.spawn({.method = "messages.getHistory"}, {broken(1100ms + ms{each})});
    auto& first = here.spawn(500ms, {.method = "messages.getHistory"}, {lost_session(500ms)});
    here.run();

    REQUIRE(disconnect.runs.front().began == 1s);
    CHECK(here.events->count(event_kind::outage_began) == 0);
    CHECK(first.succeeded());
    for (auto const& each : here.operations)
        CHECK(each.starts().size() == 2);
}

TEST_CASE("What fails while a reconnect runs shows an outage: the network was in trouble before it", "[field]")
{
    scenario here;
    here.on_reconnect(always(ok(3s)));
    for (int each = 0; each != 4; ++each)
        here.spawn({.method = "messages.getHistory"}, {broken(1100ms + ms{each})});
    here.spawn(500ms, {.method = "messages.getHistory"}, {broken(500ms)});
    here.run();

    CHECK(here.events->count(event_kind::outage_began) == 1);
}

TEST_CASE("Callbacks that are no longer waited for are no operations in flight", "[field]")
{
    // Two failures in a row are an outage where at most four operations are in flight.
    scenario here;
    auto& refresh = here.script_callback("refresh", always(ok(1000s).stubborn()));
    here.manager.on_refresh(here.callback(refresh));
    for (int each = 0; each != 5; ++each)
        here.spawn({.method = "messages.sendMedia"}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    here.spawn(300s, unrepeatable(), {unavailable()});
    here.spawn(301s, unrepeatable(), {unavailable()});
    here.run();

    REQUIRE(here.events->count(event_kind::callback_overdue) == 5);
    REQUIRE(here.events->count(event_kind::outage_began) == 1);
}

TEST_CASE("When an attempt from before an outage comes through, what is owed waits for the outage's gap no longer", "[field]")
{
    scenario here;
    auto& straggler = here.spawn(0s, {.method = "messages.getHistory"}, {flood(1), ok(300s)});
    begin_outage(here, 2s, broken());
    here.on_reconnect(std::function<step(unsigned)>{[&](unsigned) { return here.now() < 301s ? unavailable() : ok(); }});
    auto& waiting = here.spawn(3s, {.method = "messages.sendMessage"}, {});
    here.run();

    REQUIRE(straggler.ended == ms{301s});
    REQUIRE(waiting.succeeded());
    REQUIRE(waiting.starts().front() <= ms{303s});  // it settles for 2 s; the gap is 30 s by then
}

TEST_CASE("A wait that two groups are told by a method that puts no message before anybody holds that method", "[field]")
{
    step const limited = fails(mend::telegram::bot_api_failure(429, 429, "Too Many Requests: retry after 9", 9));
    scenario here;
    here.spawn(0ms, {.method = "getChatMember", .peer = -1}, {limited});
    auto& second = here.spawn(100ms, {.method = "getChatMember", .peer = -5}, {limited});
    auto& message = here.spawn(1s, {.method = "sendMessage", .peer = -7}, {});
    here.run();

    REQUIRE(second.starts().at(1) >= ms{9100ms});
    REQUIRE(message.starts() == std::vector<ms>{1s});
}
