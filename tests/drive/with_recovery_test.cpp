// with_recovery and try_with_recovery: what they return and throw, and what an operation may be.
#include "drive/running.hpp"

#if MEND_USE_BOOST_ASIO
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#else
#include <asio/detached.hpp>
#include <asio/use_future.hpp>
#endif

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>

namespace {

using namespace support;
using mend::category;
using mend::delivery;
using mend::stop_reason;
using mend::detail::asio_system_error;

/// A value that can be made and moved, and not assigned.
struct settled {
    int const number;
};

struct asio_stop {
    asio::cancellation_signal signal;
    void cancel() { signal.emit(asio::cancellation_type::terminal); }
};

}  // namespace

TEST_CASE("with_recovery returns what the operation returns: nothing, move-only, without a default constructor")
{
    scenario in;
    int attempts = 0;
    auto const fail_first = [&] {
        if (++attempts % 2 == 1)
            throw mend::rpc_error{500, "INTERNAL"};
    };
    auto const nothing = [&]() -> asio::awaitable<void> {
        fail_first();
        co_return;
    };
    auto const unique = [&]() -> asio::awaitable<std::unique_ptr<int>> {
        fail_first();
        co_return std::make_unique<int>(5);
    };
    auto const odd = [&]() -> asio::awaitable<no_default> {
        fail_first();
        co_return no_default{6};
    };
    int sum = 0;
    run(in, [&]() -> asio::awaitable<void> {
        co_await mend::with_recovery(in.sender, nothing);
        std::unique_ptr<int> const pointer = co_await mend::with_recovery(in.sender, unique);
        no_default const value = co_await mend::with_recovery(in.sender, {}, odd);
        auto outcome = co_await mend::try_with_recovery(in.sender, {}, unique);
        std::unique_ptr<int> const taken = std::move(outcome).value();
        sum = *pointer + value.value + *taken;
    });
    CHECK(sum == 16);
    CHECK(attempts == 8);
}

TEST_CASE("an operation's value need not be assignable")
{
    scenario in;
    int number = 0;
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [](mend::attempt& which) -> asio::awaitable<settled> {
            if (which.number() == 1)
                throw mend::rpc_error{500, "INTERNAL"};
            co_return settled{7};
        };
        auto const sent = co_await mend::with_recovery(in.sender, {.attempt_timeout = 1s}, send);
        number = sent.number;
    };
    asio::co_spawn(in.context, body(), asio::detached);
    in.run();
    CHECK(number == 7);
}

TEST_CASE("with_recovery throws what the last attempt threw, as it was")
{
    struct special : std::runtime_error {
        explicit special(int given) : std::runtime_error{"special"}, number{given} {}
        int number;
    };
    scenario in;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<void> {
        throw special{++attempts};
        co_return;
    };
    int caught = 0;
    run(in, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(in.sender, operation);
        } catch (special const& error) {
            caught = error.number;
        }
    });
    CHECK(caught == 3);
}

TEST_CASE("with_recovery throws a recovery_error if nothing was attempted")
{
    scenario in;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<int> { co_return ++attempts; };
    mend::call late;
    late.deadline = in.moment(0ms);
    in.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    std::optional<stop_reason> past, quarantined;
    run(in, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(in.another("well"), late, operation);
        } catch (mend::recovery_error const& error) {
            past = error.why();
        }
        try {
            co_await mend::with_recovery(in.sender, operation);
        } catch (mend::recovery_error const& error) {
            quarantined = error.why();
        }
    });
    CHECK(past == stop_reason::deadline);
    CHECK(quarantined == stop_reason::quarantined);
    CHECK(attempts == 0);
    CHECK(in.manager.stats().refused == 2);
}

TEST_CASE("with_recovery throws a recovery_error if not the operation but a limit is the reason")
{
    scenario in;
    auto const floods = []() -> asio::awaitable<int> {
        throw mend::rpc_error{420, "FLOOD_WAIT_90000"};
        co_return 0;
    };
    auto const breaks = []() -> asio::awaitable<int> {
        throw mend::rpc_error{502, "Bad Gateway"};
        co_return 0;
    };
    std::vector<stop_reason> reasons;
    std::vector<delivery> deliveries;
    run(in, [&]() -> asio::awaitable<void> {
        auto const meets = [&](mend::account& from, mend::call about, auto const& operation) -> asio::awaitable<void> {
            try {
                (void)co_await mend::with_recovery(from, about, operation);
            } catch (mend::recovery_error const& error) {
                CHECK(error.failure() != nullptr);
                CHECK_THROWS_AS(error.rethrow_nested(), mend::rpc_error);
                reasons.push_back(error.why());
                deliveries.push_back(error.delivered());
            }
        };
        co_await meets(in.another("a"), {.method = "getMe"}, floods);
        mend::call soon{.method = "getMe"};
        soon.deadline = in.moment(500ms);
        co_await meets(in.another("b"), soon, breaks);
        co_await meets(in.another("c"), {.method = "sendMessage", .idempotent = false}, breaks);
    });
    CHECK(reasons == std::vector{stop_reason::wait_too_long, stop_reason::deadline, stop_reason::delivery_unknown});
    CHECK(deliveries == std::vector{delivery::not_sent, delivery::unknown, delivery::unknown});
}

