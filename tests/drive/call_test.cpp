#include <mend/call.hpp>

#include "support/scenario.hpp"

#include <type_traits>

using mend::call;

TEST_CASE("a call has a default for everything and is trivially destructible")
{
    call const about;
    CHECK(about.method.empty());
    CHECK(about.context.empty());
    CHECK(about.peer == 0);
    CHECK(about.operation_id == 0);
    CHECK(!about.reply);
    CHECK(!about.idempotent);
    CHECK(about.attempt_timeout == std::chrono::milliseconds{0});
    CHECK(!about.deadline);
    CHECK(std::is_trivially_destructible_v<call>);
    CHECK(std::is_trivially_copyable_v<call>);
    CHECK(std::is_aggregate_v<call>);
}

TEST_CASE("a temporary call with designated members is safe in a co_await expression")
{
    using namespace support;
    scenario in;
    int got = 0;
    auto const operation = []() -> asio::awaitable<int> { co_return 3; };
    asio::co_spawn(
        in.context,
        [&]() -> asio::awaitable<void> {
            got = co_await mend::with_recovery(in.sender, {.method = "messages.sendMessage", .peer = 5}, operation);
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    CHECK(got == 3);
}

TEST_CASE("a deadline of now refuses, a deadline in the far future does not overflow, nor does a huge time limit")
{
    using namespace support;
    scenario in;
    call now, late;
    now.deadline = in.moment(0ms);
    late.deadline = std::chrono::steady_clock::time_point::max();
    late.attempt_timeout = ms::max();
    auto& refused_one = in.spawn(now, {ok()});
    auto& fine = in.spawn(late, {unavailable(), ok(1s)});
    in.run();
    CHECK(refused_one.why() == mend::stop_reason::deadline);
    CHECK(fine.succeeded());
    CHECK(fine.ended == 2s);
}
