// Invariant 4: when a hold ends, one operation goes first.
#include "support/scenario.hpp"

#include <mend/detail/admission.hpp>

using namespace support;
using mend::category;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

/// Operations of one method that begin one after the other, a millisecond apart, and are alike.
std::vector<operation_record*> queue(scenario& in, std::size_t count, ms from, mend::call about, script const& steps)
{
    std::vector<operation_record*> made;
    for (std::size_t index = 0; index < count; ++index)
        made.push_back(&in.spawn(from + ms{index}, about, steps));
    return made;
}

/// A scenario's clock; what begins to sleep on it while it is `stopping` never wakes, as on an executor that runs no more.
class half_stopped_clock : public mend::time_source {
public:
    explicit half_stopped_clock(mend::testing::virtual_time& time) : time_{time} {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return time_.now(); }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return time_.wall(); }
    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
    {
        return time_.sleep_until(stopping ? std::chrono::steady_clock::time_point::max() : until);
    }

    bool stopping = false;

private:
    mend::testing::virtual_time& time_;
};

std::vector<ms> first_starts(std::vector<operation_record*> const& operations)
{
    std::vector<ms> found;
    for (auto const* each : operations)
        found.push_back(each->attempts.empty() ? ms{-1} : each->attempts.front()->began);
    return found;
}

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

TEST_CASE("4.4 an operation that is cancelled lets the next go", "[invariant-4]")
{
    scenario in;
    auto& first = in.spawn({.method = "send"}, {flood(10), ok(forever)});
    auto const others = queue(in, 3, 1s, {.method = "send"}, {ok(1s)});
    SECTION("the one that went first")
    {
        in.at(15s, [&] { first.cancel(); });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(first.why() == stop_reason::cancelled);
        CHECK(first_starts(others) == times{15s, 16s, 16s});
    }
    SECTION("one that waits in the queue")
    {
        in.at(5s, [&] { others[0]->cancel(); });
        in.at(15s, [&] { first.cancel(); });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(others[0]->why() == stop_reason::cancelled);
        CHECK(others[0]->ended == 5s);
        CHECK(others[0]->attempts.empty());
        CHECK(others[1]->starts() == times{15s});
        CHECK(others[2]->starts() == times{16s});
    }
    SECTION("the head of the queue, before the hold ends")
    {
        in.at(5s, [&] { first.cancel(); });
        in.run();
        REQUIRE(in.all_ended());
        CHECK(first_starts(others) == times{10s, 11s, 11s});
    }
}

TEST_CASE("4.5 an operation that takes longer than 30 s lets the next go", "[invariant-4]")
{
    scenario in;
    auto& first = in.spawn({.method = "send"}, {flood(10), ok(100s)});
    auto& second = in.spawn(1s, {.method = "send"}, {ok(100s)});
    auto& third = in.spawn(2s, {.method = "send"}, {ok(1s)});
    auto const others = queue(in, 4, 3s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first.starts() == times{0s, 10s});
    CHECK(second.starts() == times{40s});
    CHECK(third.starts() == times{70s});
    CHECK(first_starts(others) == times{71s, 71s, 72s, 72s});
}

TEST_CASE("4.6 an attempt comes through if it ends in any way but a wall", "[invariant-4]")
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

TEST_CASE("4.7 an operation is admitted by all its gates at once", "[invariant-4]")
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

TEST_CASE("4.8 an operation queues at a gate only when nothing else holds it", "[invariant-4]")
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

TEST_CASE("4.9 a gate is gone when one came through and none wait", "[invariant-4]")
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

TEST_CASE("4.10 a hold that nobody waited for still lets one operation go first", "[invariant-4]")
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

TEST_CASE("4.11 whoever arrives while the gate is open goes to the end of the queue", "[invariant-4]")
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

TEST_CASE("4.12 the gates of different scopes know nothing of one another", "[invariant-4]")
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

TEST_CASE("4.13 a quarantine's end has a gate as well", "[invariant-4]")
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

