// Operations that report errors by value: error codes, tuples, expected-like types, and types with traits of the user's own.
#include "drive/running.hpp"

#include <string>
#include <tuple>

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;

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

/// States an error, and carries the exception that came with it.
struct twofold {
    bool bad = false;
};

/// A value that is an error, as std::expected carries it.
struct value_or_failure {
    std::optional<int> value;
    mend::failure what;
    [[nodiscard]] bool has_value() const { return value.has_value(); }
    [[nodiscard]] mend::failure const& error() const { return what; }
};

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

TEST_CASE("an error_code is retried, and the last one returned")
{
    scenario in;
    int attempts = 0;
    auto const reset = std::make_error_code(std::errc::connection_reset);
    auto const recovers = [&]() -> asio::awaitable<std::error_code> { co_return ++attempts < 3 ? reset : std::error_code{}; };
    auto const never = [&]() -> asio::awaitable<std::error_code> { co_return reset; };
    std::error_code first = reset, second;
    run(in, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(in.sender, recovers);
        second = co_await mend::with_recovery(in.sender, never);
    });
    CHECK(!first);
    CHECK(attempts == 3);
    CHECK(second == reset);
    CHECK(in.manager.stats().failures_of(category::connection) == 2 + 4);
}

TEST_CASE("an operation by value that is never attempted returns make_error_code of the reason")
{
    scenario in;
    mend::call late;
    late.deadline = in.moment(0ms);
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
    run(in, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(in.sender, late, code);
        second = co_await mend::with_recovery(in.sender, late, tuple);
        auto ended = co_await mend::try_with_recovery(in.sender, late, code);
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
    scenario in;
    using result = std::tuple<std::error_code, std::size_t>;
    std::size_t attempts = 0;
    auto const operation = [&]() -> asio::awaitable<result> {
        ++attempts;
        co_return result{attempts < 2 ? std::make_error_code(std::errc::timed_out) : std::error_code{}, attempts};
    };
    auto const never = [&]() -> asio::awaitable<result> { co_return result{std::make_error_code(std::errc::timed_out), 9}; };
    result good, bad;
    run(in, [&]() -> asio::awaitable<void> {
        good = co_await mend::with_recovery(in.sender, operation);
        bad = co_await mend::with_recovery(in.sender, {}, never);
    });
    CHECK(good == result{std::error_code{}, 2});
    CHECK(bad == result{std::make_error_code(std::errc::timed_out), 9});
}

TEST_CASE("an expected-like type of the user's own is read, retried and returned")
{
    scenario in;
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
    run(in, [&]() -> asio::awaitable<void> {
        my_expected const first = co_await mend::with_recovery(in.sender, operation);
        got = first.value();
        my_expected const second = co_await mend::with_recovery(in.sender, refuses);
        refused_with = second.error().message;
        auto const third = co_await mend::try_with_recovery(in.sender, {}, refuses);
        why = third.why();
    });
    CHECK(got == 5);
    CHECK(in.now() == 7s);
    CHECK(refused_with == "MESSAGE_EMPTY");
    CHECK(why == stop_reason::not_retryable);
}

TEST_CASE("an expected-like type that cannot be made from an error_code throws if nothing was attempted")
{
    scenario in;
    mend::call late;
    late.deadline = in.moment(0ms);
    auto const operation = []() -> asio::awaitable<my_expected> { co_return 5; };
    std::optional<stop_reason> why;
    run(in, [&]() -> asio::awaitable<void> {
        try {
            (void)co_await mend::with_recovery(in.sender, late, operation);
        } catch (mend::recovery_error const& error) {
            why = error.why();
        }
    });
    CHECK(why == stop_reason::deadline);
}

TEST_CASE("a user's specialization of result_traits is honoured")
{
    scenario in;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<reply> {
        if (++attempts == 1)
            co_return reply{429, "Too Many Requests", 12};
        co_return reply{200, "sent"};
    };
    reply last;
    run(in, [&]() -> asio::awaitable<void> { last = co_await mend::with_recovery(in.sender, operation); });
    CHECK(last.text == "sent");
    CHECK(in.now() == 12s);
}

TEST_CASE("a type that reports by value may throw as well: the last attempt decides")
{
    scenario in;
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
    run(in, [&]() -> asio::awaitable<void> {
        first = co_await mend::with_recovery(in.sender, operation);
        try {
            (void)co_await mend::with_recovery(in.sender, ends_throwing);
        } catch (mend::rpc_error const& error) {
            threw = error.failure().code == 400;
        }
        returned = co_await mend::with_recovery(in.sender, ends_returning);
    });
    CHECK(!first);
    CHECK(attempts == 4);
    CHECK(threw);
    CHECK(std::get<0>(returned) == reset);
    CHECK(std::get<1>(returned) > 1);
}

TEST_CASE("a value that carries an exception is read as what it carries")
{
    scenario in;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<std::tuple<std::exception_ptr, int>> {
        std::exception_ptr error;
        if (++attempts == 1)
            error = std::make_exception_ptr(mend::rpc_error{420, "FLOOD_WAIT_3"});
        co_return std::tuple{error, attempts};
    };
    std::optional<int> got;
    run(in, [&]() -> asio::awaitable<void> {
        auto const [error, value] = co_await mend::with_recovery(in.sender, operation);
        if (!error)
            got = value;
    });
    CHECK(got == 2);
    CHECK(in.now() == 3s);
    REQUIRE(in.manager.history().size() == 1);
    CHECK(in.manager.history()[0].message == "FLOOD_WAIT_3");
}

TEST_CASE("a tuple that starts with an exception carries the reason if nothing was attempted")
{
    scenario in;
    auto const operation = []() -> asio::awaitable<std::tuple<std::exception_ptr, int>> {
        co_return std::tuple{std::exception_ptr{}, 1};
    };
    mend::call late;
    late.deadline = in.moment(0ms);
    std::optional<std::tuple<std::exception_ptr, int>> got;
    run(in, [&]() -> asio::awaitable<void> {
        auto result = co_await mend::with_recovery(in.sender, late, operation);
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
    scenario in;
    int attempts = 0;
    auto const operation = [&]() -> asio::awaitable<twofold> { co_return twofold{++attempts == 1}; };
    run(in, [&]() -> asio::awaitable<void> { (void)co_await mend::with_recovery(in.sender, operation); });
    CHECK(attempts == 2);
    CHECK(in.manager.stats().failures_of(category::connection) == 1);  // the exception would be a flood wait
    CHECK(in.now() == 1s);
}

TEST_CASE("what an operation states beside an exception by value is kept: its wait, its delivery, its category")
{
    scenario in;
    std::vector<ms> starts;
    mend::delivery delivered{};
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [&](mend::attempt& which) -> asio::awaitable<value_or_failure> {
            starts.push_back(in.now());
            if (which.number() != 1)
                co_return value_or_failure{1, {}};
            mend::failure what;
            what.exception = std::make_exception_ptr(std::runtime_error{"boom"});
            what.known = mend::category::flood_wait;
            what.retry_after = 30s;
            what.delivered = mend::delivery::not_sent;
            co_return value_or_failure{std::nullopt, what};
        };
        mend::call const about{.idempotent = false};
        auto const ended = co_await mend::try_with_recovery(in.sender, about, send);
        CHECK(ended.why() == mend::stop_reason::none);
        delivered = ended.delivered();
    };
    asio::co_spawn(in.context, body(), asio::detached);
    in.run();
    REQUIRE(starts.size() == 2);
    CHECK(starts[1] == 30s);
    CHECK(in.manager.stats().failures_of(mend::category::flood_wait) == 1);
}
