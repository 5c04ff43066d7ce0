// Many threads at once: senders, accounts, callbacks and everything that may be called meanwhile. For ThreadSanitizer.
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
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace net = mend::asio;
using namespace std::chrono_literals;
using mend::category;
using mend::stop_reason;

/// Every delay is a few milliseconds, and there are plenty of retries.
mend::options quick_options()
{
    mend::options made;
    made.max_attempts = 1000;
    for (std::size_t index = 0; index < mend::category_count; ++index) {
        auto const what = static_cast<category>(index);
        mend::policy its = made.policies[what];
        its.delay = {.base = 1ms, .factor = 1.5, .cap = 5ms, .jitter = 0.5};
        its.settle = 1ms;
        if (its.max_retries > 0)
            its.max_retries = 1000;
        made.policies.set(what, its);
    }
    return made;
}

mend::failure told(std::chrono::milliseconds wait)
{
    mend::failure what{.code = 420, .message = "FLOOD"};
    what.retry_after = wait;
    return what;
}

std::system_error broken()
{
    return std::system_error{std::make_error_code(std::errc::connection_reset)};
}

net::awaitable<void> pause(std::chrono::milliseconds time)
{
    auto const executor = co_await net::this_coro::executor;
    net::steady_timer timer{executor, time};
    co_await timer.async_wait(net::use_awaitable);
}

/// Fails in turn in every way that mend recovers from, then succeeds. Most failures are answers of Telegram's, so that few of
/// the others come in a row: an outage takes its time, and that is real here.
struct troubled {
    std::atomic<int>* overlapping;
    unsigned kind;

    net::awaitable<int> operator()(mend::attempt& which) const
    {
        co_await pause(std::chrono::milliseconds{which.number() % 2});
        switch ((kind + which.number()) % 6) {
        case 2:
            if (kind / 6 % 3 == 0)
                throw broken();
            if (kind / 6 % 3 == 1)
                throw mend::proxy_error{"refused"};
            throw mend::rpc_error{500, "INTERNAL"};
        case 0:
        case 1:
        case 3:
        case 4:
            throw mend::operation_error{told(2ms)};
        default:
            co_return static_cast<int>(which.number());
        }
    }
};

class counting_observer final : public mend::observer {
public:
    void on_event(mend::event const& what) override
    {
        seen.fetch_add(1, std::memory_order_relaxed);
        letters.fetch_add(what.account_id.size() + what.message.size(), std::memory_order_relaxed);
    }
    std::atomic<std::size_t> seen{0};
    std::atomic<std::size_t> letters{0};
};

/// Counts ends; every operation has to end, and once.
struct ends {
    std::atomic<int> values{0};
    std::atomic<int> closed{0};
    std::atomic<int> cancelled{0};
    std::atomic<int> others{0};

    int all() const { return values + closed + cancelled + others; }

    void note(mend::outcome<int> const& result)
    {
        switch (result.why()) {
        case stop_reason::none:
            ++values;
            break;
        case stop_reason::closed:
            ++closed;
            break;
        case stop_reason::cancelled:
            ++cancelled;
            break;
        default:
            ++others;
        }
    }
};

template <class Operation>
net::awaitable<void> send(mend::account& on, mend::call about, Operation operation, ends& counted)
{
    auto const result = co_await mend::try_with_recovery(on, about, operation);
    counted.note(result);
}

void count_identities(mend::recovery_manager const& manager, std::uint64_t operations)
{
    auto const stats = manager.stats();
    CHECK(stats.operations == operations);
    CHECK(stats.recoveries == stats.recovered + stats.gave_up + stats.cancelled);
}

}  // namespace