TEST_CASE("an operation that throws before it returns an awaitable has failed like any other")
{
    scenario in;
    int attempts = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        ++attempts;
        if (which.number() < 3)
            throw mend::rpc_error{500, "INTERNAL"};
        return []() -> asio::awaitable<int> { co_return 7; }();
    };
    int got = 0;
    int timed = 0;
    run(in, [&]() -> asio::awaitable<void> {
        got = co_await mend::with_recovery(in.sender, operation);
        timed = co_await mend::with_recovery(in.sender, mend::call{.attempt_timeout = 10s}, operation);
    });
    CHECK(got == 7);
    CHECK(timed == 7);
    CHECK(attempts == 6);
    CHECK(in.manager.stats().failures == 4);
}

TEST_CASE("an operation is copied, except by std::ref")
{
    struct counting {
        int calls = 0;
        asio::awaitable<void> operator()()
        {
            if (++calls == 1)
                throw mend::rpc_error{500, "INTERNAL"};
            return []() -> asio::awaitable<void> { co_return; }();
        }
    };
    scenario in;
    counting operation;
    int after_copy = -1;
    run(in, [&]() -> asio::awaitable<void> {
        co_await mend::with_recovery(in.sender, operation);
        after_copy = operation.calls;
        co_await mend::with_recovery(in.sender, std::ref(operation));
    });
    CHECK(after_copy == 0);
    CHECK(operation.calls == 2);  // one object for both attempts
}

TEST_CASE("a move-only operation is fine by std::ref and for any token")
{
    scenario in;
    auto text = std::make_unique<std::string>("kept");
    auto operation = [text = std::move(text)](mend::attempt& which) -> asio::awaitable<std::size_t> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return text->size();
    };
    std::size_t size = 0;
    run(in, [&]() -> asio::awaitable<void> { size = co_await mend::with_recovery(in.sender, std::ref(operation)); });
    CHECK(size == 4);
    mend::async_with_recovery(in.sender, {}, std::move(operation), [&](std::exception_ptr, std::size_t more) { size += more; });
    in.run();
    CHECK(size == 8);
}

TEST_CASE("a plain function is an operation")
{
    scenario in;
    int got = 0;
    struct here {
        static asio::awaitable<int> answer() { co_return 42; }
    };
    run(in, [&]() -> asio::awaitable<void> {
        int const first = co_await mend::with_recovery(in.sender, &here::answer);
        int const second = co_await mend::with_recovery(in.sender, here::answer);
        got = first + second;
    });
    CHECK(got == 84);
}

TEST_CASE("an operation knows its attempt, and how the one before ended")
{
    scenario in;
    std::vector<std::string> seen;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        seen.push_back(std::to_string(which.number()) + (which.previous() ? " " + which.previous()->message : ""));
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        if (which.number() == 2)
            throw std::runtime_error{"odd"};
        co_return;
    };
    run(in, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(in.sender, operation); });
    CHECK(seen == std::vector<std::string>{"1", "2 INTERNAL", "3 odd"});
}

