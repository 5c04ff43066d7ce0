// The driver with real timers. Asserts order and lower bounds only: nothing depends on how fast the machine is.
#include "support/scenario.hpp"

#include <thread>

namespace {

using namespace support;
using std::chrono::steady_clock;

mend::options short_delays()
{
    auto made = exact_options();
    made.time = nullptr;
    for (auto const what : {mend::category::temporary, mend::category::connection, mend::category::unknown}) {
        made = with_policy(made, what, [](mend::policy& its) {
            its.delay.base = 10ms;
            its.settle = 20ms;
        });
    }
    return made;
}

struct real {
    asio::io_context context{1};
    mend::recovery_manager manager{context.get_executor(), short_delays()};
    mend::account sender{manager, "sender"};

    template <class Function>
    void start(Function function)
    {
        asio::co_spawn(context, std::move(function), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
    }
};

asio::awaitable<void> real_pause(ms time)
{
    auto const until = steady_clock::now() + time;
    co_await mend::steady_time().sleep_until(until);
}

}  // namespace

TEST_CASE("on real timers: backoff is not shorter than its policy's")
{
    real r;
    std::vector<steady_clock::time_point> starts;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        starts.push_back(steady_clock::now());
        if (which.number() < 3)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return 1;
    };
    r.start([&]() -> asio::awaitable<void> { (void)co_await mend::with_recovery(r.sender, operation); });
    r.context.run();
    REQUIRE(starts.size() == 3);
    CHECK(starts[1] - starts[0] >= 10ms);
    CHECK(starts[2] - starts[1] >= 20ms);
}

TEST_CASE("on real timers: a told wait is a floor for all operations, and the first one through lets the others in")
{
    real r;
    auto const began = steady_clock::now();
    std::vector<steady_clock::time_point> starts;
    auto const first = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1) {
            mend::failure what{.code = 420};
            what.retry_after = 50ms;
            throw mend::operation_error{what};
        }
        starts.push_back(steady_clock::now());
        co_return;
    };
    auto const later = [&]() -> asio::awaitable<void> {
        starts.push_back(steady_clock::now());
        co_return;
    };
    r.start([&]() -> asio::awaitable<void> { co_await mend::with_recovery(r.sender, first); });
    for (int index = 0; index != 5; ++index)
        r.start([&]() -> asio::awaitable<void> { co_await mend::with_recovery(r.sender, later); });
    r.context.run();
    REQUIRE(starts.size() == 6);
    for (auto each : starts)
        CHECK(each - began >= 50ms);
}

TEST_CASE("on real timers: disconnect, settle, reconnect, then the next attempt")
{
    real r;
    std::string order;
    steady_clock::time_point disconnected, reconnecting;
    r.manager.on_disconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        co_await real_pause(5ms);
        order += "d";
        disconnected = steady_clock::now();
    });
    r.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        reconnecting = steady_clock::now();
        co_await real_pause(5ms);
        order += "r";
    });
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        order += static_cast<char>('0' + which.number());
        if (which.number() == 1)
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
        co_return;
    };
    r.start([&]() -> asio::awaitable<void> { co_await mend::with_recovery(r.sender, operation); });
    r.context.run();
    CHECK(order == "1dr2");
    CHECK(reconnecting - disconnected >= 20ms);
}

TEST_CASE("on real timers: an attempt beyond its limit is cut off, not before")
{
    real r;
    std::vector<steady_clock::duration> took;
    steady_clock::time_point began;  // no later than the limit begins, however slow the machine is
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        try {
            if (which.number() == 1)
                co_await real_pause(1h);
        } catch (...) {
            took.push_back(steady_clock::now() - began);
            throw;
        }
        co_return static_cast<int>(which.number());
    };
    int got = 0;
    r.start([&]() -> asio::awaitable<void> {
        mend::call about;
        about.attempt_timeout = 30ms;
        began = steady_clock::now();
        got = co_await mend::with_recovery(r.sender, about, operation);
    });
    r.context.run();
    CHECK(got >= 2);  // a slow machine may cut off more than one
    REQUIRE(!took.empty());
    CHECK(took.front() >= 30ms);
}

TEST_CASE("on real timers: cancellation and close end waits of an hour")
{
    real r;
    asio::cancellation_signal stop;
    std::vector<mend::stop_reason> ends;
    auto const operation = []() -> asio::awaitable<void> {
        throw mend::rpc_error{420, "FLOOD_WAIT_3600"};
        co_return;
    };
    auto const run = [&]() -> asio::awaitable<void> {
        auto const result = co_await mend::try_with_recovery(r.sender, {}, operation);
        ends.push_back(result.why());
    };
    asio::co_spawn(r.context, run, asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
    r.start(run);
    r.start([&]() -> asio::awaitable<void> {
        co_await real_pause(10ms);
        stop.emit(asio::cancellation_type::terminal);
        co_await real_pause(10ms);
        r.manager.close();
    });
    r.context.run();
    CHECK(ends == std::vector<mend::stop_reason>{mend::stop_reason::cancelled, mend::stop_reason::closed});
}
