// with_recovery, try_with_recovery and async_with_recovery: values, errors by value, tokens, deadlines and time limits.
#include "support/scenario.hpp"

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

/// An expected type of the user's own, with an error of the user's own.
struct my_error {
    int code = 0;
    std::string message;
};
class my_expected {
public:
    my_expected(int value) : value_{value} {}
    my_expected(my_error error) : error_{std::move(error)} {}
    bool has_value() const { return !error_.has_value(); }
    int value() const { return value_; }
    my_error const& error() const { return *error_; }

private:
    int value_ = 0;
    std::optional<my_error> error_;
};

/// What mend cannot know: an old-fashioned reply.
struct reply {
    int status = 200;
    std::string text;
    int retry_after = 0;
};

struct no_default {
    explicit no_default(int given) : value{given} {}
    int value;
};

/// States an error, and carries the exception that came with it.
struct twofold {
    bool bad = false;
};

struct asio_stop {
    asio::cancellation_signal signal;
    void cancel() { signal.emit(asio::cancellation_type::terminal); }
};

void expect_no_error(std::exception_ptr error)
{
    if (error)
        std::rethrow_exception(error);
}

template <class Function>
void run(scenario& s, Function function)
{
    asio::co_spawn(s.context, std::move(function), &expect_no_error);
    s.run();
}

mend::call limited(ms time)
{
    mend::call about;
    about.attempt_timeout = time;
    return about;
}

}  // namespace

template <>
struct mend::result_traits<reply> {
    static constexpr bool carries_error = true;
    static bool failed(reply const& value) { return value.status >= 400; }
    static mend::failure describe(reply const& value)
    {
        mend::failure what{.code = value.status, .message = value.text};
        if (value.retry_after != 0)
            what.retry_after = std::chrono::seconds{value.retry_after};
        return what;
    }
};

template <>
struct mend::result_traits<twofold> {
    static constexpr bool carries_error = true;
    static bool failed(twofold const& value) { return value.bad; }
    static mend::failure describe(twofold const&)
    {
        return {.exception = std::make_exception_ptr(mend::rpc_error{420, "FLOOD_WAIT_60"}),
                .error = std::make_error_code(std::errc::connection_reset)};
    }
};

// --- what it returns and throws ---------------------------------------------------------------------------------------

TEST_CASE("with_recovery returns what the operation returns: nothing, move-only, without a default constructor")
{
    scenario s;
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
    run(s, [&]() -> asio::awaitable<void> {
        co_await mend::with_recovery(s.sender, nothing);
        std::unique_ptr<int> const pointer = co_await mend::with_recovery(s.sender, unique);
        no_default const value = co_await mend::with_recovery(s.sender, {}, odd);
        auto outcome = co_await mend::try_with_recovery(s.sender, {}, unique);
        std::unique_ptr<int> const taken = std::move(outcome).value();
        sum = *pointer + value.value + *taken;
    });
    CHECK(sum == 16);
    CHECK(attempts == 8);
}

TEST_CASE("with_recovery throws what the last attempt threw, as it was")
{
    struct special : std::runtime_error {
        explicit special(int given) : std::runtime_error{"special"}, number{given} {}
        int number;
    };
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<void> {
        throw special{++attempts};
        co_return;
    };
    int caught = 0;
    run(s, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(s.sender, operation);
        } catch (special const& error) {
            caught = error.number;
        }
    });
    CHECK(caught == 3);
}

TEST_CASE("with_recovery throws a recovery_error where nothing was attempted")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<int> { co_return ++attempts; };
    mend::call late;
    late.deadline = s.moment(0ms);
    s.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    std::optional<stop_reason> past, quarantined;
    run(s, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(s.another("well"), late, operation);
        } catch (mend::recovery_error const& error) {
            past = error.why();
        }
        try {
            co_await mend::with_recovery(s.sender, operation);
        } catch (mend::recovery_error const& error) {
            quarantined = error.why();
        }
    });
    CHECK(past == stop_reason::deadline);
    CHECK(quarantined == stop_reason::quarantined);
    CHECK(attempts == 0);
    CHECK(s.manager.stats().refused == 2);
}