TEST_CASE("many threads send for one account, in trouble of every kind")
{
    std::atomic<int> overlapping{0};
    std::atomic<int> running{0};
    std::atomic<int> runs{0};
    ends counted;
    auto const observer = std::make_shared<counting_observer>();
    net::thread_pool pool{4};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    manager.subscribe(observer);
    auto const callback = [&](mend::recovery_request const&) -> net::awaitable<void> {
        if (++running != 1)
            ++overlapping;
        ++runs;
        co_await pause(1ms);
        --running;
    };
    manager.on_disconnect(callback);
    manager.on_reconnect(callback);
    manager.on_rotate_proxy(callback);
    mend::account account{manager, "one"};
    constexpr int senders = 60;
    for (unsigned index = 0; index != senders; ++index) {
        mend::call about;
        about.peer = index % 3;
        net::co_spawn(pool, send(account, about, troubled{&overlapping, index}, counted), [](std::exception_ptr error) {
            if (error)
                std::terminate();
        });
    }
    pool.join();
    CHECK(counted.values == senders);
    CHECK(overlapping == 0);  // one recovery of an account at a time
    CHECK(runs > 0);
    CHECK(observer->seen > 0);
    count_identities(manager, senders);
}

TEST_CASE("many threads send for many accounts")
{
    ends counted;
    net::thread_pool pool{4};
    auto made = quick_options();
    made.max_concurrent_recoveries = 2;
    mend::recovery_manager manager{pool.get_executor(), made};
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    manager.on_reconnect([&](mend::recovery_request const&) -> net::awaitable<void> {
        int const now = ++running;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        co_await pause(1ms);
        --running;
    });
    std::vector<mend::account> accounts;
    for (int index = 0; index != 20; ++index) {
        accounts.emplace_back(manager, std::to_string(index));
        if (index % 4 != 0)  // five share a server, and its outages
            accounts.back().server(std::to_string(index));
    }
    constexpr int senders = 200;
    for (unsigned index = 0; index != senders; ++index) {
        net::co_spawn(pool, send(accounts[index % accounts.size()], {}, troubled{nullptr, index}, counted),
                      [](std::exception_ptr error) {
                          if (error)
                              std::terminate();
                      });
    }
    pool.join();
    CHECK(counted.values == senders);
    CHECK(most <= 2);
    count_identities(manager, senders);
}

TEST_CASE("callbacks on another executor than the senders'")
{
    ends counted;
    std::atomic<int> elsewhere{0};
    std::atomic<int> wrong{0};
    net::thread_pool pool{3};
    net::thread_pool callbacks{2};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    auto const on_callbacks = [&](mend::recovery_request const&) -> net::awaitable<void> {
        net::any_io_executor const executor = co_await net::this_coro::executor;
        ++(&net::query(executor, net::execution::context) == &callbacks ? elsewhere : wrong);
        co_await pause(1ms);
    };
    manager.on_disconnect(callbacks.get_executor(), on_callbacks);
    manager.on_reconnect(callbacks.get_executor(), on_callbacks);
    mend::account account{manager, "one"};
    account.on_rotate_proxy(callbacks.get_executor(), on_callbacks);
    constexpr int senders = 40;
    for (unsigned index = 0; index != senders; ++index)
        net::co_spawn(pool, send(account, {}, troubled{nullptr, index}, counted), [](std::exception_ptr) {});
    auto const guard = net::make_work_guard(callbacks);
    pool.join();
    callbacks.stop();
    callbacks.join();
    CHECK(counted.values == senders);
    CHECK(elsewhere > 0);
    CHECK(wrong == 0);
}

TEST_CASE("policies, rules, callbacks, observers and questions while operations run")
{
    ends counted;
    std::atomic<bool> stop{false};
    net::thread_pool pool{3};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    mend::account account{manager, "one", "+1"};
    std::thread meddler{[&] {
        auto const policies = quick_options().policies;
        std::size_t sum = 0;
        for (int round = 0; round < 50 || !stop; ++round) {
            manager.set_policies(policies);
            manager.set_classifier(round % 2 == 0 ? mend::telegram::rules() : mend::classifier::basic());
            manager.on_reconnect([](mend::recovery_request const&) -> net::awaitable<void> { co_return; });
            account.on_rotate_proxy([](mend::recovery_request const&) -> net::awaitable<void> { co_return; });
            if (round < 10)
                manager.subscribe(std::make_shared<counting_observer>());
            account.release();
            sum += manager.history().size() + manager.stats().failures + static_cast<std::size_t>(account.state().what);
            account.on_rotate_proxy(nullptr);
            manager.on_reconnect(nullptr);
            std::this_thread::sleep_for(100us);
        }
        (void)sum;
    }};
    constexpr int senders = 60;
    for (unsigned index = 0; index != senders; ++index)
        net::co_spawn(pool, send(account, {}, troubled{nullptr, index}, counted), [](std::exception_ptr) {});
    pool.join();
    stop = true;
    meddler.join();
    CHECK(counted.all() == senders);
    CHECK(counted.values == senders);
    count_identities(manager, senders);
}

