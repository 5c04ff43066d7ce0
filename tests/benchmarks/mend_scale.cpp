// Many at once: the bytes of a million accounts and of a million operations that wait, how fast they go when a hold ends, one
// broken connection met by 100,000 operations, and events per second. mend_scale [COUNT], a million if not given.
//
// Prints one figure a line, its name and its value, for table.py to put into words. Exit status 1: a defect, told on standard error.
// Waits run on virtual time: what is timed is work alone. Bytes are what malloc says is in use.
#include <mend/log_observer.hpp>
#include <mend/mend.hpp>
#include <mend/report.hpp>
#include <mend/testing/virtual_time.hpp>

#include <spdlog/sinks/null_sink.h>

#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace asio = mend::asio;

/// What malloc has handed out, its own headers included: Asio does not take all its memory from operator new.
std::size_t live_bytes()
{
    auto const info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// Seconds that something takes.
template <class Work>
double timed(Work work)
{
    auto const began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void print(char const* name, double value)
{
    std::printf("%s %.2f\n", name, value);
}

bool defects = false;

void expect(char const* what, std::uint64_t found, std::uint64_t right)
{
    if (found == right)
        return;
    std::fprintf(stderr, "DEFECT: %llu %s instead of %llu\n", static_cast<unsigned long long>(found), what,
                 static_cast<unsigned long long>(right));
    defects = true;
}

struct world {
    explicit world(mend::options chosen = {}) : manager{context.get_executor(), with_clock(std::move(chosen))} {}

    mend::options with_clock(mend::options chosen)
    {
        chosen.time = &clock;
        return chosen;
    }

    mend::testing::virtual_time clock;
    asio::io_context context;
    mend::recovery_manager manager;
};

/// Fails as often as it is told to, then succeeds.
struct send {
    char const* error;
    int* failures_left;

    asio::awaitable<void> operator()() const
    {
        if (*failures_left > 0) {
            --*failures_left;
            throw mend::rpc_error{420, error};
        }
        co_return;
    }
};

asio::awaitable<void> one_send(mend::account& account, send operation)
{
    mend::call const about{.method = "messages.sendMessage"};
    co_await mend::with_recovery(account, about, operation);
}

void healthy_accounts(std::size_t count)
{
    world in;
    std::vector<mend::account> accounts;
    accounts.reserve(count);
    auto const before = live_bytes();
    for (std::size_t index = 0; index != count; ++index)
        accounts.emplace_back(in.manager, "0123456789", "+15550100");
    auto const each = sizeof(mend::account) + (live_bytes() - before) / count;
    print("healthy_account_bytes", static_cast<double>(each - 19));  // beside its names
}

void held_accounts(std::size_t count)
{
    // The operation stops at once, the hold that it met is kept.
    mend::policy_table policies;
    auto changed = policies[mend::category::flood_wait];
    changed.max_retries = 0;
    policies.set(mend::category::flood_wait, changed);
    mend::options options;
    options.policies = policies;
    world in{std::move(options)};
    std::vector<mend::account> accounts;
    accounts.reserve(count);
    for (std::size_t index = 0; index != count; ++index)
        accounts.emplace_back(in.manager, "0123456789", "+15550100");
    auto const run = [&](mend::account& account) {
        int failures = 1;
        asio::co_spawn(in.context, one_send(account, {"FLOOD_WAIT_3600", &failures}), asio::detached);
        in.context.restart();
        in.context.run();
    };
    run(accounts.front());  // caches are filled
    auto const before = live_bytes();
    for (std::size_t index = 1; index != count; ++index)
        run(accounts[index]);
    print("hold_bytes", static_cast<double>((live_bytes() - before) / (count - 1)));
}

/// A coroutine that waits and costs as little as it can: all of them at one timer.
asio::awaitable<void> one_minimal(asio::steady_timer& timer)
{
    mend::detail::asio_error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void waiting_operations(std::size_t count)
{
    std::size_t bare = 0;
    double bare_time = 0;
    {
        asio::io_context context;
        asio::steady_timer timer{context, asio::steady_timer::time_point::max()};
        auto const before = live_bytes();
        for (std::size_t index = 0; index != count; ++index)
            asio::co_spawn(context, one_minimal(timer), asio::detached);
        context.poll();
        bare = (live_bytes() - before) / count;
        bare_time = timed([&] {
            timer.cancel();
            context.run();
        });
    }
    world in;
    mend::account account{in.manager, "one"};
    int failures = 1;
    asio::co_spawn(in.context, one_send(account, {"FLOOD_WAIT_3600", &failures}), asio::detached);
    in.context.poll();
    auto const before = live_bytes();
    for (std::size_t index = 0; index != count; ++index)
        asio::co_spawn(in.context, one_send(account, {"", &failures}), asio::detached);
    in.context.poll();
    auto const each = (live_bytes() - before) / count;
    double const release = timed([&] { in.clock.run(in.context); });
    auto const stats = in.manager.stats();
    print("waiting_operation_bytes", static_cast<double>(each));
    print("waiting_coroutine_bytes", static_cast<double>(bare));
    print("release_us_each", 1e6 * release / static_cast<double>(count));
    print("release_bare_us_each", 1e6 * bare_time / static_cast<double>(count));
    print("release_s", release);
    expect("operations ended", stats.operations, count + 1);
}

struct break_once {
    mend::testing::virtual_time* clock;
    bool* broken;

    asio::awaitable<void> operator()() const
    {
        bool const breaks = *broken;
        co_await clock->sleep_for(1s);
        if (breaks)
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
    }
};

asio::awaitable<void> one_on_the_line(mend::account& account, break_once operation)
{
    co_await mend::with_recovery(account, operation);
}

void broken_connection(std::size_t count)
{
    world in;
    mend::account account{in.manager, "one"};
    bool broken = true;
    std::size_t callbacks = 0;
    in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        ++callbacks;
        broken = false;
        co_return;
    });
    for (std::size_t index = 0; index != count; ++index)
        asio::co_spawn(in.context, one_on_the_line(account, {&in.clock, &broken}), asio::detached);
    double const taken = timed([&] { in.clock.run(in.context); });
    print("broken_connection_operations", static_cast<double>(count));
    print("broken_connection_callbacks", static_cast<double>(callbacks));
    print("broken_connection_us_each", 1e6 * taken / static_cast<double>(count));
    expect("callbacks", callbacks, 1);
}

void events(std::size_t count)
{
    world in;
    auto const logger = std::make_shared<spdlog::logger>("null", std::make_shared<spdlog::sinks::null_sink_mt>());
    logger->set_level(spdlog::level::debug);
    struct counter final : mend::observer {
        void on_event(mend::event const&) override { ++seen; }
        std::size_t seen = 0;
    };
    auto const seen = std::make_shared<counter>();
    in.manager.subscribe(std::make_shared<mend::log_observer>(logger));
    in.manager.subscribe(std::make_shared<mend::report>());
    in.manager.subscribe(seen);
    mend::account account{in.manager, "one"};
    double const taken = timed([&] {
        for (std::size_t index = 0; index != count; ++index) {
            int failures = 2;
            asio::co_spawn(in.context, one_send(account, {"INTERNAL", &failures}), asio::detached);
            in.clock.run(in.context);
        }
    });
    print("events_per_second", static_cast<double>(seen->seen) / taken);
}

}  // namespace

int main(int argc, char** argv)
{
    auto const count = argc > 1 ? static_cast<std::size_t>(std::strtoul(argv[1], nullptr, 10)) : std::size_t{1'000'000};
    if (count < 2) {
        std::fprintf(stderr, "mend_scale: invalid number of accounts %s; allowed: 2, 3, 4, ...\n", argv[1]);
        return 2;
    }
    print("count", static_cast<double>(count));
    healthy_accounts(count);
    held_accounts(count);
    waiting_operations(count);
    broken_connection(count / 10);
    events(count / 20);
    return defects ? 1 : 0;
}