TEST_CASE("with_recovery throws a recovery_error if not the operation but a limit is the reason")
{
    scenario s;
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
    run(s, [&]() -> asio::awaitable<void> {
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
        co_await meets(s.another("a"), {.method = "getMe"}, floods);
        mend::call soon{.method = "getMe"};
        soon.deadline = s.moment(500ms);
        co_await meets(s.another("b"), soon, breaks);
        co_await meets(s.another("c"), {.method = "sendMessage", .idempotent = false}, breaks);
    });
    CHECK(reasons == std::vector{stop_reason::wait_too_long, stop_reason::deadline, stop_reason::delivery_unknown});
    CHECK(deliveries == std::vector{delivery::not_sent, delivery::unknown, delivery::unknown});
}

TEST_CASE("an operation that throws before it returns an awaitable has failed like any other")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        ++attempts;
        if (which.number() < 3)
            throw mend::rpc_error{500, "INTERNAL"};
        return []() -> asio::awaitable<int> { co_return 7; }();
    };
    int got = 0;
    int timed = 0;
    run(s, [&]() -> asio::awaitable<void> {
        got = co_await mend::with_recovery(s.sender, operation);
        timed = co_await mend::with_recovery(s.sender, limited(10s), operation);
    });
    CHECK(got == 7);
    CHECK(timed == 7);
    CHECK(attempts == 6);
    CHECK(s.manager.stats().failures == 4);
}

TEST_CASE("an operation is copied, unless std::ref says otherwise")
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
    scenario s;
    counting operation;
    int after_copy = -1;
    run(s, [&]() -> asio::awaitable<void> {
        co_await mend::with_recovery(s.sender, operation);
        after_copy = operation.calls;
        co_await mend::with_recovery(s.sender, std::ref(operation));
    });
    CHECK(after_copy == 0);
    CHECK(operation.calls == 2);  // one object for both attempts
}

TEST_CASE("a move-only operation is fine by std::ref and for any token")
{
    scenario s;
    auto text = std::make_unique<std::string>("kept");
    auto operation = [text = std::move(text)](mend::attempt& which) -> asio::awaitable<std::size_t> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return text->size();
    };
    std::size_t size = 0;
    run(s, [&]() -> asio::awaitable<void> { size = co_await mend::with_recovery(s.sender, std::ref(operation)); });
    CHECK(size == 4);
    mend::async_with_recovery(s.sender, {}, std::move(operation), [&](std::exception_ptr, std::size_t more) { size += more; });
    s.run();
    CHECK(size == 8);
}

TEST_CASE("a plain function is an operation")
{
    scenario s;
    int got = 0;
    struct here {
        static asio::awaitable<int> answer() { co_return 42; }
    };
    run(s, [&]() -> asio::awaitable<void> {
        int const first = co_await mend::with_recovery(s.sender, &here::answer);
        int const second = co_await mend::with_recovery(s.sender, here::answer);
        got = first + second;
    });
    CHECK(got == 84);
}

TEST_CASE("an operation knows its attempt, and how the one before ended")
{
    scenario s;
    std::vector<std::string> seen;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        seen.push_back(std::to_string(which.number()) + (which.previous() ? " " + which.previous()->message : ""));
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        if (which.number() == 2)
            throw std::runtime_error{"odd"};
        co_return;
    };
    run(s, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(s.sender, operation); });
    CHECK(seen == std::vector<std::string>{"1", "2 INTERNAL", "3 odd"});
}

// --- errors by value --------------------------------------------------------------------------------------------------

TEST_CASE("an error_code is retried, and the last one returned")
{
    scenario s;
    int attempts = 0;
    auto const reset = std::make_error_code(std::errc::connection_reset);
    auto const recovers = [&]() -> asio::awaitable<std::error_code> { co_return ++attempts < 3 ? reset : std::error_code{}; };
    auto const never = [&]() -> asio::awaitable<std::error_code> { co_return reset; };
    std::error_code first = reset, second;
    run(s, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(s.sender, recovers);
        second = co_await mend::with_recovery(s.sender, never);
    });
    CHECK(!first);
    CHECK(attempts == 3);
    CHECK(second == reset);
    CHECK(s.manager.stats().failures_of(category::connection) == 2 + 4);
}

