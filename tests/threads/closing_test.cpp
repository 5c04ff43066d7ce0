// Closing, destroying and stopping while operations run on other threads. For ThreadSanitizer.
#include "support/catch.hpp"

#include <mend/mend.hpp>

#if MEND_USE_BOOST_ASIO
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#else
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#endif

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

namespace {

namespace net = mend::asio;
using namespace std::chrono_literals;
using mend::stop_reason;

net::awaitable<void> pause(std::chrono::milliseconds time)
{
    auto const executor = co_await net::this_coro::executor;
    net::steady_timer timer{executor, time};
    co_await timer.async_wait(net::use_awaitable);
}

/// One failure that makes the operation wait for long, in a way of its own.
net::awaitable<int> stuck(unsigned kind)
{
    co_await pause(std::chrono::milliseconds{kind % 3});
    switch (kind % 5) {
    case 0:
        throw mend::rpc_error{420, "FLOOD_WAIT_3000"};  // a hold; the others of its kind queue behind it
    case 1:
        throw mend::rpc_error{500, "INTERNAL"};  // backoff
    case 2:
        throw std::system_error{std::make_error_code(std::errc::connection_reset)};  // a recovery that takes long
    case 3:
        throw mend::rpc_error{400, "FILE_REFERENCE_EXPIRED"};  // a refresh that takes long
    default:
        co_await pause(1h);  // an attempt that takes long
        co_return 1;
    }
}

struct operation {
    unsigned kind;
    net::awaitable<int> operator()() const { return stuck(kind); }
};

struct ends {
    std::atomic<int> closed{0};
    std::atomic<int> others{0};
};

net::awaitable<void> send(mend::account& on, unsigned kind, ends& counted)
{
    mend::call about;
    // Methods of their own, so that one kind does not end up in another's wait.
    static constexpr std::string_view methods[] = {"a", "b", "c", "d", "e"};
    about.method = methods[kind % 5];
    about.attempt_timeout = kind % 2 == 0 ? 0ms : 3'600'000ms;
    auto const result = co_await mend::try_with_recovery(on, about, operation{kind});
    ++(result.why() == stop_reason::closed ? counted.closed : counted.others);
}

mend::options slow_options()
{
    mend::options made;
    for (auto const what : {mend::category::temporary, mend::category::unknown}) {
        mend::policy its = made.policies[what];
        its.delay.base = 60s;
        made.policies.set(what, its);
    }
    mend::policy connection = made.policies[mend::category::connection];
    connection.settle = 0ms;
    made.policies.set(mend::category::connection, connection);
    return made;
}

void run_long_callbacks(mend::recovery_manager& manager)
{
    auto const long_one = [](mend::recovery_request const&) -> net::awaitable<void> { co_await pause(1h); };
    manager.on_reconnect(long_one);
    manager.on_refresh(long_one);
}

/// Everything but an attempt that takes long.
constexpr unsigned kinds_that_wait[] = {0, 1, 2, 3};

}  // namespace

TEST_CASE("close() of the account from another thread ends every wait")
{
    bool const of_the_manager = GENERATE(false, true);
    int const later = GENERATE(0, 1, 5);
    ends counted;
    net::thread_pool pool{3};
    mend::recovery_manager manager{pool.get_executor(), slow_options()};
    run_long_callbacks(manager);
    mend::account account{manager, "one"};
    int sent = 0;
    for (int round = 0; round != 10; ++round) {
        for (unsigned kind : kinds_that_wait) {
            net::co_spawn(pool, send(account, kind + 5 * static_cast<unsigned>(round), counted), [](std::exception_ptr) {});
            ++sent;
        }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{later});
    std::thread closer{[&] {
        if (of_the_manager)
            manager.close();
        else
            account.close();
    }};
    closer.join();
    pool.join();  // returns only when every wait has ended, and every callback was cancelled
    CHECK(counted.closed + counted.others == sent);
    CHECK(counted.others == 0);
    CHECK(account.state().what == mend::account_state::kind::closed);
    CHECK(manager.stats().operations == static_cast<std::uint64_t>(sent));
}

