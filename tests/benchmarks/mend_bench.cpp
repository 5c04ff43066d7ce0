// Times by Google Benchmark. Compare rows of one run only: the machine may change its speed between two.
#include "workloads.hpp"

#include <mend/telegram/names.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using namespace workloads;

/// Runs one coroutine that does `body` in a loop for as long as the benchmark wants.
template <class Body>
void in_a_coroutine(benchmark::State& state, Body body)
{
    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor(), retry_at_once()};
    mend::account account{manager, "bench"};
    auto loop = [&]() -> mend::asio::awaitable<void> {
        for (auto _ : state)
            co_await body(account);
    };
    mend::asio::co_spawn(context, loop, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    context.run();
}

void success_bare(benchmark::State& state)
{
    in_a_coroutine(state, [](mend::account&) { return leaf(1); });
}
void success_by_hand(benchmark::State& state)
{
    in_a_coroutine(state, [](mend::account&) { return by_hand(operation{1}); });
}
void success_mend(benchmark::State& state)
{
    in_a_coroutine(state, [](mend::account& account) { return mend::with_recovery(account, operation{1}); });
}
void success_mend_with_call(benchmark::State& state)
{
    in_a_coroutine(state, [](mend::account& account) {
        return mend::with_recovery(account, {.method = "messages.sendMessage", .peer = 7}, operation{1});
    });
}
void two_failures_by_value_by_hand(benchmark::State& state)
{
    int calls = 0;
    in_a_coroutine(state, [&](mend::account&) { return by_hand_by_value(failing_operation{&calls}); });
}
void two_failures_by_value_mend(benchmark::State& state)
{
    int calls = 0;
    in_a_coroutine(state, [&](mend::account& account) { return mend::with_recovery(account, failing_operation{&calls}); });
}
void two_failures_by_exception_by_hand(benchmark::State& state)
{
    int calls = 0;
    in_a_coroutine(state, [&](mend::account&) { return by_hand(throwing_operation{&calls}); });
}
void two_failures_by_exception_mend(benchmark::State& state)
{
    int calls = 0;
    in_a_coroutine(state, [&](mend::account& account) { return mend::with_recovery(account, throwing_operation{&calls}); });
}

/// A failure that none of the user's rules matches, looked up among more and more of them.
void classify_among(benchmark::State& state)
{
    auto const rules = with_user_rules(state.range(0));
    mend::failure const failure{.code = 420, .message = "FLOOD_WAIT_37"};
    for (auto _ : state)
        benchmark::DoNotOptimize(rules.classify(failure));
}

/// Is the name in the text known to these rules? The text is parsed, and the name looked up.
void name_lookup_among(benchmark::State& state)
{
    auto const rules = with_user_rules(state.range(0));
    mend::failure const failure{.code = 420, .message = "FLOOD_WAIT_37"};
    for (auto _ : state)
        benchmark::DoNotOptimize(rules.unknown_name(failure));
}

/// The same of the catalogue, and of the name alone.
void name_lookup_in_catalogue(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(mend::telegram::is_known_name("FLOOD_WAIT_37"));
}

}  // namespace

BENCHMARK(success_bare);
BENCHMARK(success_by_hand);
BENCHMARK(success_mend);
BENCHMARK(success_mend_with_call);
BENCHMARK(two_failures_by_value_by_hand);
BENCHMARK(two_failures_by_value_mend);
BENCHMARK(two_failures_by_exception_by_hand);
BENCHMARK(two_failures_by_exception_mend);
BENCHMARK(classify_among)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000);
BENCHMARK(name_lookup_among)->Arg(10)->Arg(10'000);
BENCHMARK(name_lookup_in_catalogue);

BENCHMARK_MAIN();
