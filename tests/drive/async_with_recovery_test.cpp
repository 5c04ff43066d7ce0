// async_with_recovery: completion tokens, results of every kind, and the token's cancellation slot.
#include "drive/running.hpp"

#if MEND_USE_BOOST_ASIO
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#else
#include <asio/detached.hpp>
#include <asio/use_future.hpp>
#endif

#include <future>
#include <memory>

namespace {

using namespace support;
using mend::detail::asio_system_error;

}  // namespace

TEST_CASE("async_with_recovery takes a callback, use_future, use_awaitable and detached")
{
    scenario in;
    int ends = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        ++ends;
        co_return 3;
    };
    int by_callback = 0;
    int by_awaitable = 0;
    mend::async_with_recovery(in.sender, {}, operation,
                              [&](std::exception_ptr error, int value) { by_callback = error ? -1 : value; });
    std::future<int> future = mend::async_with_recovery(in.sender, {}, operation, asio::use_future);
    mend::async_with_recovery(in.sender, {}, operation, asio::detached);
    run(in, [&]() -> asio::awaitable<void> {
        by_awaitable = co_await mend::async_with_recovery(in.sender, {}, operation, asio::use_awaitable);
    });
    CHECK(by_callback == 3);
    CHECK(future.get() == 3);
    CHECK(by_awaitable == 3);
    CHECK(ends == 4);
}

TEST_CASE("async_with_recovery of nothing, of a move-only type, and of one without a default constructor")
{
    scenario in;
    auto const nothing = []() -> asio::awaitable<void> { co_return; };
    auto const unique = []() -> asio::awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    auto const odd = []() -> asio::awaitable<no_default> { co_return no_default{6}; };
    auto const fails = []() -> asio::awaitable<no_default> {
        throw mend::rpc_error{400, "MESSAGE_EMPTY"};
        co_return no_default{7};
    };
    bool done = false;
    int sum = 0;
    bool failed = false;
    mend::async_with_recovery(in.sender, {}, nothing, [&](std::exception_ptr error) { done = !error; });
    mend::async_with_recovery(in.sender, {}, unique, [&](std::exception_ptr, std::unique_ptr<int> value) { sum += *value; });
    mend::async_with_recovery(in.sender, {}, odd,
                              [&](std::exception_ptr, std::optional<no_default> value) { sum += value->value; });
    mend::async_with_recovery(in.sender, {}, fails, [&](std::exception_ptr error, std::optional<no_default> value) {
        failed = error != nullptr && !value;
    });
    std::future<void> future = mend::async_with_recovery(in.sender, {}, nothing, asio::use_future);
    in.run();
    CHECK(done);
    CHECK(sum == 11);
    CHECK(failed);
    CHECK_NOTHROW(future.get());
}

TEST_CASE("async_with_recovery hands errors on as exceptions, and values that are errors as values")
{
    scenario in;
    auto const refuses = []() -> asio::awaitable<int> {
        throw mend::rpc_error{400, "MESSAGE_EMPTY"};
        co_return 1;
    };
    auto const by_value = []() -> asio::awaitable<std::error_code> {
        co_return std::make_error_code(std::errc::connection_reset);
    };
    std::future<int> first = mend::async_with_recovery(in.sender, {}, refuses, asio::use_future);
    std::future<std::error_code> second = mend::async_with_recovery(in.sender, {}, by_value, asio::use_future);
    in.run();
    CHECK_THROWS_AS(first.get(), mend::rpc_error);
    CHECK(second.get() == std::errc::connection_reset);
}

TEST_CASE("async_with_recovery honours the token's cancellation slot")
{
    scenario in;
    asio::cancellation_signal stop;
    auto const operation = []() -> asio::awaitable<void> {
        throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    bool aborted = false;
    ms ended{-1};
    mend::async_with_recovery(in.sender, {}, operation, asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                                  ended = in.now();
                                  try {
                                      if (error)
                                          std::rethrow_exception(error);
                                  } catch (asio_system_error const& what) {
                                      aborted = what.code() == asio::error::operation_aborted;
                                  }
                              }));
    in.at(500ms, [&] { stop.emit(asio::cancellation_type::terminal); });
    in.run();
    CHECK(aborted);
    CHECK(ended == 500ms);
}
