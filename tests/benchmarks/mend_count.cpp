// Runs one workload a number of times, for callgrind to count its instructions: mend_count WORKLOAD TIMES.
// Also counts the allocations while it runs, and the bytes of a healthy account: mend_count account TIMES.
#include "counting.hpp"
#include "growth.hpp"
#include "workloads.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

std::size_t workloads::allocations = 0;

namespace {

std::size_t live_bytes = 0;

}  // namespace

void* operator new(std::size_t size)
{
    ++workloads::allocations;
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
// Asio's frames and handlers, where its caches are empty.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    ++workloads::allocations;
    void* memory = nullptr;
    return posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) == 0 ? memory : nullptr;
}

namespace {

using namespace workloads;

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

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr,
                     "usage: mend_count WORKLOAD TIMES, or states|histories SIZE TIMES; WORKLOAD: bare hand mend call try "
                     "limited_hand limited_strand limited_mend beside_hold value_hand value_books value_mend throw_hand "
                     "throw_mend classify_name classify_sentence classify_telethon classify_page slow_chats account\n");
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
    else if (which == "account")
        return account_bytes(times);
    else if (auto const status = run_in_trouble(which, times, argc == 4 ? std::atoi(argv[3]) : 0))
        return *status;
    else
        return std::fprintf(stderr, "no such workload: %s\n", argv[1]), 2;
    return 0;
}