TEST_CASE("an operation by value that is never attempted returns make_error_code of the reason")
{
    scenario s;
    mend::call late;
    late.deadline = s.moment(0ms);
    int attempts = 0;
    auto const code = [&]() -> asio::awaitable<std::error_code> {
        ++attempts;
        co_return std::error_code{};
    };
    auto const tuple = [&]() -> asio::awaitable<std::tuple<std::error_code, std::string>> {
        ++attempts;
        co_return std::tuple{std::error_code{}, std::string{"text"}};
    };
    std::error_code first;
    std::tuple<std::error_code, std::string> second;
    std::optional<mend::outcome<std::error_code>> third;
    run(s, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(s.sender, late, code);
        second = co_await mend::with_recovery(s.sender, late, tuple);
        auto ended = co_await mend::try_with_recovery(s.sender, late, code);
        third.emplace(std::move(ended));
    });
    CHECK(attempts == 0);
    CHECK(first == make_error_code(stop_reason::deadline));
    CHECK(std::get<0>(second) == stop_reason::deadline);
    CHECK(std::get<1>(second).empty());
    REQUIRE(third);
    CHECK(third->why() == stop_reason::deadline);
    CHECK(!third->has_value());
    CHECK(third->value() == stop_reason::deadline);
}

TEST_CASE("a tuple that starts with an error_code is retried, and comes back whole")
{
    scenario s;
    using result = std::tuple<std::error_code, std::size_t>;
    std::size_t attempts = 0;
    auto const operation = [&]() -> asio::awaitable<result> {
        ++attempts;
        co_return result{attempts < 2 ? std::make_error_code(std::errc::timed_out) : std::error_code{}, attempts};
    };
    auto const never = [&]() -> asio::awaitable<result> { co_return result{std::make_error_code(std::errc::timed_out), 9}; };
    result good, bad;
    run(s, [&]() -> asio::awaitable<void> {
        good = co_await mend::with_recovery(s.sender, operation);
        bad = co_await mend::with_recovery(s.sender, {}, never);
    });
    CHECK(good == result{std::error_code{}, 2});
    CHECK(bad == result{std::make_error_code(std::errc::timed_out), 9});
}

TEST_CASE("an expected-like type of the user's own is read, retried and returned")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<my_expected> {
        if (++attempts == 1)
            co_return my_error{420, "FLOOD_WAIT_7"};
        co_return 5;
    };
    auto const refuses = [&]() -> asio::awaitable<my_expected> { co_return my_error{400, "MESSAGE_EMPTY"}; };
    int got = 0;
    std::string refused_with;
    std::optional<stop_reason> why;
    run(s, [&]() -> asio::awaitable<void> {
        my_expected const first = co_await mend::with_recovery(s.sender, operation);
        got = first.value();
        my_expected const second = co_await mend::with_recovery(s.sender, refuses);
        refused_with = second.error().message;
        auto const third = co_await mend::try_with_recovery(s.sender, {}, refuses);
        why = third.why();
    });
    CHECK(got == 5);
    CHECK(s.now() == 7s);
    CHECK(refused_with == "MESSAGE_EMPTY");
    CHECK(why == stop_reason::not_retryable);
}

TEST_CASE("an expected-like type that cannot be made from an error_code throws where nothing was attempted")
{
    scenario s;
    mend::call late;
    late.deadline = s.moment(0ms);
    auto const operation = []() -> asio::awaitable<my_expected> { co_return 5; };
    std::optional<stop_reason> why;
    run(s, [&]() -> asio::awaitable<void> {
        try {
            (void)co_await mend::with_recovery(s.sender, late, operation);
        } catch (mend::recovery_error const& error) {
            why = error.why();
        }
    });
    CHECK(why == stop_reason::deadline);
}

TEST_CASE("a user's specialization of result_traits is honoured")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<reply> {
        if (++attempts == 1)
            co_return reply{429, "Too Many Requests", 12};
        co_return reply{200, "sent"};
    };
    reply last;
    run(s, [&]() -> asio::awaitable<void> { last = co_await mend::with_recovery(s.sender, operation); });
    CHECK(last.text == "sent");
    CHECK(s.now() == 12s);
}

TEST_CASE("a type that reports by value may throw as well: the last attempt decides")
{
    scenario s;
    int attempts = 0;
    auto const reset = std::make_error_code(std::errc::connection_reset);
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<std::error_code> {
        ++attempts;
        if (which.number() % 2 == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return which.number() < 4 ? reset : std::error_code{};
    };
    auto const ends_throwing = [&](mend::attempt& which) -> asio::awaitable<std::error_code> {
        if (which.number() == 2)
            throw mend::rpc_error{400, "MESSAGE_EMPTY"};
        co_return reset;
    };
    auto const ends_returning = [&](mend::attempt& which) -> asio::awaitable<std::tuple<std::error_code, int>> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return std::tuple{reset, static_cast<int>(which.number())};
    };
    std::error_code first = reset;
    bool threw = false;
    std::tuple<std::error_code, int> returned;
    run(s, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(s.sender, operation);
        try {
            (void)co_await mend::with_recovery(s.sender, ends_throwing);
        } catch (mend::rpc_error const& error) {
            threw = error.failure().code == 400;
        }
        returned = co_await mend::with_recovery(s.sender, ends_returning);
    });
    CHECK(!first);
    CHECK(attempts == 4);
    CHECK(threw);
    CHECK(std::get<0>(returned) == reset);
    CHECK(std::get<1>(returned) > 1);
}

