// Invariant 9: cancellation is prompt and never a failure, for every way to call, and for coroutines that handle it on their own.
#include "support/scenario.hpp"

#include <array>
#include <tuple>

namespace {

using namespace support;
using mend::stop_reason;

/// Emits into a chain of its own.
struct stoppable {
    asio::cancellation_signal signal;
    std::exception_ptr thrown;
    bool ended = false;

    template <class Function>
    void start(asio::io_context& context, Function function)
    {
        asio::co_spawn(context, std::move(function),
                       asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr error) {
                           thrown = error;
                           ended = true;
                       }));
    }
};

bool is_abort(std::exception_ptr const& thrown)
{
    if (!thrown)
        return false;
    try {
        std::rethrow_exception(thrown);
    } catch (mend::detail::asio_system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

struct my_expected {
    int value_ = 0;
    std::error_code error_{};
    bool has_value() const { return !error_; }
    std::error_code const& error() const { return error_; }
};

/// with_recovery of an operation that returns T, cancelled in its backoff and in its attempt.
template <class T>
void check_throws_when_cancelled(T failed_value)
{
    for (bool in_attempt : {false, true}) {
        scenario in;
        stoppable op;
        int attempts = 0;
        bool returned = false;
        auto const operation = [&]() -> asio::awaitable<T> {
            ++attempts;
            if (in_attempt)
                co_await in.time.sleep_for(10s);
            co_return failed_value;
        };
        op.start(in.context, [&]() -> asio::awaitable<void> {
            (void)co_await mend::with_recovery(in.sender, operation);
            returned = true;
        });
        in.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
        in.run();
        REQUIRE(op.ended);
        CHECK(is_abort(op.thrown));
        CHECK(!returned);
        CHECK(attempts == 1);
        CHECK(in.now() == 500ms);
        CHECK(in.manager.stats().operations == 1);
    }
}

}  // namespace

TEST_CASE("9.20 a success and a cancellation at one moment: the value wins, for every way to call", "[invariant-9]")
{
    scenario in;
    stoppable plain, with_call, outcome;
    int sum = 0;
    // The cancellation comes while the operation is about to return: after its last wait, before its end.
    auto const run = [&](stoppable& which) {
        return [&in, &which]() -> asio::awaitable<int> {
            co_await in.time.sleep_for(1s);
            which.signal.emit(asio::cancellation_type::terminal);
            co_return 7;
        };
    };
    auto const first = run(plain);
    auto const second = run(with_call);
    auto const third = run(outcome);
    plain.start(in.context, [&]() -> asio::awaitable<void> { sum += co_await mend::with_recovery(in.sender, first); });
    with_call.start(in.context, [&]() -> asio::awaitable<void> {
        mend::call const about{.method = "m", .attempt_timeout = 60s};
        sum += co_await mend::with_recovery(in.sender, about, second);
    });
    outcome.start(in.context, [&]() -> asio::awaitable<void> {
        auto result = co_await mend::try_with_recovery(in.sender, {}, third);
        sum += result.value();
    });
    in.run();
    CHECK(plain.thrown == nullptr);
    CHECK(with_call.thrown == nullptr);
    CHECK(outcome.thrown == nullptr);
    CHECK(sum == 21);
    CHECK(in.manager.stats().operations == 3);
}

TEST_CASE("9.21 cancelled: with_recovery throws operation_aborted, also for types that carry errors", "[invariant-9]")
{
    auto const reset = std::make_error_code(std::errc::connection_reset);
    check_throws_when_cancelled<std::error_code>(reset);
    check_throws_when_cancelled<std::tuple<std::error_code, int>>({reset, 0});
    check_throws_when_cancelled<my_expected>({0, reset});
}

TEST_CASE("9.22 cancelled: try_with_recovery returns an outcome, also for types that carry errors", "[invariant-9]")
{
    scenario in;
    stoppable op;
    std::optional<mend::outcome<std::error_code>> result;
    auto const operation = [&]() -> asio::awaitable<std::error_code> {
        co_return std::make_error_code(std::errc::connection_reset);
    };
    op.start(in.context, [&]() -> asio::awaitable<void> {
        auto ended = co_await mend::try_with_recovery(in.sender, {}, operation);
        result.emplace(std::move(ended));
    });
    in.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    in.run();
    CHECK(op.thrown == nullptr);
    REQUIRE(result);
    CHECK(result->why() == stop_reason::cancelled);
    CHECK(!result->has_value());
    CHECK(is_abort(result->exception()));
}

TEST_CASE("9.23 a chain that does not throw when cancelled is ended all the same, and stays as it was", "[invariant-9]")
{
    bool const with_outcome = GENERATE(false, true);
    int const where = GENERATE(0, 1, 2);  // in backoff, at a hold, in the attempt
    scenario in;
    stoppable op;
    int attempts = 0;
    bool aborted = false;
    bool changed = false;
    ms ended{0};
    if (where == 1)
        in.spawn({flood(100), ok()});
    auto const operation = [&]() -> asio::awaitable<int> {
        ++attempts;
        if (where == 2)
            co_await in.time.sleep_for(10s);
        throw mend::rpc_error{500, "INTERNAL"};
    };
    op.start(in.context, [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        if (with_outcome) {
            auto const result = co_await mend::try_with_recovery(in.sender, {}, operation);
            aborted = result.why() == stop_reason::cancelled && is_abort(result.exception());
        } else {
            try {
                co_await mend::with_recovery(in.sender, operation);
            } catch (mend::detail::asio_system_error const& error) {
                aborted = error.code() == asio::error::operation_aborted;
            }
        }
        ended = in.now();
        bool const throws = co_await asio::this_coro::throw_if_cancelled();
        changed = throws;
    });
    in.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    in.run();
    CHECK(op.ended);
    CHECK(op.thrown == nullptr);
    CHECK(aborted);
    CHECK(!changed);
    CHECK(attempts == (where == 1 ? 0 : 1));
    CHECK(ended == 500ms);
}

TEST_CASE("9.24 only what the caller's chain lets through cancels it", "[invariant-9]")
{
    scenario in;
    stoppable deaf, hearing;
    std::vector<ms> ended;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    deaf.start(in.context, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(in.sender, operation); });
    hearing.start(in.context, [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await mend::with_recovery(in.sender, operation);
    });
    in.at(500ms, [&] {
        deaf.signal.emit(asio::cancellation_type::total);  // only terminal comes through by default
        hearing.signal.emit(asio::cancellation_type::total);
    });
    in.run();
    CHECK(deaf.ended);
    CHECK(deaf.thrown == nullptr);
    CHECK(hearing.ended);
    CHECK(is_abort(hearing.thrown));
}

