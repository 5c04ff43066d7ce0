// What is left over from before: attempts that began before an outage or lost their turn in it, callbacks that are not waited for.
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
void begin_outage(scenario& in, ms when = 1s, step failure = unavailable())
{
    in.spawn(when, unrepeatable(), {failure});
    in.spawn(when + 100ms, unrepeatable(), {failure});
}

}  // namespace

TEST_CASE("A probe that has lost its turn moves no gap when it fails: the one after it is the probe", "[field]")
{
    scenario in;
    begin_outage(in);
    in.spawn(2s, unrepeatable(), {unavailable(40s)});  // goes at 2 s, has lost its turn at 32 s, and fails at 42 s
    auto& second = in.spawn(3s, unrepeatable(), {ok(60s)});
    auto& third = in.spawn(4s, unrepeatable(), {ok()});
    in.run();

    REQUIRE(second.starts() == std::vector<ms>{32s});
    REQUIRE(third.starts() == std::vector<ms>{62s});
}

TEST_CASE("An attempt from before an outage does not count as evidence when it fails after its end", "[field]")
{
    scenario in;
    auto& straggler = in.spawn(0s, unrepeatable(), {unavailable(10s)});
    begin_outage(in);
    in.spawn(2s, unrepeatable(), {ok()});  // the probe that ends it
    in.spawn(11s, unrepeatable(), {unavailable()});
    in.run();

    REQUIRE(straggler.ended == ms{10s});
    REQUIRE(in.events->count(event_kind::outage_began) == 1);
    REQUIRE(in.events->count(event_kind::outage_ended) == 1);
}

TEST_CASE("What the disconnect of a login cuts off shows no outage", "[field]")
{
    scenario in;
    auto& disconnect = in.script_callback("disconnect", {ok()});
    in.manager.on_disconnect(in.callback(disconnect));
    in.on_relogin(always(ok(3s)));
    for (int each = 0; each != 4; ++each)  // they are under way when the disconnect closes their connection
        in.spawn({.method = "messages.getHistory"}, {broken(1100ms + ms{each})});
    auto& first = in.spawn(500ms, {.method = "messages.getHistory"}, {lost_session(500ms)});
    in.run();

    REQUIRE(disconnect.runs.front().began == 1s);
    CHECK(in.events->count(event_kind::outage_began) == 0);
    CHECK(first.succeeded());
    for (auto const& each : in.operations)
        CHECK(each.starts().size() == 2);
}

TEST_CASE("What fails while a reconnect runs shows an outage: the network was in trouble before it", "[field]")
{
    scenario in;
    in.on_reconnect(always(ok(3s)));
    for (int each = 0; each != 4; ++each)
        in.spawn({.method = "messages.getHistory"}, {broken(1100ms + ms{each})});
    in.spawn(500ms, {.method = "messages.getHistory"}, {broken(500ms)});
    in.run();

    CHECK(in.events->count(event_kind::outage_began) == 1);
}

TEST_CASE("Callbacks that are no longer waited for do not count as operations in flight", "[field]")
{
    // Two failures in a row are an outage where at most four operations are in flight.
    scenario in;
    auto& refresh = in.script_callback("refresh", always(ok(1000s).stubborn()));
    in.manager.on_refresh(in.callback(refresh));
    for (int each = 0; each != 5; ++each)
        in.spawn({.method = "messages.sendMedia"}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    in.spawn(300s, unrepeatable(), {unavailable()});
    in.spawn(301s, unrepeatable(), {unavailable()});
    in.run();

    REQUIRE(in.events->count(event_kind::callback_overdue) == 5);
    REQUIRE(in.events->count(event_kind::outage_began) == 1);
}

TEST_CASE("When an attempt from before an outage comes through, what is owed waits for the outage's gap no longer", "[field]")
{
    scenario in;
    auto& straggler = in.spawn(0s, {.method = "messages.getHistory"}, {flood(1), ok(300s)});
    begin_outage(in, 2s, broken());
    in.on_reconnect(std::function<step(unsigned)>{[&](unsigned) { return in.now() < 301s ? unavailable() : ok(); }});
    auto& waiting = in.spawn(3s, {.method = "messages.sendMessage"}, {});
    in.run();

    REQUIRE(straggler.ended == ms{301s});
    REQUIRE(waiting.succeeded());
    REQUIRE(waiting.starts().front() <= ms{303s});  // it settles for 2 s; the gap is 30 s by then
}

TEST_CASE("A told wait of two groups under a method that shows no message to a person holds that method", "[field]")
{
    step const limited = fails(mend::telegram::bot_api_failure(429, 429, "Too Many Requests: retry after 9", 9));
    scenario in;
    in.spawn(0ms, {.method = "getChatMember", .peer = -1}, {limited});
    auto& second = in.spawn(100ms, {.method = "getChatMember", .peer = -5}, {limited});
    auto& message = in.spawn(1s, {.method = "sendMessage", .peer = -7}, {});
    in.run();

    REQUIRE(second.starts().at(1) >= ms{9100ms});
    REQUIRE(message.starts() == std::vector<ms>{1s});
}
