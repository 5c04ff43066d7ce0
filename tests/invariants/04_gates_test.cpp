// Invariant 4: when a hold ends, one operation goes first.
#include "invariants/gates.hpp"

using namespace gates;
using mend::category;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

} // namespace

TEST_CASE("4.1 one operation goes first, and each that comes through admits two more, first come first served", "[invariant-4]")
{
    scenario in;
    auto& first = in.spawn({.method = "send"}, {flood(10), ok(1s)});
    auto const others = queue(in, 20, 1s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first.starts() == times{0s, 10s});
    times expected;
    expected.insert(expected.end(), 2, 11s);
    expected.insert(expected.end(), 4, 12s);
    expected.insert(expected.end(), 8, 13s);
    expected.insert(expected.end(), 6, 14s);
    CHECK(first_starts(others) == expected);
}

TEST_CASE("4.2 one that meets the wall closes the gate again for all", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(1s)});
    auto& unlucky = in.spawn(1s, {.method = "send"}, {flood(30, 500ms)}); // from 11 s on; meets the wall at 11.5 s
    auto& lucky = in.spawn(2s, {.method = "send"}, {ok(1s)}); // comes through at 12 s, but began before the wall
    auto const others = queue(in, 10, 3s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(unlucky.attempts.front()->began == 11s);
    CHECK(lucky.starts() == times{11s});
    CHECK(in.attempts_between(11s + 1ms, 41500ms) == 0);
    CHECK(in.attempts_between(41500ms, 42500ms) == 1);
    CHECK(in.attempts_between(42500ms, 43500ms) == 2);
    for (auto const* each : others)
        CHECK(each->succeeded());
}

TEST_CASE("4.3 a probe that meets the wall again costs one attempt, however many wait", "[invariant-4]")
{
    scenario in;
    // The server refuses everything before 95 s, ten seconds at a time.
    script const through_the_server =
        std::function<step(unsigned)>{[&in](unsigned) { return in.now() < 95s ? flood(10) : ok(1s); }};
    in.spawn({.method = "send"}, through_the_server);
    queue(in, 300, 1s, {.method = "send"}, through_the_server);
    in.run();

    REQUIRE(in.all_ended());
    CHECK(in.attempts_between(0s, 95s) == 10); // at 0, 10, ... 90 s
    CHECK(in.attempts_between(100s, 101s) == 1);
    CHECK(in.attempts_between(101s, 102s) == 2);
    CHECK(in.attempts_between(102s, 103s) == 4);
}

TEST_CASE("4.4 an attempt comes through if it ends in any way but a wall", "[invariant-4]")
{
    struct way {
        char const* name;
        step what;
    };
    way const ways[] = {{"success", ok(1s)},
                        {"a permanent failure", refused(1s)},
                        {"a temporary failure", unavailable(1s)},
                        {"another chat", rpc(403, "CHAT_WRITE_FORBIDDEN", 1s)}};
    for (auto const& each : ways) {
        CAPTURE(each.name);
        scenario in;
        in.spawn({.method = "send"}, {flood(10), each.what});
        auto const others = queue(in, 3, 1s, {.method = "send"}, {ok(500ms)});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(first_starts(others) == times{11s, 11s, 11500ms});
    }
}

TEST_CASE("4.5 an operation is admitted by all its gates at once", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send", .peer = 9}, {flood(10), ok(5s)});     // the gate of "send" opens at 15 s
    in.spawn({.method = "edit", .peer = 1}, {slow_mode(10), ok(1s)}); // the gate of chat 1 opens at 11 s
    auto& both = in.spawn(1s, {.method = "send", .peer = 1}, {ok(1s)});
    auto& peer_only = in.spawn(2s, {.method = "edit", .peer = 1}, {ok(1s)});
    auto& second = in.spawn(3s, {.method = "edit", .peer = 1}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(both.starts() == times{15s});
    // it took no place at the chat's gate while the method's was closed to it
    CHECK(peer_only.starts() == times{11s});
    CHECK(second.starts() == times{11s});
}

TEST_CASE("4.6 an operation queues at a gate only when nothing else holds it", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send", .peer = 9}, {flood(10), ok(1s)});
    in.spawn({.method = "edit", .peer = 1}, {slow_mode(100), ok(1s)});
    auto& held = in.spawn(1s, {.method = "send", .peer = 1}, {ok(1s)});
    auto const others = queue(in, 3, 2s, {.method = "send", .peer = 2}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(others) == times{11s, 11s, 12s});
    CHECK(held.starts() == times{101s});
}

TEST_CASE("4.7 a gate is gone when one came through and none wait", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(1s)});
    in.spawn(10500ms, {.method = "send"}, {ok(1s)});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 50; ++index)
        crowd.push_back(&in.spawn(20s, {.method = "send"}, {ok(1s)}));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(crowd) == times(50, 20s));
}