TEST_CASE("accounts are destroyed while their operations run")
{
    ends counted;
    net::thread_pool pool{3};
    auto manager = std::make_optional<mend::recovery_manager>(pool.get_executor(), slow_options());
    run_long_callbacks(*manager);
    bool const manager_first = GENERATE(false, true);
    std::optional<mend::account> account{std::in_place, *manager, "an account that is gone before its operations"};
    int sent = 0;
    for (int round = 0; round != 10; ++round) {
        for (unsigned kind : kinds_that_wait) {
            // with_recovery shares the account when it is called: the operation may begin after the account is gone.
            auto const run = [](auto awaitable, ends& all) -> net::awaitable<void> {
                auto const result = co_await std::move(awaitable);
                ++(result.why() == stop_reason::closed ? all.closed : all.others);
            };
            net::co_spawn(pool, run(mend::try_with_recovery(*account, {}, operation{kind}), counted), [](std::exception_ptr) {});
            ++sent;
        }
    }
    std::this_thread::sleep_for(2ms);
    if (manager_first)
        manager.reset();
    account.reset();
    pool.join();
    CHECK(counted.closed + counted.others == sent);
    CHECK(counted.others == 0);
}

TEST_CASE("a running attempt survives the close and keeps its value")
{
    std::atomic<int> value{0};
    std::atomic<bool> began{false};
    std::atomic<bool> go_on{false};
    net::thread_pool pool{2};
    mend::recovery_manager manager{pool.get_executor(), slow_options()};
    std::optional<mend::account> account{std::in_place, manager, "one"};
    auto const patient = [&]() -> net::awaitable<int> {
        began = true;
        while (!go_on)
            co_await pause(1ms);
        co_return 7;
    };
    mend::async_with_recovery(*account, {}, patient, [&](std::exception_ptr error, int result) { value = error ? -1 : result; });
    while (!began)
        std::this_thread::yield();
    account->close();
    account.reset();
    go_on = true;
    pool.join();
    CHECK(value == 7);
}

TEST_CASE("an io_context is destroyed with operations parked in every kind of wait")
{
    bool const account_first = GENERATE(false, true);
    int const rounds = GENERATE(1, 20);
    ends counted;
    auto const alive = std::make_shared<int>(0);
    {
        std::optional<mend::recovery_manager> manager;
        std::optional<mend::account> account;
        std::optional<net::io_context> context{std::in_place};
        auto made = slow_options();
        made.max_concurrent_recoveries = 1;
        manager.emplace(context->get_executor(), made);
        run_long_callbacks(*manager);
        account.emplace(*manager, "parked");
        mend::account queued{*manager, "waits for a slot"};
        for (int round = 0; round != rounds; ++round) {
            for (unsigned kind = 0; kind != 10; ++kind) {
                auto const hold = [](std::shared_ptr<int> kept, mend::account& on, unsigned which,
                                     ends& all) -> net::awaitable<void> {
                    co_await send(on, which, all);
                    ++*kept;
                };
                net::co_spawn(*context, hold(alive, *account, kind, counted), [](std::exception_ptr) {});
                net::co_spawn(*context, hold(alive, queued, kind, counted), [](std::exception_ptr) {});
            }
        }
        std::thread runner{[&] { context->run_for(50ms); }};
        std::thread asker{[&] {
            for (int index = 0; index != 20; ++index) {
                (void)account->state();
                (void)manager->stats();
            }
        }};
        runner.join();
        asker.join();
        if (account_first) {
            account.reset();
            manager.reset();
        }
        context.reset();
        CHECK(alive.use_count() == 1);  // every frame is gone
    }
    CHECK(counted.closed == 0);
}

TEST_CASE("an io_context that stopped is destroyed after account and manager, on several threads")
{
    auto const alive = std::make_shared<int>(0);
    ends counted;
    {
        net::io_context context;
        mend::recovery_manager manager{context.get_executor(), slow_options()};
        run_long_callbacks(manager);
        mend::account account{manager, "one"};
        for (unsigned kind = 0; kind != 50; ++kind) {
            auto const hold = [](std::shared_ptr<int> kept, mend::account& on, unsigned which,
                                 ends& all) -> net::awaitable<void> {
                co_await send(on, which, all);
                ++*kept;
            };
            net::co_spawn(context, hold(alive, account, kind, counted), [](std::exception_ptr) {});
        }
        std::thread first{[&] { context.run_for(20ms); }};
        std::thread second{[&] { context.run_for(20ms); }};
        first.join();
        second.join();
    }
    CHECK(alive.use_count() == 1);
}
