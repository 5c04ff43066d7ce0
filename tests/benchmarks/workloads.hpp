// The same operation under mend and under loops written by hand: what the benchmarks compare.
#pragma once

#include <mend/mend.hpp>
#include <mend/telegram/rules.hpp>

#include <cstdint>
#include <string>
#include <system_error>

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