TEST_CASE("4.14 a probe that needs a recovery keeps nobody waiting for ever", "[invariant-4]")
{
    scenario in;
    in.on_reconnect({ok(1s)});
    in.spawn({.method = "send"}, {flood(10), broken(1s), ok(1s)});
    auto const others = queue(in, 6, 1s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    for (auto const* each : others)
        CHECK(each->succeeded());
    CHECK(in.attempts_between(11s, 14s) == 0); // the reconnect: settle until 13 s, callback until 14 s
}

TEST_CASE("4.15 an operation that names no method passes the gates of all methods", "[invariant-4]")
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

TEST_CASE("4.16 a probe that meets another wall keeps nobody waiting for ever", "[invariant-4]")
{
    scenario in;
    auto& first = in.spawn({.method = "send", .peer = 1}, {flood(10), slow_mode(1000, 1s), ok(1s)});
    auto const others = queue(in, 3, 1s, {.method = "send", .peer = 2}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first.starts() == times{0s, 10s, 1011s});
    CHECK(others[0]->starts() == times{11s});
    for (auto const* each : others)
        CHECK(each->attempts[0]->began <= 12s);
}

TEST_CASE("4.17 operations that hang after others came through let the next go as well", "[invariant-4]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10), ok(1s)});
    auto const hanging = queue(in, 2, 1s, {.method = "send"}, {ok(1000s)});
    auto const others = queue(in, 5, 2s, {.method = "send"}, {ok(1s)});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(first_starts(hanging) == times{11s, 11s});
    CHECK(others[0]->starts() == times{41s});
    CHECK(others[4]->attempts[0]->began <= 45s);
}

TEST_CASE("4.18 an attempt that began before the hold says nothing about its gate", "[invariant-4]")
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

TEST_CASE("4.19 the second of a queue looks again 30 s after the hold has ended, whatever has become of the first",
          "[invariant-4]")
{
    using namespace mend::detail;
    struct sender final : waiter {
        sender() : waiter{"send", 0, false, time_point::max()} {}
        void wake() noexcept override {}
    };
    admission_control all;
    time_point const start = time_point{} + 1000h;
    sender breaker, first, second;
    (void)all.enter(breaker, start);
    admission_control::wall const met{mend::scope::method, category::flood_wait, 10s, 0.0, 24h, true};
    (void)all.set_hold(breaker, met, start, 0.5);
    CHECK(all.enter(first, start).until == start + 10s);
    auto const waits = all.enter(second, start);
    CHECK(waits.until == start + 40s);
    CHECK(all.enter(second, waits.until).what == admission_decision::kind::go);
    all.leave(first, start + 40s);
}

TEST_CASE("4.20 an operation whose executor has stopped stands at the head of a queue for 30 s at most", "[invariant-4]")
{
    scenario in;
    half_stopped_clock clock{in.time};
    auto options = exact_options();
    options.time = &clock;
    mend::recovery_manager manager{in.context.get_executor(), options};
    mend::account sender{manager, "sender"};
    asio::io_context stopped;

    auto& met = in.spawn(sender, 0s, {.method = "send"}, {flood(10)});
    in.at(500ms, [&] { met.cancel(); });
    bool has_run = false;
    auto const sends = [&]() -> asio::awaitable<void> {
        has_run = true;
        co_return;
    };
    in.at(1s, [&] {
        asio::co_spawn(stopped, mend::with_recovery(sender, {.method = "send"}, sends), asio::detached);
        clock.stopping = true;
        stopped.poll();  // until it waits at the head; never again
        clock.stopping = false;
    });
    std::vector<operation_record*> others;
    for (int index = 0; index < 5; ++index)
        others.push_back(&in.spawn(sender, 2s + ms{index}, {.method = "send"}, {ok(1s)}));
    in.run();

    CHECK(in.all_ended());
    CHECK(!has_run);
    CHECK(first_starts(others) == times{40s, 41s, 41s, 42s, 42s});
}
