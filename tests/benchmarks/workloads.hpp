// The same operation under mend and under loops written by hand: what the benchmarks compare.
#pragma once

#include <mend/mend.hpp>
#include <mend/telegram/rules.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

namespace workloads {

/// What every variant runs: an operation that is ready at once, and not inlined.
[[gnu::noinline]] inline mend::asio::awaitable<int> leaf(int value)
{
    co_return value;
}

struct operation {
    int value;
    mend::asio::awaitable<int> operator()() const { return leaf(value); }
};

/// What one writes without mend: a loop and a try around the same operation.
template <class Operation>
[[gnu::noinline]] mend::asio::awaitable<int> by_hand(Operation operation)
{
    for (int tries = 1;; ++tries) {
        try {
            co_return co_await operation();
        } catch (...) {
            if (tries == 3)
                throw;
        }
    }
}

/// What one writes without mend for a time limit: the operation in a chain of its own, and a timer that cancels it. The timer's
/// handler may run after the operation's end, so the signal is shared. Right on one thread alone: others need a strand.
template <class Operation>
[[gnu::noinline]] mend::asio::awaitable<int> limited_by_hand(Operation operation, std::chrono::milliseconds limit, bool on_strand)
{
    namespace asio = mend::asio;
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    if (on_strand)
        executor = asio::make_strand(executor);
    auto const stop = std::make_shared<asio::cancellation_signal>();
    asio::steady_timer timer{executor, limit};
    timer.async_wait([stop](auto error) {
        if (!error)
            stop->emit(asio::cancellation_type::terminal);
    });
    auto token = asio::bind_cancellation_slot(stop->slot(), asio::use_awaitable);
    int const value = co_await asio::co_spawn(executor, operation(), token);
    timer.cancel();
    co_return value;
}

/// Fails twice, then succeeds, by value.
[[gnu::noinline]] inline mend::asio::awaitable<std::error_code> failing_leaf(int& calls)
{
    co_return ++calls % 3 == 0 ? std::error_code{} : std::make_error_code(std::errc::resource_unavailable_try_again);
}

struct failing_operation {
    int* calls;
    mend::asio::awaitable<std::error_code> operator()() const { return failing_leaf(*calls); }
};

template <class Operation>
[[gnu::noinline]] mend::asio::awaitable<std::error_code> by_hand_by_value(Operation operation)
{
    for (int tries = 1;; ++tries) {
        std::error_code const error = co_await operation();
        if (!error || tries == 3)
            co_return error;
    }
}

/// Fails twice, then succeeds, by exception.
[[gnu::noinline]] inline mend::asio::awaitable<int> throwing_leaf(int& calls)
{
    if (++calls % 3 != 0)
        throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
    co_return calls;
}

struct throwing_operation {
    int* calls;
    mend::asio::awaitable<int> operator()() const { return throwing_leaf(*calls); }
};

/// What a careful sender writes around the same operation: counters, the last 100 failures with their texts and names, the time.
struct bookkeeping {
    struct failed {
        std::chrono::system_clock::time_point at{};
        std::string account;
        std::string method;
        std::string message;
        std::string name;
        int attempt = 0;
    };
    std::vector<failed> ring = std::vector<failed>(100);
    std::size_t next = 0;
    std::array<std::uint64_t, 4> by_kind{};
    std::uint64_t failures = 0;
    std::uint64_t recovered = 0;
    std::mutex lock;

    void note(std::error_code const& error, int attempt)
    {
        std::lock_guard const held{lock};
        ++failures;
        ++by_kind[static_cast<std::size_t>(error.value()) % by_kind.size()];
        failed& each = ring[next];
        next = (next + 1) % ring.size();
        each.at = std::chrono::system_clock::now();
        each.account = "bench";
        each.method = "messages.sendMessage";
        each.message = error.message();
        each.name = error.category().name();
        each.attempt = attempt;
    }
};

template <class Operation>
[[gnu::noinline]] mend::asio::awaitable<std::error_code> by_hand_with_bookkeeping(Operation operation, bookkeeping& books)
{
    for (int tries = 1;; ++tries) {
        std::error_code const error = co_await operation();
        if (!error && tries > 1)
            ++books.recovered;
        if (!error || tries == 3)
            co_return error;
        books.note(error, tries);
    }
}

/// A manager that retries these failures at once, so that what is measured is mend and no waiting.
inline mend::options retry_at_once()
{
    mend::options chosen;
    chosen.rules =
        mend::classifier{}.when_error(std::make_error_code(std::errc::resource_unavailable_try_again), mend::category::custom_0);
    mend::policy at_once;
    at_once.max_retries = 3;
    at_once.delay.base = std::chrono::milliseconds{0};
    chosen.policies.set(mend::category::custom_0, at_once);
    return chosen;
}

/// So many rules of a user's own in front of Telegram's.
inline mend::classifier with_user_rules(std::int64_t count)
{
    mend::classifier rules;
    for (std::int64_t index = 0; index != count; ++index) {
        std::string const number = std::to_string(index);
        switch (index % 3) {
        case 0:
            rules.when_name("USER_RULE_" + number + "_{seconds}", mend::category::custom_0);
            break;
        case 1:
            rules.when_message("gateway number " + number + " is", mend::category::custom_1);
            break;
        default:
            rules.when_code(static_cast<int>(10'000 + index), mend::category::custom_2);
            break;
        }
    }
    rules.then(mend::telegram::rules());
    return rules;
}

}  // namespace workloads
