#include <mend/outcome.hpp>

#include <mend/errors.hpp>

#include "support/scenario.hpp"

#include <memory>
#include <type_traits>

namespace {

using namespace support;
using mend::category;
using mend::delivery;
using mend::stop_reason;

}  // namespace

TEST_CASE("an outcome of success has its value and one attempt")
{
    scenario in;
    auto& op = in.spawn({ok(10s)});
    in.run();
    REQUIRE(op.result);
    CHECK(op.result->has_value());
    CHECK(static_cast<bool>(*op.result));
    CHECK(op.result->value() == 1);
    CHECK(**op.result == 1);
    CHECK(op.result->why() == stop_reason::none);
    CHECK(op.result->exception() == nullptr);
    CHECK(op.result->attempts() == 1);
    CHECK(op.result->waited() == 0ms);
    CHECK(op.result->elapsed() == 0ms);
    CHECK(op.result->delivered() == delivery::sent);
    CHECK(!op.result->retry_at());
}

TEST_CASE("an outcome has attempts, the time waited and the time elapsed")
{
    scenario in;
    auto& op = in.spawn({unavailable(5s), unavailable(5s), ok(5s)});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(op.result->attempts() == 3);
    CHECK(op.result->waited() == 3s);
    CHECK(op.result->elapsed() == 13s);  // from the first failure
    CHECK(op.result->category() == category::temporary);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("an outcome counts the time that callbacks take, and that before attempt 1, as waited")
{
    scenario in;
    in.on_reconnect({ok(10s)});
    auto& op = in.spawn({broken(), ok()});
    auto& late = in.spawn(2s, {}, {ok(3s)});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(op.result->waited() == op.starts()[1]);
    REQUIRE(late.succeeded());
    CHECK(late.result->waited() == late.starts()[0] - 2s);
    CHECK(late.result->attempts() == 1);
    CHECK(late.result->elapsed() == late.result->waited() + 3s);
}

TEST_CASE("an outcome of failure throws what with_recovery throws")
{
    scenario in;
    auto& op = in.spawn({refused()});
    auto& closed = in.spawn(1s, {}, {ok()});
    in.at(500ms, [&] { in.sender.close(); });
    in.run();
    CHECK(!op.result->has_value());
    CHECK(op.result->exception() != nullptr);
    CHECK_THROWS_AS(op.result->value(), mend::rpc_error);
    CHECK(op.result->category() == category::permanent);
    CHECK(op.result->delivered() == delivery::not_sent);
    try {
        closed.result->value();
        FAIL("it has no value");
    } catch (mend::recovery_error const& error) {
        CHECK(error.why() == stop_reason::closed);
    }
    CHECK(closed.result->attempts() == 0);
    CHECK(closed.result->delivered() == delivery::not_sent);
}

TEST_CASE("an outcome has the last failed attempt's message, also after a success")
{
    scenario in;
    auto& good = in.spawn({ok()});
    auto& mended = in.spawn(in.apart("b"), 0ms, {}, {unavailable(), flood(3), ok()});
    auto& refused_one = in.spawn(in.apart("c"), 0ms, {}, {unavailable(), refused()});
    mend::call late;
    late.deadline = in.moment(0ms);
    auto& nothing = in.spawn(in.apart("d"), 0ms, late, {ok()});
    auto& stopped = in.spawn(in.apart("e"), 0ms, {}, {unavailable(), ok()});
    in.at(500ms, [&] { stopped.cancel(); });
    in.run();
    CHECK(good.result->failure() == nullptr);
    REQUIRE(mended.succeeded());
    REQUIRE(mended.result->failure() != nullptr);
    CHECK(mended.result->failure()->message == "FLOOD_WAIT_3");
    CHECK(mended.result->failure()->code == 420);
    REQUIRE(refused_one.result->failure() != nullptr);
    CHECK(refused_one.result->failure()->code == 400);
    CHECK(refused_one.result->failure()->exception == refused_one.result->exception());
    CHECK(nothing.result->failure() == nullptr);
    REQUIRE(stopped.result->failure() != nullptr);
    CHECK(stopped.result->failure()->code == 500);
    auto const copy = *refused_one.result;
    refused_one.result.reset();
    CHECK(copy.failure()->code == 400);
}

TEST_CASE("an outcome of values that failed has the last one's message")
{
    scenario in;
    auto const refuses = []() -> asio::awaitable<std::error_code> {
        co_return std::make_error_code(std::errc::permission_denied);
    };
    std::error_code said;
    asio::co_spawn(
        in.context,
        [&]() -> asio::awaitable<void> {
            auto const outcome = co_await mend::try_with_recovery(in.sender, refuses);
            if (outcome.failure() != nullptr)
                said = outcome.failure()->error;
            CHECK(outcome.exception() == nullptr);
            CHECK(*outcome == std::errc::permission_denied);
        },
        asio::detached);
    in.run();
    CHECK(said == std::errc::permission_denied);
}

TEST_CASE("an outcome without a value throws from operator* as from value()")
{
    scenario in;
    auto& op = in.spawn({refused()});
    in.run();
    CHECK_THROWS_AS(**op.result, mend::rpc_error);
    CHECK_THROWS_AS(*std::as_const(*op.result), mend::rpc_error);
    CHECK_THROWS_AS(*std::move(*op.result), mend::rpc_error);
    auto const moved = std::move(*op.result);
    CHECK_THROWS(**op.result);  // libc++ copies an exception_ptr that is moved, libstdc++ leaves a null one
    CHECK_THROWS_AS(*moved, mend::rpc_error);
    mend::detail::outcome_facts facts;
    facts.why = stop_reason::deadline;
    mend::outcome<void> const bad{facts, std::make_exception_ptr(mend::recovery_error{stop_reason::deadline})};
    CHECK_THROWS_AS(*bad, mend::recovery_error);
}

TEST_CASE("an outcome that ended for a reason of its own throws a recovery_error with the last exception nested")
{
    scenario in;
    auto& unknown = in.spawn({.method = "sendMessage", .idempotent = false}, {unavailable()});
    in.run();
    REQUIRE(unknown.why() == stop_reason::delivery_unknown);
    try {
        unknown.result->value();
        FAIL("it has no value");
    } catch (mend::recovery_error const& error) {
        CHECK(error.why() == stop_reason::delivery_unknown);
        CHECK(error.delivered() == delivery::unknown);
        REQUIRE(error.failure() != nullptr);
        CHECK(error.failure()->code == 500);
        CHECK_THROWS_AS(std::rethrow_if_nested(error), mend::rpc_error);
    }
}

TEST_CASE("an outcome of a refused operation has the category of the hold and when to try again")
{
    scenario in;
    in.spawn({flood(60), ok()});
    mend::call about;
    about.deadline = in.moment(10s);
    auto& op = in.spawn(1s, about, {ok()});
    in.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.result->category() == category::flood_wait);
    CHECK(in.retry_at(op) == 60s);
    try {
        op.result->value();
        FAIL("it has no value");
    } catch (mend::recovery_error const& error) {
        REQUIRE(error.retry_at());
        CHECK(in.since_began(*error.retry_at()) == 60s);
    }
}

TEST_CASE("an outcome is as movable and as copyable as its value")
{
    CHECK(std::is_copy_constructible_v<mend::outcome<int>>);
    CHECK(std::is_nothrow_move_constructible_v<mend::outcome<std::unique_ptr<int>>>);
    CHECK(!std::is_copy_constructible_v<mend::outcome<std::unique_ptr<int>>>);
    mend::detail::outcome_facts facts;
    mend::outcome<std::unique_ptr<int>> first{facts, std::in_place, std::make_unique<int>(5)};
    auto second = std::move(first);
    CHECK(*second.value() == 5);
    auto const taken = *std::move(second);
    CHECK(*taken == 5);
}

TEST_CASE("an outcome of void has a value that is nothing")
{
    mend::detail::outcome_facts facts;
    mend::outcome<void> good{facts, std::in_place};
    CHECK(good.has_value());
    CHECK_NOTHROW(good.value());
    facts.why = stop_reason::deadline;
    mend::outcome<void> bad{facts, std::make_exception_ptr(mend::recovery_error{stop_reason::deadline})};
    CHECK(!bad.has_value());
    CHECK_THROWS_AS(bad.value(), mend::recovery_error);
    CHECK_THROWS_AS(std::as_const(bad).value(), mend::recovery_error);
}
