// What a review of the driver found, each as the sentence that holds now. On virtual time.
#include "support/catch.hpp"

#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <functional>
#include <memory>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// One account on virtual time, one operation in a coroutine that can be cancelled.
struct bench {
    mend::asio::io_context context;
    mend::testing::virtual_time time;
    mend::recovery_manager manager{context.get_executor(), {.seed = 1, .time = &time}};
    mend::account account{manager, "main"};
    mend::asio::cancellation_signal signal;

    template <class Body>
    void spawn(Body& body)
    {
        mend::asio::co_spawn(context, body(), mend::asio::bind_cancellation_slot(signal.slot(), mend::asio::detached));
    }
    void cancel_after(std::chrono::seconds delay, mend::asio::cancellation_type type)
    {
        auto canceller = [](mend::testing::virtual_time& clock, mend::asio::cancellation_signal& which, std::chrono::seconds when,
                            mend::asio::cancellation_type how) -> mend::asio::awaitable<void> {
            co_await clock.sleep_for(when);
            which.emit(how);
        };
        mend::asio::co_spawn(context, canceller(time, signal, delay, type), mend::asio::detached);
    }
};

}  // namespace

TEST_CASE("3.9 a chain that goes on when it is cancelled is no failure, and starts no recovery")
{
    bench here;
    int reconnects = 0;
    here.manager.on_reconnect([&](mend::recovery_request const&) -> mend::asio::awaitable<void> {
        ++reconnects;
        co_return;
    });
    mend::stop_reason why{};
    mend::delivery delivered{};
    auto body = [&]() -> mend::asio::awaitable<void> {
        co_await mend::asio::this_coro::throw_if_cancelled(false);
        auto slow = [&]() -> mend::asio::awaitable<void> { co_await here.time.sleep_for(10s); };
        auto const outcome = co_await mend::try_with_recovery(here.account, {}, slow);
        why = outcome.why();
        delivered = outcome.delivered();
    };
    here.spawn(body);
    here.cancel_after(5s, mend::asio::cancellation_type::terminal);
    here.time.run(here.context);
    CHECK(why == mend::stop_reason::cancelled);
    CHECK(delivered == mend::delivery::unknown);
    CHECK(here.manager.stats().failures == 0);
    CHECK(reconnects == 0);
}

TEST_CASE("3.9 a chain that goes on when it is cancelled begins nothing on an account that is held")
{
    bench here;
    int attempts = 0;
    std::optional<mend::outcome<void>> outcome;
    auto flooded = []() -> mend::asio::awaitable<void> {
        throw mend::rpc_error{420, "FLOOD_WAIT_60"};
        co_return;
    };
    auto breaker = [&]() -> mend::asio::awaitable<void> { (void)co_await mend::try_with_recovery(here.account, {}, flooded); };
    mend::asio::co_spawn(here.context, breaker(), mend::asio::detached);
    auto body = [&]() -> mend::asio::awaitable<void> {
        co_await mend::asio::this_coro::throw_if_cancelled(false);
        try {
            co_await here.time.sleep_for(10s);
        } catch (std::exception const&) {
        }
        auto counting = [&]() -> mend::asio::awaitable<void> {
            ++attempts;
            co_return;
        };
        auto result = co_await mend::try_with_recovery(here.account, {}, counting);
        outcome.emplace(std::move(result));
    };
    here.spawn(body);
    here.cancel_after(5s, mend::asio::cancellation_type::terminal);
    here.time.run(here.context);
    REQUIRE(outcome);
    CHECK(outcome->why() == mend::stop_reason::cancelled);
    CHECK(outcome->attempts() == 0);
    CHECK(outcome->delivered() == mend::delivery::not_sent);
    CHECK(attempts == 0);
}

TEST_CASE("3.9 total cancellation reaches an attempt that has a time limit")
{
    bench here;
    auto body = [&]() -> mend::asio::awaitable<void> {
        co_await mend::asio::this_coro::reset_cancellation_state(mend::asio::enable_total_cancellation());
        auto slow = [&]() -> mend::asio::awaitable<void> { co_await here.time.sleep_for(100s); };
        co_await mend::with_recovery(here.account, {.attempt_timeout = 10min}, slow);
    };
    here.spawn(body);
    here.cancel_after(5s, mend::asio::cancellation_type::total);
    here.time.run(here.context);
    CHECK(here.time.elapsed() == 5s);
    CHECK(here.manager.stats().operations == 1);
}

