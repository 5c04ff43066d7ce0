// What the programs that count share: repetitions of a workload, and the allocations meanwhile.
#pragma once

#include <mend/mend.hpp>

#include <cstddef>
#include <cstdio>
#include <utility>

namespace workloads {

/// Calls of operator new and aligned_alloc.
extern std::size_t allocations;

/// Runs the body a number of times on the account, once caches are filled, and prints the allocations meanwhile.
template <class Body>
void count(mend::asio::io_context& context, mend::account& account, int times, Body body)
{
    std::size_t made = 0;
    auto loop = [&]() -> mend::asio::awaitable<void> {
        for (int index = 0; index != 16; ++index)
            co_await body(account);
        allocations = 0;
        for (int index = 0; index != times; ++index)
            co_await body(account);
        made = allocations;
    };
    mend::asio::co_spawn(context, loop, mend::asio::detached);
    context.restart();
    context.run();
    std::printf("allocations %zu\n", made);
}

/// Does the same for a healthy account.
template <class Body>
void repeat(int times, mend::options options, Body body)
{
    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor(), std::move(options)};
    mend::account account{manager, "bench"};
    count(context, account, times, std::move(body));
}

}  // namespace workloads