// --- tokens -----------------------------------------------------------------------------------------------------------

TEST_CASE("async_with_recovery takes a callback, use_future, use_awaitable and detached")
{
    scenario s;
    int ends = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        ++ends;
        co_return 3;
    };
    int by_callback = 0;
    int by_awaitable = 0;
    mend::async_with_recovery(s.sender, {}, operation,
                              [&](std::exception_ptr error, int value) { by_callback = error ? -1 : value; });
    std::future<int> future = mend::async_with_recovery(s.sender, {}, operation, asio::use_future);
    mend::async_with_recovery(s.sender, {}, operation, asio::detached);
    run(s, [&]() -> asio::awaitable<void> {
        by_awaitable = co_await mend::async_with_recovery(s.sender, {}, operation, asio::use_awaitable);
    });
    CHECK(by_callback == 3);
    CHECK(future.get() == 3);
    CHECK(by_awaitable == 3);
    CHECK(ends == 4);
}

TEST_CASE("async_with_recovery of nothing, of a move-only type, and of one without a default constructor")
{
    scenario s;
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
    mend::async_with_recovery(s.sender, {}, nothing, [&](std::exception_ptr error) { done = !error; });
    mend::async_with_recovery(s.sender, {}, unique, [&](std::exception_ptr, std::unique_ptr<int> value) { sum += *value; });
    mend::async_with_recovery(s.sender, {}, odd,
                              [&](std::exception_ptr, std::optional<no_default> value) { sum += value->value; });
    mend::async_with_recovery(s.sender, {}, fails, [&](std::exception_ptr error, std::optional<no_default> value) {
        failed = error != nullptr && !value;
    });
    std::future<void> future = mend::async_with_recovery(s.sender, {}, nothing, asio::use_future);
    s.run();
    CHECK(done);
    CHECK(sum == 11);
    CHECK(failed);
    CHECK_NOTHROW(future.get());
}

TEST_CASE("async_with_recovery hands errors on as exceptions, and values that are errors as values")
{
    scenario s;
    auto const refuses = []() -> asio::awaitable<int> {
        throw mend::rpc_error{400, "MESSAGE_EMPTY"};
        co_return 1;
    };
    auto const by_value = []() -> asio::awaitable<std::error_code> {
        co_return std::make_error_code(std::errc::connection_reset);
    };
    std::future<int> first = mend::async_with_recovery(s.sender, {}, refuses, asio::use_future);
    std::future<std::error_code> second = mend::async_with_recovery(s.sender, {}, by_value, asio::use_future);
    s.run();
    CHECK_THROWS_AS(first.get(), mend::rpc_error);
    CHECK(second.get() == std::errc::connection_reset);
}

TEST_CASE("async_with_recovery honours the token's cancellation slot")
{
    scenario s;
    asio::cancellation_signal stop;
    auto const operation = []() -> asio::awaitable<void> {
        throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    bool aborted = false;
    ms ended{-1};
    mend::async_with_recovery(s.sender, {}, operation, asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                                  ended = s.now();
                                  try {
                                      if (error)
                                          std::rethrow_exception(error);
                                  } catch (asio_system_error const& what) {
                                      aborted = what.code() == asio::error::operation_aborted;
                                  }
                              }));
    s.at(500ms, [&] { stop.emit(asio::cancellation_type::terminal); });
    s.run();
    CHECK(aborted);
    CHECK(ended == 500ms);
}

// --- deadlines and time limits ----------------------------------------------------------------------------------------

TEST_CASE("a deadline refuses attempt 1 when it has passed, and never cuts a running attempt")
{
    scenario s;
    mend::call past, soon;
    past.deadline = s.moment(0ms);
    soon.deadline = s.moment(5s);
    auto& refused_one = s.spawn(past, {ok()});
    auto& running = s.spawn(soon, {ok(1min)});
    s.run();
    CHECK(refused_one.why() == stop_reason::deadline);
    CHECK(refused_one.attempts.empty());
    CHECK(running.succeeded());
    CHECK(running.ended == 1min);
}