TEST_CASE("cancelled from everywhere, every operation ends once")
{
    ends counted;
    net::thread_pool pool{4};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    mend::account account{manager, "one"};
    manager.on_reconnect([](mend::recovery_request const&) -> net::awaitable<void> { co_await pause(2ms); });
    struct sender {
        net::strand<net::any_io_executor> strand;
        net::cancellation_signal stop;
    };
    constexpr unsigned senders = 60;
    std::vector<std::unique_ptr<sender>> all;
    for (unsigned index = 0; index != senders; ++index) {
        all.push_back(std::make_unique<sender>(net::make_strand(net::any_io_executor{pool.get_executor()})));
        auto& each = *all.back();
        mend::call about;
        about.attempt_timeout = index % 4 == 0 ? 3ms : 0ms;
        // A signal is as little thread-safe as a socket: its slot and its emit belong to one strand.
        net::post(each.strand, [&, about, index] {
            net::co_spawn(each.strand, send(account, about, troubled{nullptr, index}, counted),
                          net::bind_cancellation_slot(each.stop.slot(), [](std::exception_ptr) {}));
        });
    }
    std::thread canceller{[&] {
        for (unsigned index = 0; index < senders; index += 2) {
            std::this_thread::sleep_for(200us);
            auto& each = *all[index];
            net::post(each.strand, [&each] { each.stop.emit(net::cancellation_type::terminal); });
        }
    }};
    canceller.join();
    pool.join();
    // A chain that is cancelled between two awaits of its own may end without an outcome: none here.
    CHECK(counted.all() <= static_cast<int>(senders));
    CHECK(counted.values >= static_cast<int>(senders) / 2);
    CHECK(counted.others == 0);
    count_identities(manager, static_cast<std::uint64_t>(counted.all()));
}

TEST_CASE("attempts with a time limit end in time, are cut off and end on another executor, on any number of threads")
{
    ends counted;
    net::thread_pool pool{4};
    net::thread_pool other{2};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    mend::account account{manager, "one"};
    std::atomic<int> cut_off{0};
    struct limited {
        net::thread_pool& other;
        std::atomic<int>& cut_off;
        unsigned kind;

        net::awaitable<int> operator()(mend::attempt& which) const
        {
            if (which.previous() != nullptr && which.previous()->error == std::errc::timed_out)
                ++cut_off;
            if (kind % 3 == 0 && which.number() == 1)
                co_await pause(1h);
            else if (kind % 3 == 1)
                co_await pause(1ms);
            else
                co_await net::post(net::bind_executor(other.get_executor(), net::use_awaitable));
            co_return 1;
        }
    };
    constexpr unsigned senders = 120;
    for (unsigned index = 0; index != senders; ++index) {
        mend::call about;
        about.attempt_timeout = index % 3 == 0 ? 1ms : 3'600'000ms;
        net::co_spawn(pool, send(account, about, limited{other, cut_off, index}, counted), [](std::exception_ptr) {});
    }
    pool.join();
    other.join();
    CHECK(counted.values == senders);
    CHECK(cut_off == senders / 3);
    count_identities(manager, senders);
}

TEST_CASE("async_with_recovery from many threads that run no executor")
{
    std::atomic<int> sum{0};
    net::thread_pool pool{2};
    mend::recovery_manager manager{pool.get_executor(), quick_options()};
    mend::account account{manager, "one"};
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread != 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (unsigned index = 0; index != 10; ++index) {
                mend::async_with_recovery(account, {}, troubled{nullptr, thread + index}, [&](std::exception_ptr error, int) {
                    if (!error)
                        ++sum;
                });
            }
        });
    }
    for (auto& each : threads)
        each.join();
    pool.join();
    CHECK(sum == 40);
    count_identities(manager, 40);
}