TEST_CASE("9.25 a chain that goes on when it is cancelled has not failed, and starts no recovery", "[invariant-9]")
{
    scenario in;
    stoppable op;
    int reconnects = 0;
    in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        ++reconnects;
        co_return;
    });
    mend::stop_reason why{};
    mend::delivery delivered{};
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto slow = [&]() -> asio::awaitable<void> { co_await in.time.sleep_for(10s); };
        auto const outcome = co_await mend::try_with_recovery(in.sender, {}, slow);
        why = outcome.why();
        delivered = outcome.delivered();
    };
    op.start(in.context, body);
    in.at(5s, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    in.run();
    CHECK(why == mend::stop_reason::cancelled);
    CHECK(delivered == mend::delivery::unknown);
    CHECK(in.manager.stats().failures == 0);
    CHECK(reconnects == 0);
}

TEST_CASE("9.26 a chain that goes on when it is cancelled begins nothing on an account that is held", "[invariant-9]")
{
    scenario in;
    stoppable op;
    int attempts = 0;
    std::optional<mend::outcome<void>> outcome;
    auto flooded = []() -> asio::awaitable<void> {
        throw mend::rpc_error{420, "FLOOD_WAIT_60"};
        co_return;
    };
    auto breaker = [&]() -> asio::awaitable<void> { (void)co_await mend::try_with_recovery(in.sender, {}, flooded); };
    asio::co_spawn(in.context, breaker(), asio::detached);
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        try {
            co_await in.time.sleep_for(10s);
        } catch (std::exception const&) {
        }
        auto counting = [&]() -> asio::awaitable<void> {
            ++attempts;
            co_return;
        };
        auto result = co_await mend::try_with_recovery(in.sender, {}, counting);
        outcome.emplace(std::move(result));
    };
    op.start(in.context, body);
    in.at(5s, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    in.run();
    REQUIRE(outcome);
    CHECK(outcome->why() == mend::stop_reason::cancelled);
    CHECK(outcome->attempts() == 0);
    CHECK(outcome->delivered() == mend::delivery::not_sent);
    CHECK(attempts == 0);
}

TEST_CASE("9.27 total cancellation reaches an attempt that has a time limit", "[invariant-9]")
{
    scenario in;
    stoppable op;
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        auto slow = [&]() -> asio::awaitable<void> { co_await in.time.sleep_for(100s); };
        co_await mend::with_recovery(in.sender, {.attempt_timeout = 10min}, slow);
    };
    op.start(in.context, body);
    in.at(5s, [&] { op.signal.emit(asio::cancellation_type::total); });
    in.run();
    CHECK(in.time.elapsed() == 5s);
    CHECK(in.manager.stats().operations == 1);
}

TEST_CASE("9.28 an operation that resets its chain's cancellation state can still be cancelled, and counts no failure for it",
          "[invariant-9]")
{
    scenario in;
    asio::cancellation_signal stop;
    mend::stop_reason why{};
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto slow = [&](mend::attempt& which) -> asio::awaitable<void> {
            if (which.number() == 1)
                throw mend::rpc_error{500, "INTERNAL"};
            std::array<char, 256> ballast{};
            co_await asio::this_coro::reset_cancellation_state(
                [ballast](asio::cancellation_type type) { return ballast[0] == 0 ? type : asio::cancellation_type::none; });
            co_await in.time.sleep_for(10s);
        };
        auto const ended = co_await mend::try_with_recovery(in.sender, {}, slow);
        why = ended.why();
    };
    asio::co_spawn(in.context, body(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    in.at(5s, [&] { stop.emit(asio::cancellation_type::terminal); });
    in.run();
    CHECK(why == mend::stop_reason::cancelled);
    CHECK(in.now() == 5s);
    CHECK(in.manager.stats().failures == 1);
}