TEST_CASE("a deadline ends an operation as soon as its next attempt cannot start in time")
{
    scenario s;
    mend::call about;
    about.deadline = s.moment(2s);
    auto& op = s.spawn(about, always(unavailable()));  // would retry at 1 s and at 3 s
    s.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s});
    CHECK(op.why() == stop_reason::deadline);
    CHECK(op.ended == 1s);
}

TEST_CASE("an attempt beyond its time limit is cancelled, awaited and counted as a connection failure")
{
    scenario s;
    auto& reconnect = s.on_reconnect({ok(1s)});
    auto& op = s.spawn(limited(10s), {ok(forever), ok()});
    s.run();
    CHECK(op.succeeded());
    REQUIRE(op.attempts.size() == 2);
    CHECK(op.attempts[0]->cancelled);
    CHECK(op.attempts[0]->ended == 10s);
    CHECK(reconnect.starts() == std::vector<ms>{12s});
    CHECK(s.manager.stats().failures_of(category::connection) == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("what is thrown for attempts that were cut off is timed_out")
{
    scenario s;
    auto const operation = [&]() -> asio::awaitable<void> { co_await s.time.sleep_for(1h); };
    mend::detail::asio_error_code thrown;
    run(s, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(s.sender, limited(10s), operation);
        } catch (asio_system_error const& error) {
            thrown = error.code();
        }
    });
    CHECK(thrown == asio::error::timed_out);
}

TEST_CASE("an attempt that is cut off and ends with a value all the same has succeeded")
{
    scenario s;
    auto& op = s.spawn(limited(10s), {ok(15s).stubborn()});
    s.run();
    CHECK(op.succeeded());
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 15s);
    CHECK(s.manager.stats().failures == 0);
}

TEST_CASE("an attempt that is cut off and ends with an error of its own has failed with that")
{
    scenario s;
    auto& op = s.spawn(limited(10s), {flood(60, 15s).stubborn(), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(op.starts() == std::vector<ms>{0ms, 75s});
    CHECK(s.manager.stats().failures_of(category::flood_wait) == 1);
    CHECK(s.manager.stats().failures_of(category::connection) == 0);
}

TEST_CASE("a cut-off attempt that reports operation_aborted by value was cut off, any other value counts")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<std::error_code> {
        ++attempts;
        if (which.number() > 2)
            co_return std::error_code{};
        std::error_code ended;
        try {
            co_await s.time.sleep_for(1h);
        } catch (asio_system_error const& error) {
            ended = which.number() == 1 ? std::error_code(error.code()) : std::make_error_code(std::errc::host_unreachable);
        }
        co_return ended;
    };
    std::error_code last = std::make_error_code(std::errc::io_error);
    std::vector<std::string> previous;
    run(s, [&]() -> asio::awaitable<void> { last = co_await mend::with_recovery(s.sender, limited(10s), operation); });
    CHECK(!last);
    CHECK(attempts == 3);
    CHECK(s.manager.stats().failures_of(category::connection) == 2);
}

TEST_CASE("a time limit is never longer than what the deadline leaves")
{
    scenario s;
    auto about = limited(1h);
    about.deadline = s.moment(10s);
    auto& op = s.spawn(about, {ok(forever)});
    s.run();
    REQUIRE(op.has_ended());
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 10s);
    CHECK(!op.succeeded());
}

TEST_CASE("an attempt that ends in time leaves no sleeper behind")
{
    scenario s;
    auto& op = s.spawn(limited(1h), {unavailable(1s), ok(1s)});
    s.run();
    CHECK(op.succeeded());
    CHECK(s.now() == 3s);
}

TEST_CASE("a parent that is cancelled during an attempt with a time limit cancels the attempt, not more")
{
    scenario s;
    auto& op = s.spawn(limited(1h), {ok(forever), ok()});
    auto& other = s.spawn(limited(1h), {ok(10s)});
    s.at(3s, [&] { op.cancel(); });
    s.run();
    CHECK(op.why() == stop_reason::cancelled);
    CHECK(op.ended == 3s);
    CHECK(op.attempts.size() == 1);
    CHECK(other.succeeded());
    CHECK(s.manager.stats().failures == 0);
}

// --- close ------------------------------------------------------------------------------------------------------------