TEST_CASE("4.8 a hold without waiters still lets one operation go first", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send", .deadline = in.moment(5s)}, {flood(10)});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 7; ++index)
        crowd.push_back(&in.spawn(20s, {.method = "send"}, {ok(1s)}));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(crowd) == times{20s, 21s, 21s, 22s, 22s, 22s, 22s});
}

TEST_CASE("4.9 an operation that arrives while the gate is open goes to the end of the queue", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(1s)});
    auto const waiting = queue(in, 3, 1s, {.method = "send"}, {ok(1s)});
    auto& late = in.spawn(10500ms, {.method = "send"}, {ok(1s)});
    auto& later = in.spawn(11500ms, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(waiting) == times{11s, 11s, 12s});
    CHECK(late.starts() == times{12s});
    CHECK(later.starts() == times{12s});
}

TEST_CASE("4.10 the gates of different scopes know nothing of one another", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(forever)});
    in.spawn({.method = "edit"}, {flood(10), ok(1s)});
    auto& blocked = in.spawn(1s, {.method = "send"}, {ok()});
    auto& free = in.spawn(1s, {.method = "edit"}, {ok()});
    in.run();

    CHECK(blocked.starts() == times{40s});
    CHECK(free.starts() == times{11s});
}

TEST_CASE("4.11 a quarantine's end has a gate as well", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {rpc(400, "PEER_FLOOD")});
    std::vector<operation_record*> crowd;
    for (int index = 0; index < 7; ++index)
        crowd.push_back(&in.spawn(25h, {.method = "send"}, {ok(1s)}));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(in.attempts_between(25h, 25h + 1s) == 1);
    CHECK(in.attempts_between(25h + 1s, 25h + 2s) == 2);
    CHECK(in.attempts_between(25h + 2s, 25h + 3s) == 4);
}

TEST_CASE("4.12 an operation that names no method passes the gates of all methods", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(1s)});
    in.spawn({.method = "edit"}, {flood(10), ok(5s)});
    auto& nameless = in.spawn(1s, {}, {ok(1s)});
    auto& named = in.spawn(2s, {.method = "send"}, {ok(1s)});
    in.run();

    CHECK(nameless.starts() == times{15s});
    CHECK(named.starts() == times{11s});
}

TEST_CASE("4.13 an attempt that began before the hold neither opens nor closes its gate", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {ok(5s)});  // ends well within the hold
    in.spawn({.method = "send"}, {ok(12s)}); // and while another goes first
    in.spawn({.method = "send"}, {flood(10), ok(10s)});
    auto const others = queue(in, 3, 1s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(others) == times{20s, 20s, 21s});
}

TEST_CASE("4.14 a reply that passed a quarantine admits none to the gate behind it", "[invariant-4]")
{
    scenario in{with_policy(exact_options(), mend::category::account_limited, [](mend::policy& each) { each.quarantine = 10s; })};
    mend::call const cold{.method = "send"};
    mend::call const reply{.method = "send", .reply = true};
    in.spawn(0ms, cold, {rpc(400, "PEER_FLOOD")});
    in.spawn(9s, reply, {ok(2s)});
    in.spawn(10500ms, cold, {ok(5s)});
    auto& second = in.spawn(10600ms, cold, {});
    auto& third = in.spawn(10700ms, cold, {});
    in.run();
    CHECK(second.starts() == std::vector<ms>{15500ms});
    CHECK(third.starts() == std::vector<ms>{15500ms});
}
