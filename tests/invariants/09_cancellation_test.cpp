// Invariant 9: cancellation is prompt and is never a failure.
#include "support/scenario.hpp"

#include <tuple>

namespace {

using namespace support;
using mend::event_kind;
using mend::stop_reason;

void cancel_at(scenario& s, operation_record& op, ms when)
{
    s.at(when, [&op] { op.cancel(); });
}

/// Ended cancelled at that very moment, with so many attempts begun.
void check_cancelled(operation_record const& op, ms when, std::size_t attempts)
{
    REQUIRE(op.has_ended());
    CHECK(op.broke == nullptr);
    REQUIRE(op.result);
    CHECK(op.why() == stop_reason::cancelled);
    CHECK(op.ended == when);
    CHECK(op.attempts.size() == attempts);
    CHECK(op.result->attempts() == attempts);
    try {
        op.result->value();
        FAIL("a cancelled operation has no value");
    } catch (mend::detail::asio_system_error const& error) {
        CHECK(error.code() == asio::error::operation_aborted);
    }
}

/// Emits into a chain of its own.
struct stoppable {
    asio::cancellation_signal signal;
    std::exception_ptr thrown;
    bool ended = false;

    template <class Function>
    void start(asio::io_context& context, Function function)
    {
        asio::co_spawn(context, std::move(function),
                       asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr error) {
                           thrown = error;
                           ended = true;
                       }));
    }
};