TEST_CASE("close() ends every wait with closed, cancels callbacks and lets running attempts keep their result")
{
    bool const the_account = GENERATE(true, false);
    scenario s;
    auto& reconnect = s.on_reconnect({ok(forever)});
    auto& refresh = s.on_refresh({ok(forever)});
    auto& held = s.spawn(0ms, {.method = "a"}, {flood(100), ok()});
    auto& queued = s.spawn(1s, {.method = "a"}, {ok()});
    auto& refreshing = s.spawn(0ms, {.method = "c"}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    auto& backing_off = s.spawn(4s, {.method = "d"}, {unavailable(), ok()});
    auto& running = s.spawn(0ms, {.method = "e"}, {ok(10s)});
    auto& failing = s.spawn(0ms, {.method = "f"}, {unavailable(10s), ok()});
    auto& limited_one = s.spawn(0ms, {.method = "g", .attempt_timeout = 1h}, {ok(10s)});
    auto& recovering = s.spawn(4100ms, {.method = "b"}, {broken(), ok()});
    auto& waiting = s.spawn(4200ms, {.method = "h"}, {ok()});
    s.at(6500ms, [&] {
        if (the_account)
            s.sender.close();
        else
            s.manager.close();
    });
    s.run();
    CHECK(s.all_ended());
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
    CHECK(s.now() == 10s);
    // What comes later is refused.
    auto& late = s.spawn(11s, {}, {ok()});
    s.run();
    CHECK(late.why() == stop_reason::closed);
    CHECK(late.attempts.empty());
    CHECK(s.manager.stats().operations == 10);
}

TEST_CASE("closed: what is thrown is a recovery_error, with the last attempt's exception nested if there was one")
{
    scenario s;
    auto const fails = []() -> asio::awaitable<void> {
        throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    bool nested = false;
    bool alone = false;
    s.at(500ms, [&] { s.sender.close(); });
    run(s, [&]() -> asio::awaitable<void> {
        try {
            co_await mend::with_recovery(s.sender, fails);
        } catch (mend::recovery_error const& error) {
            CHECK(error.why() == stop_reason::closed);
            try {
                std::rethrow_if_nested(error);
            } catch (mend::rpc_error const& last) {
                nested = last.failure().code == 500 && error.failure()->code == 500;
            }
        }
        try {
            co_await mend::with_recovery(s.sender, fails);
        } catch (mend::recovery_error const& error) {
            alone = error.why() == stop_reason::closed && error.nested_ptr() == nullptr && error.failure() == nullptr;
        }
    });
    CHECK(nested);
    CHECK(alone);
}

TEST_CASE("a value that carries an exception is read as what it carries")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<std::tuple<std::exception_ptr, int>> {
        std::exception_ptr error;
        if (++attempts == 1)
            error = std::make_exception_ptr(mend::rpc_error{420, "FLOOD_WAIT_3"});
        co_return std::tuple{error, attempts};
    };
    std::optional<int> got;
    run(s, [&]() -> asio::awaitable<void> {
        auto const [error, value] = co_await mend::with_recovery(s.sender, operation);
        if (!error)
            got = value;
    });
    CHECK(got == 2);
    CHECK(s.now() == 3s);
    REQUIRE(s.manager.history().size() == 1);
    CHECK(s.manager.history()[0].message == "FLOOD_WAIT_3");
}

TEST_CASE("a tuple that starts with an exception carries the reason where nothing was attempted")
{
    scenario s;
    auto const operation = []() -> asio::awaitable<std::tuple<std::exception_ptr, int>> {
        co_return std::tuple{std::exception_ptr{}, 1};
    };
    mend::call late;
    late.deadline = s.moment(0ms);
    std::optional<std::tuple<std::exception_ptr, int>> got;
    run(s, [&]() -> asio::awaitable<void> {
        auto result = co_await mend::with_recovery(s.sender, late, operation);
        got.emplace(std::move(result));
    });
    REQUIRE(got);
    auto const& [error, value] = *got;
    REQUIRE(error);
    CHECK(value == 0);
    try {
        std::rethrow_exception(error);
    } catch (std::system_error const& reason) {
        CHECK(reason.code() == stop_reason::deadline);
    }
}

TEST_CASE("a value that states its error beside an exception is not read again")
{
    scenario s;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<twofold> { co_return twofold{++attempts == 1}; };
    run(s, [&]() -> asio::awaitable<void> { (void)co_await mend::with_recovery(s.sender, operation); });
    CHECK(attempts == 2);
    CHECK(s.manager.stats().failures_of(category::connection) == 1);  // the exception would be a flood wait
    CHECK(s.now() == 1s);
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
