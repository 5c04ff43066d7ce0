// Invariant 12: any number of threads. Here: any number of operations, accounts and executors on one thread; with real
// threads in tests/threads.
#include "support/scenario.hpp"

namespace {

using namespace support;
using mend::stop_reason;

template <class Executor>
bool runs_on(asio::strand<Executor> const& which)
{
    return which.running_in_this_thread();
}

mend::options without_settle()
{
    return with_policy(exact_options(), mend::category::connection, [](mend::policy& its) { its.settle = 0ms; });
}

}  // namespace

TEST_CASE("12.1 a thousand operations of a hundred accounts, with trouble everywhere, all end", "[invariant-12]")
{
    scenario in;
    in.on_disconnect(always(ok(5ms)));
    in.on_reconnect(always(ok(50ms)));
    in.on_rotate_proxy(std::function<step(unsigned)>{
        [](unsigned number) { return number % 3 == 0 ? raises(std::runtime_error{"no proxy"}, ms{20}) : ok(ms{20}); }});
    std::vector<mend::account*> accounts;
    for (int index = 0; index != 100; ++index)
        accounts.push_back(&in.another("account " + std::to_string(index)));
    std::vector<step> const troubles{ok(),          broken(ms{7}), flood(2),  bad_proxy(ms{3}),
                                     unavailable(), slow_mode(1),  refused(), ok(100ms)};
    for (std::size_t index = 0; index != 1000; ++index) {
        mend::call about;
        about.peer = static_cast<std::int64_t>(index % 7);
        in.spawn(*accounts[index % accounts.size()], ms{index % 13}, about,
                 std::vector<step>{troubles[index % troubles.size()], troubles[(index / 8) % troubles.size()], ok()});
    }
    in.run();
    CHECK(in.all_ended());
    auto const stats = in.manager.stats();
    CHECK(stats.operations == 1000);
    CHECK(stats.recoveries == stats.recovered + stats.gave_up + stats.cancelled);
    CHECK(stats.cancelled == 0);
    for (auto* each : accounts)
        CHECK(each->state().what == mend::account_state::kind::healthy);
}

TEST_CASE("12.2 attempts and what follows them run on the caller's executor, after anything between them", "[invariant-12]")
{
    scenario in;
    auto const strand = asio::make_strand(in.context);
    in.on_reconnect({ok(1s)});
    int wrong = 0;
    bool after = false;
    int attempts = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        ++attempts;
        wrong += runs_on(strand) ? 0 : 1;
        switch (which.number()) {
        case 1:
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
        case 2:
            throw mend::rpc_error{420, "FLOOD_WAIT_2"};
        case 3:
            throw mend::rpc_error{500, "INTERNAL"};
        default:
            co_return 1;
        }
    };
    asio::co_spawn(
        strand,
        [&]() -> asio::awaitable<void> {
            (void)co_await mend::with_recovery(in.sender, operation);
            after = runs_on(strand);
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    // Woken by others: waits end on the caller's executor as well.
    auto& other = in.spawn(1ms, {}, {ok()});
    in.run();
    CHECK(attempts == 4);
    CHECK(wrong == 0);
    CHECK(after);
    CHECK(other.succeeded());
}

TEST_CASE("12.3 after an attempt with a time limit the caller is on its own executor", "[invariant-12]")
{
    scenario in;
    auto const strand = asio::make_strand(in.context);
    bool after_success = false;
    bool after_cut = false;
    mend::call const about{.attempt_timeout = 1s};
    auto const quick = [&]() -> asio::awaitable<void> { co_await in.time.sleep_for(10ms); };
    auto const slow = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1)
            co_await in.time.sleep_for(10s);
    };
    asio::co_spawn(
        strand,
        [&]() -> asio::awaitable<void> {
            co_await mend::with_recovery(in.sender, about, quick);
            after_success = runs_on(strand);
            co_await mend::with_recovery(in.sender, about, slow);
            after_cut = runs_on(strand);
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    CHECK(after_success);
    CHECK(after_cut);
}

TEST_CASE("12.4 a callback runs on the executor given with it, the manager's own if none is", "[invariant-12]")
{
    scenario in{without_settle()};
    asio::io_context elsewhere{1};
    auto const on = [](asio::any_io_executor const& executor, asio::io_context& context) {
        return &asio::query(executor, asio::execution::context) == &context;
    };
    int here = 0;
    int there = 0;
    in.manager.on_disconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        asio::any_io_executor const executor = co_await asio::this_coro::executor;
        here += on(executor, in.context) ? 1 : 0;
    });
    in.manager.on_reconnect(elsewhere.get_executor(), [&](mend::recovery_request const&) -> asio::awaitable<void> {
        asio::any_io_executor const executor = co_await asio::this_coro::executor;
        there += on(executor, elsewhere) ? 1 : 0;
    });
    auto& op = in.spawn({broken(), ok()});
    in.context.poll();  // time does not pass: the callback is not overdue
    CHECK(here == 1);
    CHECK(there == 0);
    CHECK(!op.has_ended());  // it waits for a context that does not run
    elsewhere.run();
    CHECK(there == 1);
    in.run();
    CHECK(op.succeeded());
}

TEST_CASE("12.5 an account's own callback keeps its own executor", "[invariant-12]")
{
    scenario in{without_settle()};
    asio::io_context elsewhere{1};
    int mine = 0;
    auto& general = in.on_reconnect();
    in.sender.on_reconnect(elsewhere.get_executor(), [&](mend::recovery_request const&) -> asio::awaitable<void> {
        ++mine;
        co_return;
    });
    auto& op = in.spawn({broken(), ok()});
    in.context.poll();
    CHECK(mine == 0);
    CHECK(!op.has_ended());
    elsewhere.run();
    in.run();
    CHECK(mine == 1);
    CHECK(general.count() == 0);
    CHECK(op.succeeded());
}

TEST_CASE("12.6 operations of one account on many executors share its holds and recoveries", "[invariant-12]")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(3s)});
    std::vector<ms> retried;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1) {
            co_await in.time.sleep_for(1ms);
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
        }
        retried.push_back(in.now());
    };
    for (int index = 0; index != 20; ++index) {
        asio::co_spawn(asio::make_strand(in.context), mend::with_recovery(in.sender, operation),
                       [](std::exception_ptr error) { CHECK(error == nullptr); });
    }
    in.run();
    CHECK(reconnect.count() == 1);
    CHECK(retried.size() == 20);
    for (ms each : retried)
        CHECK(each >= 5'001ms);
}

TEST_CASE("12.7 async_with_recovery runs attempts on the manager's executor, one at a time", "[invariant-12]")
{
    scenario in;
    int running = 0;
    int most = 0;
    int ended = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        most = std::max(most, ++running);
        co_await in.time.sleep_for(1ms);
        --running;
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return 1;
    };
    mend::async_with_recovery(in.sender, {}, operation, [&](std::exception_ptr error, int value) {
        CHECK(error == nullptr);
        ended += value;
    });
    CHECK(most == 0);  // nothing runs inside the call
    in.run();
    CHECK(ended == 1);
    CHECK(most == 1);
}