bool is_abort(std::exception_ptr const& thrown)
{
    if (!thrown)
        return false;
    try {
        std::rethrow_exception(thrown);
    } catch (mend::detail::asio_system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

struct my_expected {
    int value_ = 0;
    std::error_code error_{};
    bool has_value() const { return !error_; }
    std::error_code const& error() const { return error_; }
};

}  // namespace

TEST_CASE("3.9 cancelled while a hold keeps it back")
{
    scenario s;
    auto& first = s.spawn({flood(100), ok()});
    auto& second = s.spawn(1s, {}, {ok()});
    cancel_at(s, second, 5s);
    s.run();
    check_cancelled(second, 5s, 0);
    CHECK(second.result->delivered() == mend::delivery::not_sent);
    CHECK(first.succeeded());
    CHECK(first.ended == 100s);
    auto const stats = s.manager.stats();
    CHECK(stats.operations == 2);
    CHECK(stats.failures == 1);
    CHECK(stats.recoveries == 1);
    CHECK(stats.refused == 0);
}

TEST_CASE("3.9 cancelled while it waits out its own flood wait")
{
    scenario s;
    auto& op = s.spawn({flood(100), ok()});
    cancel_at(s, op, 5s);
    s.run();
    check_cancelled(op, 5s, 1);
    // What it learnt stays.
    auto& next = s.spawn(6s, {}, {ok()});
    s.run();
    CHECK(next.starts() == std::vector<ms>{100s});
}

TEST_CASE("3.9 cancelled during backoff")
{
    scenario s;
    auto& op = s.spawn({unavailable(), ok()});
    cancel_at(s, op, 500ms);
    s.run();
    check_cancelled(op, 500ms, 1);
    auto const stats = s.manager.stats();
    CHECK(stats.operations == 1);
    CHECK(stats.failures == 1);
    CHECK(stats.recoveries == 1);
    CHECK(stats.cancelled == 1);
    CHECK(stats.gave_up == 0);
    CHECK(s.events->count(event_kind::cancelled) == 1);
    CHECK(s.events->count(event_kind::gave_up) == 0);
    REQUIRE(s.manager.history().size() == 1);
    CHECK(s.manager.history()[0].ended == mend::history_entry::result::cancelled);
}

TEST_CASE("3.9 cancelled in the queue at a gate: the others keep their turn")
{
    scenario s;
    auto& first = s.spawn({flood(10), ok(5s)});
    auto& second = s.spawn(1s, {}, {ok()});
    auto& third = s.spawn(2s, {}, {ok()});
    auto& fourth = s.spawn(3s, {}, {ok()});
    cancel_at(s, second, 11s);
    s.run();
    check_cancelled(second, 11s, 0);
    CHECK(first.ended == 15s);
    CHECK(third.starts() == std::vector<ms>{15s});
    CHECK(fourth.starts() == std::vector<ms>{15s});
}

TEST_CASE("3.9 cancelled after it was let through a gate: the next goes at once")
{
    scenario s;
    auto& first = s.spawn({flood(10), ok(forever)});
    auto& second = s.spawn(1s, {}, {ok()});
    cancel_at(s, first, 12s);
    s.run();
    check_cancelled(first, 12s, 2);
    CHECK(second.starts() == std::vector<ms>{12s});
    CHECK(second.succeeded());
}

TEST_CASE("3.9 cancelled while it waits for a recovery: the recovery and the others go on")
{
    bool const the_one_that_began = GENERATE(true, false);
    scenario s;
    auto& reconnect = s.on_reconnect({ok(10s)});
    auto& first = s.spawn({broken(1ms), ok()});
    auto& second = s.spawn({broken(1ms), ok()});
    auto& stopped = the_one_that_began ? first : second;
    auto& other = the_one_that_began ? second : first;
    cancel_at(s, stopped, 5s);
    s.run();
    check_cancelled(stopped, 5s, 1);
    REQUIRE(reconnect.count() == 1);
    CHECK(reconnect.runs[0].succeeded);
    CHECK(reconnect.runs[0].ended == 12'001ms);  // settle 2 s
    CHECK(other.succeeded());
    CHECK(other.attempts.size() == 2);
    CHECK(other.starts()[1] >= 12'001ms);
}

TEST_CASE("3.9 cancelled before attempt 1, while a recovery of the account runs")
{
    scenario s;
    s.on_reconnect({ok(10s)});
    s.spawn({broken(), ok()});
    auto& late = s.spawn(3s, {}, {ok()});
    cancel_at(s, late, 4s);
    s.run();
    check_cancelled(late, 4s, 0);
}

TEST_CASE("3.9 cancelled in the queue for a callback's slot")
{
    auto made = exact_options();
    made.max_concurrent_recoveries = 1;
    scenario s{made};
    auto& reconnect = s.on_reconnect(always(ok(10s)));
    auto& first = s.spawn({broken(), ok()});
    auto& second = s.spawn(s.another("other"), 1s, {}, {broken(), ok()});
    cancel_at(s, second, 5s);
    s.run();
    check_cancelled(second, 5s, 1);
    CHECK(first.succeeded());
    CHECK(reconnect.count() >= 1);
    // Its recovery is still needed by the account: either nobody needs it any more, or it ran after the first.
    for (auto const& each : reconnect.runs)
        CHECK((each.account == "sender" || each.began >= 12s));
}

TEST_CASE("3.9 cancelled during its refresh: the callback ends with it")
{
    scenario s;
    auto& refresh = s.on_refresh({ok(forever)});
    auto& op = s.spawn({rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    cancel_at(s, op, 5s);
    s.run();
    check_cancelled(op, 5s, 1);
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].cancelled);
    CHECK(refresh.runs[0].ended == 5s);
}

TEST_CASE("3.9 cancelled during attempt 1")
{
    scenario s;
    auto& op = s.spawn({ok(10s)});
    cancel_at(s, op, 3s);
    s.run();
    check_cancelled(op, 3s, 1);
    CHECK(op.attempts[0]->cancelled);
    CHECK(op.attempts[0]->ended == 3s);
    auto const stats = s.manager.stats();
    CHECK(stats.operations == 1);
    CHECK(stats.failures == 0);
    CHECK(stats.recoveries == 0);
    CHECK(s.manager.history().empty());
    CHECK(s.sender.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("3.9 cancelled during a later attempt: not one failure more")
{
    scenario s;
    auto& op = s.spawn({unavailable(), ok(10s)});
    cancel_at(s, op, 3s);
    s.run();
    check_cancelled(op, 3s, 2);
    auto const stats = s.manager.stats();
    CHECK(stats.failures == 1);
    CHECK(stats.cancelled == 1);
    CHECK(stats.recoveries == 1);
    CHECK(s.events->count(event_kind::attempt_failed) == 1);
}

TEST_CASE("3.9 cancelled during an attempt that has a time limit")
{
    scenario s;
    mend::call about;
    about.attempt_timeout = 60s;
    auto& first = s.spawn(about, {ok(10s)});
    auto& second = s.spawn(about, {unavailable(), ok(10s)});
    cancel_at(s, first, 3s);
    cancel_at(s, second, 3s);
    s.run();
    check_cancelled(first, 3s, 1);
    check_cancelled(second, 3s, 2);
    CHECK(first.attempts[0]->cancelled);
    CHECK(s.manager.stats().failures == 1);
    CHECK(s.now() == 3s);  // no sleeper is left behind
}

TEST_CASE("3.9 an attempt that does not honour cancellation is awaited, and its value kept")
{
    ms const limit = GENERATE(0ms, 60'000ms);
    scenario s;
    mend::call about;
    about.attempt_timeout = limit;
    auto& first = s.spawn(about, {ok(10s).stubborn()});
    auto& second = s.spawn(about, {unavailable(), ok(10s).stubborn()});
    cancel_at(s, first, 3s);
    cancel_at(s, second, 3s);
    s.run();
    REQUIRE(first.has_ended());
    CHECK(first.ended == 10s);
    CHECK(first.succeeded());
    REQUIRE(second.has_ended());
    CHECK(second.ended == 11s);
    CHECK(second.succeeded());
    auto const stats = s.manager.stats();
    CHECK(stats.recovered == 1);
    CHECK(stats.cancelled == 0);
}

TEST_CASE("3.9 what an attempt throws after it was cancelled is not classified")
{
    ms const limit = GENERATE(0ms, 60'000ms);
    scenario s;
    mend::call about;
    about.attempt_timeout = limit;
    auto& op = s.spawn(about, {flood(100, 10s).stubborn(), ok()});
    auto& retried = s.spawn(about, {unavailable(), flood(100, 10s).stubborn(), ok()});
    cancel_at(s, op, 3s);
    cancel_at(s, retried, 3s);
    s.run();
    check_cancelled(op, 10s, 1);
    check_cancelled(retried, 11s, 2);
    CHECK(s.manager.stats().failures == 1);
    CHECK(s.manager.stats().failures_of(mend::category::flood_wait) == 0);
    CHECK(s.sender.state().what == mend::account_state::kind::healthy);
}

TEST_CASE("3.9 a success and a cancellation at one moment: the value wins, for every way to call")
{
    scenario s;
    stoppable plain, with_call, outcome;
    int sum = 0;
    // The cancellation comes while the operation is about to return: after its last wait, before its end.
    auto const run = [&](stoppable& which) {
        return [&s, &which]() -> asio::awaitable<int> {
            co_await s.time.sleep_for(1s);
            which.signal.emit(asio::cancellation_type::terminal);
            co_return 7;
        };
    };
    auto const first = run(plain);
    auto const second = run(with_call);
    auto const third = run(outcome);
    plain.start(s.context, [&]() -> asio::awaitable<void> { sum += co_await mend::with_recovery(s.sender, first); });
    with_call.start(s.context, [&]() -> asio::awaitable<void> {
        mend::call const about{.method = "m", .attempt_timeout = 60s};
        sum += co_await mend::with_recovery(s.sender, about, second);
    });
    outcome.start(s.context, [&]() -> asio::awaitable<void> {
        auto result = co_await mend::try_with_recovery(s.sender, {}, third);
        sum += result.value();
    });
    s.run();
    CHECK(plain.thrown == nullptr);
    CHECK(with_call.thrown == nullptr);
    CHECK(outcome.thrown == nullptr);
    CHECK(sum == 21);
    CHECK(s.manager.stats().operations == 3);
}

TEST_CASE("3.9 an operation_aborted that nobody asked for is classified and retried")
{
    scenario s;
    mend::call timed;
    timed.attempt_timeout = 60s;
    step const own_timeout = raises(mend::detail::asio_system_error{asio::error::operation_aborted});
    auto& op = s.spawn({own_timeout, ok()});
    auto& late = s.spawn({unavailable(), own_timeout, ok()});
    auto& limited = s.spawn(timed, {own_timeout, ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(op.attempts.size() == 2);
    CHECK(late.succeeded());
    CHECK(late.attempts.size() == 3);
    CHECK(limited.succeeded());
    CHECK(s.manager.stats().failures == 4);
    CHECK(s.manager.stats().cancelled == 0);
}

namespace {

/// with_recovery of an operation that returns T, cancelled in its backoff and in its attempt.
template <class T>
void check_throws_when_cancelled(T failed_value)
{
    for (bool in_attempt : {false, true}) {
        scenario s;
        stoppable op;
        int attempts = 0;
        bool returned = false;
        auto const operation = [&]() -> asio::awaitable<T> {
            ++attempts;
            if (in_attempt)
                co_await s.time.sleep_for(10s);
            co_return failed_value;
        };
        op.start(s.context, [&]() -> asio::awaitable<void> {
            (void)co_await mend::with_recovery(s.sender, operation);
            returned = true;
        });
        s.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
        s.run();
        REQUIRE(op.ended);
        CHECK(is_abort(op.thrown));
        CHECK(!returned);
        CHECK(attempts == 1);
        CHECK(s.now() == 500ms);
        CHECK(s.manager.stats().operations == 1);
    }
}

}  // namespace

TEST_CASE("3.9 cancelled: with_recovery throws operation_aborted, also for types that carry errors")
{
    auto const reset = std::make_error_code(std::errc::connection_reset);
    check_throws_when_cancelled<std::error_code>(reset);
    check_throws_when_cancelled<std::tuple<std::error_code, int>>({reset, 0});
    check_throws_when_cancelled<my_expected>({0, reset});
}

TEST_CASE("3.9 cancelled: try_with_recovery returns an outcome, also for types that carry errors")
{
    scenario s;
    stoppable op;
    std::optional<mend::outcome<std::error_code>> result;
    auto const operation = [&]() -> asio::awaitable<std::error_code> {
        co_return std::make_error_code(std::errc::connection_reset);
    };
    op.start(s.context, [&]() -> asio::awaitable<void> {
        auto ended = co_await mend::try_with_recovery(s.sender, {}, operation);
        result.emplace(std::move(ended));
    });
    s.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    s.run();
    CHECK(op.thrown == nullptr);
    REQUIRE(result);
    CHECK(result->why() == stop_reason::cancelled);
    CHECK(!result->has_value());
    CHECK(is_abort(result->exception()));
}

TEST_CASE("3.9 a chain that does not throw when cancelled is ended all the same, and stays as it was")
{
    bool const with_outcome = GENERATE(false, true);
    int const where = GENERATE(0, 1, 2);  // in backoff, at a hold, in the attempt
    scenario s;
    stoppable op;
    int attempts = 0;
    bool aborted = false;
    bool changed = false;
    ms ended{0};
    if (where == 1)
        s.spawn({flood(100), ok()});
    auto const operation = [&]() -> asio::awaitable<int> {
        ++attempts;
        if (where == 2)
            co_await s.time.sleep_for(10s);
        throw mend::rpc_error{500, "INTERNAL"};
    };
    op.start(s.context, [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        if (with_outcome) {
            auto const result = co_await mend::try_with_recovery(s.sender, {}, operation);
            aborted = result.why() == stop_reason::cancelled && is_abort(result.exception());
        } else {
            try {
                co_await mend::with_recovery(s.sender, operation);
            } catch (mend::detail::asio_system_error const& error) {
                aborted = error.code() == asio::error::operation_aborted;
            }
        }
        ended = s.now();
        bool const throws = co_await asio::this_coro::throw_if_cancelled();
        changed = throws;
    });
    s.at(500ms, [&] { op.signal.emit(asio::cancellation_type::terminal); });
    s.run();
    CHECK(op.ended);
    CHECK(op.thrown == nullptr);
    CHECK(aborted);
    CHECK(!changed);
    CHECK(attempts == (where == 1 ? 0 : 1));
    CHECK(ended == 500ms);
}

TEST_CASE("3.9 only what the caller's chain lets through cancels it")
{
    scenario s;
    stoppable deaf, hearing;
    std::vector<ms> ended;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    deaf.start(s.context, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(s.sender, operation); });
    hearing.start(s.context, [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await mend::with_recovery(s.sender, operation);
    });
    s.at(500ms, [&] {
        deaf.signal.emit(asio::cancellation_type::total);  // only terminal comes through by default
        hearing.signal.emit(asio::cancellation_type::total);
    });
    s.run();
    CHECK(deaf.ended);
    CHECK(deaf.thrown == nullptr);
    CHECK(hearing.ended);
    CHECK(is_abort(hearing.thrown));
}

TEST_CASE("3.9 cancelled twice is cancelled once")
{
    scenario s;
    auto& op = s.spawn({unavailable(), ok()});
    cancel_at(s, op, 500ms);
    cancel_at(s, op, 500ms);
    cancel_at(s, op, 700ms);
    s.run();
    check_cancelled(op, 500ms, 1);
    CHECK(s.manager.stats().operations == 1);
    CHECK(s.manager.stats().cancelled == 1);
}

TEST_CASE("3.9 operations cancelled in every state leave the account as if they had never been")
{
    scenario s;
    for (int index = 0; index != 20; ++index) {
        auto& op = s.spawn(ms{index * 100}, {}, {unavailable(ms{300}), unavailable(ms{700}), ok(2s)});
        cancel_at(s, op, ms{index * 100 + index * 150});
    }
    // What they met were failures all the same. The outage is over with the first attempt, and that need not wait.
    mend::account_state before{};
    s.at(59s, [&] { before = s.sender.state(); });
    auto& next = s.spawn(60s, {}, {ok()});
    s.run();
    CHECK(s.all_ended());
    CHECK(before.what == mend::account_state::kind::outage);
    CHECK(next.starts() == std::vector<ms>{60s});
    CHECK(s.sender.state().what == mend::account_state::kind::healthy);
    auto const stats = s.manager.stats();
    CHECK(stats.operations == 21);
    CHECK(stats.recoveries == stats.recovered + stats.gave_up + stats.cancelled);
}
