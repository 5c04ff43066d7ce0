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

TEST_CASE("an outcome of success tells its value and one attempt")
{
    scenario s;
    auto& op = s.spawn({ok(10s)});
    s.run();
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

TEST_CASE("an outcome tells attempts, the time waited and the time elapsed")
{
    scenario s;
    auto& op = s.spawn({unavailable(5s), unavailable(5s), ok(5s)});
    s.run();
    REQUIRE(op.succeeded());
    CHECK(op.result->attempts() == 3);
    CHECK(op.result->waited() == 3s);
    CHECK(op.result->elapsed() == 13s);  // from the first failure
    CHECK(op.result->category() == category::temporary);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("an outcome counts the time that callbacks take, and that before attempt 1, as waited")
{
    scenario s;
    s.on_reconnect({ok(10s)});
    auto& op = s.spawn({broken(), ok()});
    auto& late = s.spawn(2s, {}, {ok(3s)});
    s.run();
    REQUIRE(op.succeeded());
    CHECK(op.result->waited() == op.starts()[1]);
    REQUIRE(late.succeeded());
    CHECK(late.result->waited() == late.starts()[0] - 2s);
    CHECK(late.result->attempts() == 1);
    CHECK(late.result->elapsed() == late.result->waited() + 3s);
}

TEST_CASE("an outcome of failure throws what with_recovery throws")
{
    scenario s;
    auto& op = s.spawn({refused()});
    auto& closed = s.spawn(1s, {}, {ok()});
    s.at(500ms, [&] { s.sender.close(); });
    s.run();
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

TEST_CASE("an outcome of a refused operation tells the category of the hold and when to try again")
{
    scenario s;
    s.spawn({flood(60), ok()});
    mend::call about;
    about.deadline = s.moment(10s);
    auto& op = s.spawn(1s, about, {ok()});
    s.run();
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.result->category() == category::flood_wait);
    CHECK(s.retry_at(op) == 60s);
    try {
        op.result->value();
        FAIL("it has no value");
    } catch (mend::recovery_error const& error) {
        REQUIRE(error.retry_at());
        CHECK(s.since_began(*error.retry_at()) == 60s);
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
