#include <mend/time_source.hpp>

#include "support/scenario.hpp"

namespace {

using namespace support;

}  // namespace

TEST_CASE("the steady time is the system's clocks")
{
    auto& time = mend::steady_time();
    auto const before = std::chrono::steady_clock::now();
    auto const seen = time.now();
    auto const after = std::chrono::steady_clock::now();
    CHECK(before <= seen);
    CHECK(seen <= after);
    CHECK(&mend::steady_time() == &time);
}

TEST_CASE("the steady time sleeps no shorter than it was asked to, and not at all for the past")
{
    auto& time = mend::steady_time();
    asio::io_context context;
    auto const began = time.now();
    auto woke = began;
    bool past = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await time.sleep_until(began - 1h);
            past = true;
            co_await time.sleep_until(began + 20ms);
            woke = time.now();
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    context.run();
    CHECK(past);
    CHECK(woke >= began + 20ms);
}

TEST_CASE("the steady time's sleep is cancellable, even when it is for ever")
{
    asio::io_context context;
    asio::cancellation_signal stop;
    bool aborted = false;
    asio::co_spawn(context, mend::steady_time().sleep_until(std::chrono::steady_clock::time_point::max()),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                       try {
                           if (error)
                               std::rethrow_exception(error);
                       } catch (mend::detail::asio_system_error const& what) {
                           aborted = what.code() == asio::error::operation_aborted;
                       }
                   }));
    context.poll();
    stop.emit(asio::cancellation_type::terminal);
    context.run();
    CHECK(aborted);
}