TEST_CASE("a cancelled wait counts as waited, and an action is counted once however its operation ends")
{
    bench here;
    std::vector<std::chrono::milliseconds> waited;
    auto body = [&]() -> mend::asio::awaitable<void> {
        co_await mend::asio::this_coro::throw_if_cancelled(false);
        int calls = 0;
        auto flooded = [&]() -> mend::asio::awaitable<void> {
            if (++calls == 1)
                throw mend::rpc_error{420, "FLOOD_WAIT_60"};
            co_await here.time.sleep_for(100s);
        };
        auto const outcome = co_await mend::try_with_recovery(here.account, {.method = "send"}, flooded);
        waited.push_back(outcome.waited());
    };
    SECTION("in the middle of the wait")
    {
        here.spawn(body);
        here.cancel_after(50s, mend::asio::cancellation_type::terminal);
        here.time.run(here.context);
        CHECK(waited == std::vector{std::chrono::milliseconds{50s}});
        CHECK(here.manager.stats().actions_of(mend::action::wait).succeeded == 0);
        CHECK(here.manager.stats().actions_of(mend::action::wait).failed == 1);
    }
    SECTION("in the attempt after it")
    {
        here.spawn(body);
        here.cancel_after(70s, mend::asio::cancellation_type::terminal);
        here.time.run(here.context);
        CHECK(here.manager.stats().actions_of(mend::action::wait).succeeded == 1);
        CHECK(here.manager.stats().actions_of(mend::action::wait).failed == 0);
    }
    CHECK(here.manager.stats().actions_of(mend::action::wait).started == 1);
}

TEST_CASE("3.13 a login that is needed while the account reconnects runs though its operation is cancelled, and is told why")
{
    bench here;
    std::vector<std::string> told;
    here.manager.on_reconnect(
        [&](mend::recovery_request const&) -> mend::asio::awaitable<void> { co_await here.time.sleep_for(20s); });
    here.manager.on_relogin([&](mend::recovery_request const& request) -> mend::asio::awaitable<void> {
        told.emplace_back(request.message);
        co_return;
    });
    auto broken = [&]() -> mend::asio::awaitable<void> {
        auto reset = []() -> mend::asio::awaitable<void> {
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        (void)co_await mend::try_with_recovery(here.account, {.idempotent = false}, reset);
    };
    auto revoked = [&]() -> mend::asio::awaitable<void> {
        auto lost = [&]() -> mend::asio::awaitable<void> {
            co_await here.time.sleep_for(3s);
            throw mend::rpc_error{401, "SESSION_REVOKED"};
        };
        (void)co_await mend::try_with_recovery(here.account, {}, lost);
    };
    here.spawn(revoked);
    mend::asio::co_spawn(here.context, broken(), mend::asio::detached);
    here.cancel_after(5s, mend::asio::cancellation_type::terminal);
    here.time.run(here.context);
    REQUIRE(told.size() == 1);
    CHECK(told.front() == "SESSION_REVOKED");
}

TEST_CASE("an io_context that is destroyed before a recovery's first step leaves nothing behind")
{
    mend::testing::virtual_time time;
    auto context = std::make_unique<mend::asio::io_context>();
    mend::recovery_manager manager{context->get_executor(), {.time = &time}};
    mend::account account{manager, "main"};
    manager.on_reconnect([](mend::recovery_request const&) -> mend::asio::awaitable<void> { co_return; });
    auto body = [&]() -> mend::asio::awaitable<void> {
        auto reset = [&]() -> mend::asio::awaitable<void> {
            context->stop();
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        co_await mend::with_recovery(account, reset);
    };
    mend::asio::co_spawn(*context, body(), mend::asio::detached);
    context->run();
    context.reset();
    CHECK(account.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("a close that comes while on_disconnect is ending does not wait for the settle to pass, and nothing runs after it")
{
    auto const settle = GENERATE(std::chrono::milliseconds{2s}, std::chrono::milliseconds{0});
    for (int const turns : {0, 1, 2, 3}) {
        bench here;
        int reconnects = 0;
        mend::policy_table policies;
        auto its = policies[mend::category::connection];
        its.settle = settle;
        here.manager.set_policies(policies.set(mend::category::connection, its));
        std::function<void(int)> close_after = [&](int left) {
            if (left == 0)
                here.manager.close();
            else
                mend::asio::post(here.context, [&, left] { close_after(left - 1); });
        };
        here.manager.on_disconnect([&](mend::recovery_request const&) -> mend::asio::awaitable<void> {
            close_after(turns);
            co_return;
        });
        here.manager.on_reconnect([&](mend::recovery_request const&) -> mend::asio::awaitable<void> {
            ++reconnects;
            co_return;
        });
        auto body = [&]() -> mend::asio::awaitable<void> {
            auto reset = []() -> mend::asio::awaitable<void> {
                throw std::system_error{std::make_error_code(std::errc::connection_reset)};
                co_return;
            };
            (void)co_await mend::try_with_recovery(here.account, {}, reset);
        };
        here.spawn(body);
        here.time.run(here.context);
        INFO(turns << " turns later");
        CHECK(here.time.elapsed() == 0s);
        if (settle > 0ms || turns == 0)  // else it may have begun before the close
            CHECK(reconnects == 0);
    }
}
