#include <mend/testing/virtual_time.hpp>

#include "support/scenario.hpp"

#include <string>

namespace {

using namespace support;
using mend::testing::virtual_time;

void ignore(std::exception_ptr) {}

asio::awaitable<void> note_after(virtual_time& time, std::chrono::steady_clock::duration wait, std::string& order, char name)
{
    co_await time.sleep_for(wait);
    order += name;
}

}  // namespace

TEST_CASE("virtual time begins at the same moment every time, and does not pass by itself")
{
    virtual_time const first;
    virtual_time const second;
    CHECK(first.now() == second.now());
    CHECK(first.wall() == second.wall());
    CHECK(first.elapsed() == 0ms);
}

TEST_CASE("virtual time wakes sleepers in the order of their moments, then of their falling asleep")
{
    virtual_time time;
    asio::io_context context;
    std::string order;
    asio::co_spawn(context, note_after(time, 3h, order, 'c'), &ignore);
    asio::co_spawn(context, note_after(time, 1h, order, 'a'), &ignore);
    asio::co_spawn(context, note_after(time, 1h, order, 'b'), &ignore);
    time.run(context);
    CHECK(order == "abc");
    CHECK(time.elapsed() == 3h);
}

TEST_CASE("virtual time sleeps no time for a moment that has passed")
{
    virtual_time time;
    asio::io_context context;
    std::string order;
    asio::co_spawn(context, note_after(time, 0ms, order, 'a'), &ignore);
    asio::co_spawn(context, note_after(time, ms{-5}, order, 'b'), &ignore);
    time.run(context);
    CHECK(order == "ab");
    CHECK(time.elapsed() == 0ms);
}

TEST_CASE("virtual time returns when only eternal sleepers are left, and goes on when run again")
{
    virtual_time time;
    asio::io_context context;
    std::string order;
    asio::co_spawn(context, note_after(time, std::chrono::steady_clock::duration::max(), order, 'x'), &ignore);
    asio::co_spawn(context, note_after(time, 1s, order, 'a'), &ignore);
    time.run(context);
    CHECK(order == "a");
    CHECK(time.elapsed() == 1s);
    asio::co_spawn(context, note_after(time, 1s, order, 'b'), &ignore);
    time.run(context);
    CHECK(order == "ab");
    CHECK(time.elapsed() == 2s);
}

TEST_CASE("virtual time's sleep is cancellable")
{
    virtual_time time;
    asio::io_context context;
    asio::cancellation_signal stop;
    std::string order;
    bool aborted = false;
    asio::co_spawn(context, note_after(time, 1h, order, 'x'),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                       try {
                           if (error)
                               std::rethrow_exception(error);
                       } catch (mend::detail::asio_system_error const& what) {
                           aborted = what.code() == asio::error::operation_aborted;
                       }
                   }));
    asio::post(context, [&] { stop.emit(asio::cancellation_type::terminal); });
    time.run(context);
    CHECK(aborted);
    CHECK(order.empty());
    CHECK(time.elapsed() == 0ms);
}

TEST_CASE("virtual time's wall clock moves along, and can be set apart")
{
    virtual_time time;
    asio::io_context context;
    auto const began = time.wall();
    std::string order;
    asio::co_spawn(context, note_after(time, 1h, order, 'a'), &ignore);
    time.run(context);
    CHECK(time.wall() - began == 1h);
    auto const steady = time.now();
    time.shift_wall(-2h);
    CHECK(time.wall() - began == -1h);
    CHECK(time.now() == steady);
}

TEST_CASE("a context is destroyed with sleepers in it")
{
    virtual_time time;
    std::string order;
    {
        asio::io_context context;
        asio::co_spawn(context, note_after(time, std::chrono::steady_clock::duration::max(), order, 'x'), &ignore);
        time.run(context);
    }
    CHECK(order.empty());
}

TEST_CASE("virtual time sleeps for durations of any unit, and saturates instead of overflowing")
{
    virtual_time time;
    asio::io_context context;
    std::string order;
    auto const sleep = [&](auto wait, char name) {
        asio::co_spawn(
            context,
            [](virtual_time& clock, auto how_long, std::string& into, char what) -> asio::awaitable<void> {
                co_await clock.sleep_for(how_long);
                into += what;
            }(time, wait, order, name),
            &ignore);
    };
    sleep(std::chrono::duration<double>{1.5}, 'c');
    sleep(std::chrono::hours{-1}, 'a');
    sleep(std::chrono::duration<double>{0}, 'b');
    sleep(std::chrono::hours{1'000'000'000}, 'x');
    sleep(std::chrono::duration<double>{1e300}, 'y');
    time.run(context);
    CHECK(order == "abc");
    CHECK(time.elapsed() == 1500ms);
}

TEST_CASE("virtual time reports whether everything has ended, and what it cannot move")
{
    virtual_time clock;
    asio::io_context io;
    CHECK(clock.run(io));
    CHECK(clock.run(io).message() == "nothing is left to run");

    asio::steady_timer real{io, std::chrono::hours{1}};
    real.async_wait([](auto) {});
    auto const waits = clock.run(io);
    CHECK_FALSE(waits);
    CHECK(waits.asleep_for_ever == 0);
    CHECK(waits.message().find("a timer of Asio's own") != std::string::npos);
    real.cancel();
    CHECK(clock.run(io));

    asio::co_spawn(io, clock.sleep_until(std::chrono::steady_clock::time_point::max()), asio::detached);
    auto const sleeps = clock.run(io);
    CHECK_FALSE(sleeps);
    CHECK(sleeps.asleep_for_ever == 1);
    CHECK(sleeps.message().find("1 sleep until time_point::max()") != std::string::npos);
}

TEST_CASE("virtual time sleeps no time for a negative time of any unit")
{
    mend::testing::virtual_time time;
    asio::io_context context{1};
    asio::co_spawn(context, time.sleep_for(std::chrono::hours::min()), asio::detached);
    time.run(context);
    CHECK(time.elapsed() == 0ms);
}

TEST_CASE("virtual time's wall clock saturates when it is shifted")
{
    mend::testing::virtual_time time;
    time.shift_wall(std::chrono::system_clock::duration::max());
    CHECK(time.wall() == std::chrono::system_clock::time_point::max());
}
