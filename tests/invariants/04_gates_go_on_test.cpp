// Invariant 4: no operation waits at a gate for ever, also if those before it are cancelled, hang or meet another wall.
#include "invariants/gates.hpp"

#include <mend/detail/admission.hpp>

using namespace gates;
using mend::category;

namespace {

using times = std::vector<ms>;

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

}  // namespace

TEST_CASE("4.15 an operation that is cancelled lets the next go", "[invariant-4]")
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

TEST_CASE("4.16 an operation that takes longer than 30 s lets the next go", "[invariant-4]")
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

TEST_CASE("4.17 a probe that needs a recovery keeps no operation waiting for ever", "[invariant-4]")
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

TEST_CASE("4.18 a probe that meets another wall keeps no operation waiting for ever", "[invariant-4]")
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

TEST_CASE("4.19 operations that hang after others came through let the next go as well", "[invariant-4]")
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

TEST_CASE("4.20 the second of a queue looks again 30 s after the hold has ended, though the first has not come", "[invariant-4]")
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

TEST_CASE("4.21 an operation whose executor has stopped is at the head of a queue for 30 s at most", "[invariant-4]")
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

TEST_CASE("4.22 two gates with a place each do not send their queues round in circles", "[invariant-4]")
{
    // Each gate kept its places for waiters who could not yet pass the other one: they changed queues for ever, at one
    // moment, with the processor busy and nothing sent. mend_simulation --seed 102370 --operations 60 --only
    // 21,22,23,24,27,28,30,32,33,34,35,38,39 found it.
    scenario in;
    in.spawn(4ms, {}, {flood(601, 138ms), ok(25s)});
    in.spawn(0ms, {}, {flood(600, 176ms)});
    in.spawn(5ms, {.method = "messages.forward"}, {flood(10, 186ms)});
    in.spawn(490ms, {.method = "messages.sendMessage"}, {ok(26ms)});
    in.spawn(573ms, {}, {});
    in.spawn(620ms, {}, {});
    in.spawn(1528ms, {}, {});
    in.spawn(1893ms, {.method = "messages.forward"}, {});
    in.spawn(16780ms, {.method = "messages.sendMedia"}, {});

    // The first comes through in, and two more may go. Time does not pass while anything runs: count turns instead.
    ms const through = 142ms + 601s + 25s;
    int turns = 100'000;
    std::function<void()> watch = [&] {
        if (--turns != 0)
            asio::post(in.context, [&] { watch(); });
        else if (in.attempts_between(through, through + 1ms) < 2)
            throw std::runtime_error{"nobody goes"};
    };
    in.at(through, [&] { watch(); });
    REQUIRE_NOTHROW(in.run());
    REQUIRE(in.all_ended());
}
