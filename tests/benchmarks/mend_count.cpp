// Runs one workload a number of times, for callgrind to count its instructions: mend_count WORKLOAD TIMES.
// Also counts the calls of operator new while it runs, and the bytes of a healthy account: mend_count account TIMES.
#include "workloads.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

namespace {

std::size_t allocations = 0;
std::size_t live_bytes = 0;

}  // namespace

void* operator new(std::size_t size)
{
    ++allocations;
    if (void* const memory = std::malloc(size); memory != nullptr) {
        live_bytes += size + sizeof(std::size_t);  // glibc's header
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t size) noexcept
{
    live_bytes -= size + sizeof(std::size_t);
    std::free(memory);
}

namespace {

using namespace workloads;

template <class Body>
void repeat(int times, mend::options options, Body body)
{
    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor(), std::move(options)};
    mend::account account{manager, "bench"};
    auto loop = [&]() -> mend::asio::awaitable<void> {
        for (int index = 0; index != 16; ++index)  // caches are filled
            co_await body(account);
        allocations = 0;
        for (int index = 0; index != times; ++index)
            co_await body(account);
    };
    mend::asio::co_spawn(context, loop, mend::asio::detached);
    context.run();
    std::printf("allocations %zu\n", allocations);
}

int account_bytes(int times)
{
    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor()};
    std::vector<mend::account> accounts;
    accounts.reserve(static_cast<std::size_t>(times));
    live_bytes = 0;
    for (int index = 0; index != times; ++index)
        accounts.emplace_back(manager, "0123456789", "+15550100");
    std::size_t const each = sizeof(mend::account) + live_bytes / static_cast<std::size_t>(times);
    std::printf("bytes %zu\n", each - 19);  // beside the names
    return 0;
}

int classify(int times)
{
    auto const rules = with_user_rules(10);
    mend::failure const failure{.code = 420, .message = "FLOOD_WAIT_37"};
    int waits = 0;
    for (int index = 0; index != times; ++index)
        waits += rules.classify(failure).what == mend::category::flood_wait ? 1 : 0;
    std::printf("waits %d\n", waits);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(
            stderr,
            "usage: mend_count bare|hand|mend|call|try|value_hand|value_mend|throw_hand|throw_mend|classify|account TIMES\n");
        return 2;
    }
    std::string_view const which = argv[1];
    int const times = std::atoi(argv[2]);
    int calls = 0;
    if (which == "bare")
        repeat(times, {}, [](mend::account&) { return leaf(1); });
    else if (which == "hand")
        repeat(times, {}, [](mend::account&) { return by_hand(operation{1}); });
    else if (which == "mend")
        repeat(times, {}, [](mend::account& account) { return mend::with_recovery(account, operation{1}); });
    else if (which == "call")
        repeat(times, {}, [](mend::account& account) {
            return mend::with_recovery(account, {.method = "messages.sendMessage", .peer = 7}, operation{1});
        });
    else if (which == "try")
        repeat(times, {}, [](mend::account& account) { return mend::try_with_recovery(account, {}, operation{1}); });
    else if (which == "value_hand")
        repeat(times, retry_at_once(), [&](mend::account&) { return by_hand_by_value(failing_operation{&calls}); });
    else if (which == "value_mend")
        repeat(times, retry_at_once(),
               [&](mend::account& account) { return mend::with_recovery(account, failing_operation{&calls}); });
    else if (which == "throw_hand")
        repeat(times, retry_at_once(), [&](mend::account&) { return by_hand(throwing_operation{&calls}); });
    else if (which == "throw_mend")
        repeat(times, retry_at_once(),
               [&](mend::account& account) { return mend::with_recovery(account, throwing_operation{&calls}); });
    else if (which == "classify")
        return classify(times);
    else if (which == "account")
        return account_bytes(times);
    else
        return std::fprintf(stderr, "no such workload: %s\n", argv[1]), 2;
    return 0;
}
