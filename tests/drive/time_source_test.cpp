#include <mend/time_source.hpp>

#include "support/scenario.hpp"

namespace {

using namespace support;

/// A clock that begins at the epoch, as a mock clock that a user writes does.
class clock_from_zero : public mend::time_source {
public:
    explicit clock_from_zero(mend::testing::virtual_time& real) : real_{real}, start_{real.now()} {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override
    {
        return std::chrono::steady_clock::time_point{real_.now() - start_};
    }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return real_.wall(); }
    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
    {
        return real_.sleep_until(start_ + until.time_since_epoch());
    }

private:
    mend::testing::virtual_time& real_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace

TEST_CASE("the steady time is the system's clocks")
{
    auto& time = mend::steady_time();
    auto const before = std::chrono::steady_clock::now();
    auto const seen = time.now();
    auto const after = std::chrono::steady_clock::now();
    CHECK(before <= seen);
    CHECK(seen <= after);
    CHECK(&mend::steady_time() == &time);
}

TEST_CASE("the steady time sleeps no shorter than it was asked to, and not at all for the past")
{
    auto& time = mend::steady_time();
    asio::io_context context;
    auto const began = time.now();
    auto woke = began;
    bool past = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await time.sleep_until(began - 1h);
            past = true;
            co_await time.sleep_until(began + 20ms);
            woke = time.now();
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    context.run();
    CHECK(past);
    CHECK(woke >= began + 20ms);
}

TEST_CASE("the steady time's sleep is cancellable, even when it is for ever")
{
    asio::io_context context;
    asio::cancellation_signal stop;
    bool aborted = false;
    asio::co_spawn(context, mend::steady_time().sleep_until(std::chrono::steady_clock::time_point::max()),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                       try {
                           if (error)
                               std::rethrow_exception(error);
                       } catch (mend::detail::asio_system_error const& what) {
                           aborted = what.code() == asio::error::operation_aborted;
                       }
                   }));
    context.poll();
    stop.emit(asio::cancellation_type::terminal);
    context.run();
    CHECK(aborted);
}

TEST_CASE("a clock may begin at its epoch: what happens then is reported and counted as later")
{
    mend::testing::virtual_time real;
    clock_from_zero clock{real};
    asio::io_context context;
    mend::options chosen = exact_options();
    chosen.time = &clock;
    chosen = with_policy(chosen, mend::category::session_lost, [](mend::policy& each) { each.settle = 0ms; });
    chosen = with_policy(chosen, mend::category::connection, [](mend::policy& each) { each.settle = 0ms; });
    mend::recovery_manager manager{context.get_executor(), chosen};
    mend::account account{manager, "main"};
    manager.on_reconnect([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    mend::statistics::action_count runs;
    std::chrono::milliseconds elapsed{};
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [&](mend::attempt& which) -> asio::awaitable<void> {
            if (which.number() == 1)
                throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        auto const ended = co_await mend::try_with_recovery(account, {}, send);
        elapsed = ended.elapsed();
    };
    asio::co_spawn(context, body(), asio::detached);
    real.run(context);
    runs = manager.stats().actions_of(mend::action::reconnect);
    CHECK(runs.started == 1);
    CHECK(runs.succeeded == 1);
    CHECK(elapsed == 1s);
}
