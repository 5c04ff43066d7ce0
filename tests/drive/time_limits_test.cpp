// Deadlines, and time limits of attempts.
#include "drive/running.hpp"

namespace {

using namespace support;
using mend::category;
using mend::delivery;
using mend::stop_reason;
using mend::detail::asio_system_error;

mend::call limited(ms time)
{
    mend::call about;
    about.attempt_timeout = time;
    return about;
}

}  // namespace

TEST_CASE("a deadline refuses attempt 1 when it has passed, and never cuts a running attempt")
{
    scenario in;
    mend::call past, soon;
    past.deadline = in.moment(0ms);
    soon.deadline = in.moment(5s);
    auto& refused_one = in.spawn(past, {ok()});
    auto& running = in.spawn(soon, {ok(1min)});
    in.run();
    CHECK(refused_one.why() == stop_reason::deadline);
    CHECK(refused_one.attempts.empty());
    CHECK(running.succeeded());
    CHECK(running.ended == 1min);
}

TEST_CASE("a deadline ends an operation as soon as its next attempt cannot start in time")
{
    scenario in;
    mend::call about;
    about.deadline = in.moment(2s);
    auto& op = in.spawn(about, always(unavailable()));  // would retry at 1 s and at 3 s
    in.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s});
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 1s);
}

TEST_CASE("an attempt beyond its time limit is cancelled, awaited and counted as a connection failure")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(1s)});
    auto& op = in.spawn(limited(10s), {ok(forever), ok()});
    in.run();
    CHECK(op.succeeded());
    REQUIRE(op.attempts.size() == 2);
    CHECK(op.attempts[0]->cancelled);
    CHECK(op.attempts[0]->ended == 10s);
    CHECK(reconnect.starts() == std::vector<ms>{12s});
    CHECK(in.manager.stats().failures_of(category::connection) == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("what is thrown for attempts that were cut off is timed_out")
{
    scenario in;
    auto const operation = [&]() -> asio::awaitable<void> { co_await in.time.sleep_for(1h); };
    mend::detail::asio_error_code thrown;
    run(in, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(in.sender, limited(10s), operation);
        } catch (asio_system_error const& error) {
            thrown = error.code();
        }
    });
    CHECK(thrown == asio::error::timed_out);
}

TEST_CASE("an attempt that is cut off and ends with a value all the same has succeeded")
{
    scenario in;
    auto& op = in.spawn(limited(10s), {ok(15s).stubborn()});
    in.run();
    CHECK(op.succeeded());
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 15s);
    CHECK(in.manager.stats().failures == 0);
}

TEST_CASE("an attempt that is cut off and ends with an error of its own has failed with that")
{
    scenario in;
    auto& op = in.spawn(limited(10s), {flood(60, 15s).stubborn(), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(op.starts() == std::vector<ms>{0ms, 75s});
    CHECK(in.manager.stats().failures_of(category::flood_wait) == 1);
    CHECK(in.manager.stats().failures_of(category::connection) == 0);
}

TEST_CASE("a cut-off attempt that reports operation_aborted by value was cut off, any other value counts")
{
    scenario in;
    int attempts = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<std::error_code> {
        ++attempts;
        if (which.number() > 2)
            co_return std::error_code{};
        std::error_code ended;
        try {
            co_await in.time.sleep_for(1h);
        } catch (asio_system_error const& error) {
            ended = which.number() == 1 ? std::error_code(error.code()) : std::make_error_code(std::errc::host_unreachable);
        }
        co_return ended;
    };
    std::error_code last = std::make_error_code(std::errc::io_error);
    std::vector<std::string> previous;
    run(in, [&]() -> asio::awaitable<void> { last = co_await mend::with_recovery(in.sender, limited(10s), operation); });
    CHECK(!last);
    CHECK(attempts == 3);
    CHECK(in.manager.stats().failures_of(category::connection) == 2);
}

TEST_CASE("a time limit is never longer than what the deadline leaves")
{
    scenario in;
    auto about = limited(1h);
    about.deadline = in.moment(10s);
    auto& op = in.spawn(about, {ok(forever)});
    in.run();
    REQUIRE(op.has_ended());
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 10s);
    CHECK(!op.succeeded());
}

TEST_CASE("an attempt's time never goes beyond the deadline, not by a part of a millisecond")
{
    scenario in;
    auto const deadline = in.moment(0ms) + std::chrono::microseconds{1500};
    in.spawn(0ms, {.attempt_timeout = 10s, .deadline = deadline}, {ok(forever)});
    in.run();
    CHECK(in.time.elapsed() == std::chrono::microseconds{1500});
}

TEST_CASE("an attempt that ends in time leaves no sleeper behind")
{
    scenario in;
    auto& op = in.spawn(limited(1h), {unavailable(1s), ok(1s)});
    in.run();
    CHECK(op.succeeded());
    CHECK(in.now() == 3s);
}

TEST_CASE("a parent that is cancelled during an attempt with a time limit cancels the attempt, not more")
{
    scenario in;
    auto& op = in.spawn(limited(1h), {ok(forever), ok()});
    auto& other = in.spawn(limited(1h), {ok(10s)});
    in.at(3s, [&] { op.cancel(); });
    in.run();
    CHECK(op.why() == stop_reason::cancelled);
    CHECK(op.ended == 3s);
    CHECK(op.attempts.size() == 1);
    CHECK(other.succeeded());
    CHECK(in.manager.stats().failures == 0);
}

TEST_CASE("an attempt 1 with a time limit of the call or the options reports nothing if it succeeds")
{
    auto options = exact_options();
    options.attempt_timeout = 1h;
    scenario in{std::move(options)};
    auto& plain = in.spawn(0ms, {}, {ok(1s)});
    auto& limited_by_call = in.spawn(limited(10s), {ok(1s)});
    in.run();
    CHECK(plain.succeeded());
    CHECK(limited_by_call.succeeded());
    CHECK(plain.result->attempts() == 1);
    CHECK(plain.result->delivered() == delivery::sent);
    CHECK(in.events->all.empty());
    auto const stats = in.manager.stats();
    CHECK(stats.operations == 2);
    CHECK(stats.recoveries == 0);
}

TEST_CASE("an event of an attempt 1 that was cut off reports how long it took")
{
    scenario in;
    in.spawn(limited(10s), {ok(forever), ok()});
    in.run();
    auto const failed = in.events->of(mend::event_kind::attempt_failed);
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].took == 10s);
}