TEST_CASE("close() ends every wait with closed, cancels callbacks and lets running attempts keep their result")
{
    bool const the_account = GENERATE(true, false);
    scenario in;
    auto& reconnect = in.on_reconnect({ok(forever)});
    auto& refresh = in.on_refresh({ok(forever)});
    auto& held = in.spawn(0ms, {.method = "a"}, {flood(100), ok()});
    auto& queued = in.spawn(1s, {.method = "a"}, {ok()});
    auto& refreshing = in.spawn(0ms, {.method = "c"}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    auto& backing_off = in.spawn(4s, {.method = "d"}, {unavailable(), ok()});
    auto& running = in.spawn(0ms, {.method = "e"}, {ok(10s)});
    auto& failing = in.spawn(0ms, {.method = "f"}, {unavailable(10s), ok()});
    auto& limited_one = in.spawn(0ms, {.method = "g", .attempt_timeout = 1h}, {ok(10s)});
    auto& recovering = in.spawn(4100ms, {.method = "b"}, {broken(), ok()});
    auto& waiting = in.spawn(4200ms, {.method = "h"}, {ok()});
    in.at(6500ms, [&] {
        if (the_account)
            in.sender.close();
        else
            in.manager.close();
    });
    in.run();
    CHECK(in.all_ended());
    for (auto* each : {&held, &queued, &refreshing, &recovering, &waiting}) {
        CHECK(each->why() == stop_reason::closed);
        CHECK(each->ended == 6500ms);
    }
    CHECK(backing_off.why() == stop_reason::closed);
    CHECK(running.succeeded());
    CHECK(limited_one.succeeded());
    CHECK(failing.why() == stop_reason::closed);
    CHECK(failing.ended == 10s);
    REQUIRE(reconnect.count() == 1);
    CHECK(reconnect.runs[0].cancelled);
    CHECK(reconnect.runs[0].ended == 6500ms);
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].cancelled);
    CHECK(in.now() == 10s);
    // What comes later is refused.
    auto& late = in.spawn(11s, {}, {ok()});
    in.run();
    CHECK(late.why() == stop_reason::closed);
    CHECK(late.attempts.empty());
    CHECK(in.manager.stats().operations == 10);
}

TEST_CASE("closed: what is thrown is a recovery_error, with the last attempt's exception nested if there was one")
{
    scenario in;
    auto const fails = []() -> asio::awaitable<void> {
        throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    bool nested = false;
    bool alone = false;
    in.at(500ms, [&] { in.sender.close(); });
    run(in, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(in.sender, fails);
        } catch (mend::recovery_error const& error) {
            CHECK(error.why() == stop_reason::closed);
            try {
                std::rethrow_if_nested(error);
            } catch (mend::rpc_error const& last) {
                nested = last.failure().code == 500 && error.failure()->code == 500;
            }
        }
        try {
            co_await mend::with_recovery(in.sender, fails);
        } catch (mend::recovery_error const& error) {
            alone = error.why() == stop_reason::closed && error.nested_ptr() == nullptr && error.failure() == nullptr;
        }
    });
    CHECK(nested);
    CHECK(alone);
}

TEST_CASE("an operation that is cancelled between its beginning and its first attempt has made none")
{
    /// Cancels the operation that asks it for the time, as another thread might do at that moment.
    struct meddling_time final : mend::time_source {
        explicit meddling_time(mend::testing::virtual_time& below) : below_{below} {}
        std::chrono::steady_clock::time_point now() const override
        {
            if (armed) {
                armed = false;
                stop->cancel();
            }
            return below_.now();
        }
        std::chrono::system_clock::time_point wall() const override { return below_.wall(); }
        asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
        {
            return below_.sleep_until(until);
        }
        mend::testing::virtual_time& below_;
        mutable bool armed = false;
        asio_stop* stop = nullptr;
    };
    mend::testing::virtual_time below;
    meddling_time time{below};
    asio_stop stop;
    time.stop = &stop;
    asio::io_context context;
    auto options = exact_options();
    options.time = &time;
    mend::recovery_manager manager{context.get_executor(), options};
    mend::account account{manager, "main"};
    auto const flooded = []() -> asio::awaitable<int> {
        throw mend::rpc_error{420, "FLOOD_WAIT_60"};
        co_return 0;
    };
    int attempts = 0;
    auto const counting = [&]() -> asio::awaitable<int> { co_return ++attempts; };
    asio::co_spawn(
        context, [&]() -> asio::awaitable<void> { (void)co_await mend::try_with_recovery(account, {}, flooded); },
        asio::detached);
    mend::call about;
    about.deadline = below.now() + 1h;
    std::optional<mend::outcome<int>> got;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            // Asio 1.26's co_spawn lets no coroutine that is cancelled before it ever waited end in peace.
            co_await below.sleep_for(1ms);
            time.armed = true;
            auto result = co_await mend::try_with_recovery(account, about, counting);
            got.emplace(std::move(result));
        },
        asio::bind_cancellation_slot(stop.signal.slot(), asio::detached));
    below.run(context);
    REQUIRE(got);
    CHECK(got->why() == stop_reason::cancelled);
    CHECK(got->attempts() == 0);
    CHECK(got->delivered() == delivery::not_sent);
    CHECK(attempts == 0);
}