TEST_CASE("an attempt with a time limit runs on the caller's own strand, where there is one")
{
    scenario in;
    auto const strand = asio::make_strand(in.context);
    asio::any_io_executor where;
    auto const operation = [&]() -> asio::awaitable<void> { where = co_await asio::this_coro::executor; };
    auto const send = [&]() -> asio::awaitable<void> { co_await mend::with_recovery(in.sender, limited(10s), operation); };
    asio::co_spawn(strand, send, &expect_no_error);
    in.run();
    CHECK(where == strand);
    asio::co_spawn(in.context, send, &expect_no_error);
    in.run();
    CHECK(where != in.context.get_executor());
    CHECK(where != strand);
}

TEST_CASE("cancelled during an attempt 1 with a time limit, an outcome counts it and what it may have sent")
{
    scenario in;
    auto& op = in.spawn(limited(1h), {ok(forever)});
    in.at(3s, [&] { op.cancel(); });
    in.run();
    CHECK(op.why() == stop_reason::cancelled);
    CHECK(op.result->attempts() == 1);
    CHECK(op.result->delivered() == delivery::unknown);
    CHECK(in.manager.stats().operations == 1);
}

TEST_CASE("a deadline that has passed refuses attempt 1 also beside a hold that does not concern the operation")
{
    scenario in;
    in.spawn(0ms, {.method = "sendMessage", .peer = 7}, {slow_mode(60), ok()});
    mend::call past{.method = "sendMessage", .peer = 8};
    past.deadline = in.moment(5s);
    operation_record* late = nullptr;
    in.at(6s, [&] { late = &in.spawn(past, {ok()}); });
    in.run();
    REQUIRE(late != nullptr);
    CHECK(late->why() == stop_reason::deadline);
    CHECK(late->attempts.empty());
}

TEST_CASE("a chain that goes on when it is cancelled begins no attempt with a time limit")
{
    scenario in;
    asio::cancellation_signal stop;
    int attempts = 0;
    std::optional<mend::outcome<void>> outcome;
    auto const body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        try {
            co_await in.time.sleep_for(10s);
        } catch (std::exception const&) {
        }
        auto const slow = [&]() -> asio::awaitable<void> {
            ++attempts;
            co_await in.time.sleep_for(1h);
        };
        auto result = co_await mend::try_with_recovery(in.sender, limited(2h), slow);
        outcome.emplace(std::move(result));
    };
    asio::co_spawn(in.context, body, asio::bind_cancellation_slot(stop.slot(), &expect_no_error));
    in.at(5s, [&] { stop.emit(asio::cancellation_type::terminal); });
    in.run();
    REQUIRE(outcome);
    CHECK(outcome->why() == stop_reason::cancelled);
    CHECK(outcome->attempts() == 0);
    CHECK(outcome->delivered() == delivery::not_sent);
    CHECK(attempts == 0);
    CHECK(in.time.elapsed() == 5s);
    CHECK(in.manager.stats().operations == 1);
}
