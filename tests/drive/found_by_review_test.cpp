// What a second review found, each as the sentence that holds now. On virtual time.
#include "support/scenario.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace support;

/// A value that is an error, as std::expected carries it.
struct value_or_failure {
    std::optional<int> value;
    mend::failure what;
    [[nodiscard]] bool has_value() const { return value.has_value(); }
    [[nodiscard]] mend::failure const& error() const { return what; }
};

/// A clock that begins at the epoch, as a mock clock that a user writes does.
class clock_from_zero : public mend::time_source {
public:
    explicit clock_from_zero(mend::testing::virtual_time& real) : real_{real}, start_{real.now()} {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override
    {
        return std::chrono::steady_clock::time_point{real_.now() - start_};
    }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return real_.wall(); }
    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point until) override
    {
        return real_.sleep_until(start_ + until.time_since_epoch());
    }

private:
    mend::testing::virtual_time& real_;
    std::chrono::steady_clock::time_point start_;
};

/// Of some of its values its traits cannot say whether they are failures.
struct odd {
    int value = 0;
};

/// A value that can be made and moved, and not assigned.
struct settled {
    int const number;
};

}  // namespace

template <>
struct mend::result_traits<odd> {
    static constexpr bool carries_error = true;
    static bool failed(odd const& value)
    {
        if (value.value == 1)
            throw std::runtime_error{"cannot say"};
        return value.value != 0;
    }
    static mend::failure describe(odd const&) { return {.message = "odd"}; }
};

TEST_CASE("a chat's limit that is met again counts from then: a second chat within the hour holds all groups")
{
    scenario here;
    mend::call const first{.method = "send", .peer = -1};
    mend::call const second{.method = "send", .peer = -2};
    mend::call const third{.method = "send", .peer = -3};
    auto const banned = rpc(400, "USER_BANNED_IN_CHANNEL");
    here.spawn(0ms, first, {banned});
    here.spawn(24h + 30min, first, {banned});
    here.spawn(24h + 40min, second, {banned});
    auto& other = here.spawn(24h + 41min, third, {});
    auto& user = here.spawn(24h + 41min, {.method = "send", .peer = 4}, {});
    here.run();
    CHECK(other.why() == mend::stop_reason::quarantined);
    CHECK(user.succeeded());
}

TEST_CASE("3.9 an operation that resets its chain's cancellation state can still be cancelled, and counts no failure for it")
{
    scenario here;
    asio::cancellation_signal stop;
    mend::stop_reason why{};
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto slow = [&](mend::attempt& which) -> asio::awaitable<void> {
            if (which.number() == 1)
                throw mend::rpc_error{500, "INTERNAL"};
            std::array<char, 256> ballast{};
            co_await asio::this_coro::reset_cancellation_state(
                [ballast](asio::cancellation_type type) { return ballast[0] == 0 ? type : asio::cancellation_type::none; });
            co_await here.time.sleep_for(10s);
        };
        auto const ended = co_await mend::try_with_recovery(here.sender, {}, slow);
        why = ended.why();
    };
    asio::co_spawn(here.context, body(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    here.at(5s, [&] { stop.emit(asio::cancellation_type::terminal); });
    here.run();
    CHECK(why == mend::stop_reason::cancelled);
    CHECK(here.now() == 5s);
    CHECK(here.manager.stats().failures == 1);
}

TEST_CASE("what an operation states beside an exception by value is kept: its wait, its delivery, its category")
{
    scenario here;
    std::vector<ms> starts;
    mend::delivery delivered{};
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [&](mend::attempt& which) -> asio::awaitable<value_or_failure> {
            starts.push_back(here.now());
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
        auto const ended = co_await mend::try_with_recovery(here.sender, about, send);
        CHECK(ended.why() == mend::stop_reason::none);
        delivered = ended.delivered();
    };
    asio::co_spawn(here.context, body(), asio::detached);
    here.run();
    REQUIRE(starts.size() == 2);
    CHECK(starts[1] == 30s);
    CHECK(here.manager.stats().failures_of(mend::category::flood_wait) == 1);
}

TEST_CASE("3.2 an operation that joins a recovery under way does not count a settle that has passed against its deadline")
{
    scenario here;
    here.on_reconnect();
    mend::call const hurried{.deadline = here.moment(3500ms)};
    auto& late = here.spawn(0ms, hurried, {broken(1900ms)});
    here.spawn(0ms, {}, {broken()});
    here.run();
    CHECK(late.succeeded());
    CHECK(late.starts() == std::vector<ms>{0ms, 3s});
}

TEST_CASE("a callback that is removed while its turn is coming is one run that failed")
{
    scenario here;
    auto& leaving = here.on_disconnect();
    here.on_reconnect();
    leaving.on_begin = [&] { here.manager.on_reconnect(nullptr); };
    here.spawn({broken()});
    here.run();
    auto const runs = here.manager.stats().actions_of(mend::action::reconnect);
    CHECK(runs.started == 1);
    CHECK(runs.succeeded + runs.failed == 1);
}

TEST_CASE("a clock may begin at its epoch: what happens then is told and counted as later")
{
    mend::testing::virtual_time real;
    clock_from_zero clock{real};
    asio::io_context context;
    mend::options chosen = exact_options();
    chosen.time = &clock;
    chosen = with_policy(chosen, mend::category::session_lost, [](mend::policy& each) { each.settle = 0ms; });
    chosen = with_policy(chosen, mend::category::connection, [](mend::policy& each) { each.settle = 0ms; });
    mend::recovery_manager manager{context.get_executor(), chosen};
    mend::account account{manager, "main"};
    manager.on_reconnect([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    mend::statistics::action_count runs;
    std::chrono::milliseconds elapsed{};
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [&](mend::attempt& which) -> asio::awaitable<void> {
            if (which.number() == 1)
                throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        auto const ended = co_await mend::try_with_recovery(account, {}, send);
        elapsed = ended.elapsed();
    };
    asio::co_spawn(context, body(), asio::detached);
    real.run(context);
    runs = manager.stats().actions_of(mend::action::reconnect);
    CHECK(runs.started == 1);
    CHECK(runs.succeeded == 1);
    CHECK(elapsed == 1s);
}

TEST_CASE("3.2 a hold that is too long ends at once those who wait for their delay, too")
{
    scenario here{with_policy(exact_options(), mend::category::temporary, [](mend::policy& each) { each.delay.base = 60s; })};
    mend::call const about{.method = "send", .idempotent = true};
    auto& delayed = here.spawn(0ms, about, {unavailable()});
    here.spawn(1s, about, {flood(48 * 3600)});
    here.run();
    CHECK(delayed.why() == mend::stop_reason::wait_too_long);
    CHECK(delayed.ended == 1s);
}

TEST_CASE("3.11 result_traits that cannot say whether a value is a failure: that is one, of unknown delivery")
{
    scenario here;
    bool threw = false;
    unsigned attempts = 0;
    auto body = [&]() -> asio::awaitable<void> {
        try {
            auto send = [&](mend::attempt& which) -> asio::awaitable<odd> { co_return odd{which.number() < 3 ? 1 : 0}; };
            auto const ended = co_await mend::try_with_recovery(here.sender, {}, send);
            attempts = ended.attempts();
        } catch (...) {
            threw = true;
        }
    };
    asio::co_spawn(here.context, body(), asio::detached);
    here.run();
    CHECK_FALSE(threw);
    CHECK(attempts == 3);
    CHECK(here.manager.stats().failures == 2);
}

TEST_CASE("classifying a long text takes a time in proportion to its length")
{
    std::string text;
    for (int index = 0; index != 100'000; ++index)
        text += "FLOOD_WAIT_X (";
    auto const rules = mend::telegram::rules();
    (void)rules.classify({.message = "warm"});
    auto const before = std::chrono::steady_clock::now();
    (void)rules.classify({.message = text});
    auto const taken = std::chrono::steady_clock::now() - before;
    CHECK(taken < 5s);
}

TEST_CASE("an operation's value need not be assignable")
{
    scenario here;
    int number = 0;
    auto body = [&]() -> asio::awaitable<void> {
        auto send = [](mend::attempt& which) -> asio::awaitable<settled> {
            if (which.number() == 1)
                throw mend::rpc_error{500, "INTERNAL"};
            co_return settled{7};
        };
        auto const sent = co_await mend::with_recovery(here.sender, {.attempt_timeout = 1s}, send);
        number = sent.number;
    };
    asio::co_spawn(here.context, body(), asio::detached);
    here.run();
    CHECK(number == 7);
}

TEST_CASE("3.13 a login that is needed after a weaker recovery, and over the budget by then, quarantines the account")
{
    mend::options chosen = exact_options();
    chosen.relogins_per_day = 1;
    scenario here{chosen};
    here.on_reconnect();
    auto& logins = here.on_relogin();
    here.spawn(0ms, {}, {lost_session()});
    mend::call const hurried{.deadline = here.moment(11s)};
    here.spawn(9s, hurried, {lost_session(1500ms)});
    here.spawn(10s, {}, {broken()});
    auto& later = here.spawn(20s, {}, {});
    here.run();
    CHECK(logins.count() == 1);
    CHECK(later.why() == mend::stop_reason::quarantined);
    CHECK(later.attempts.empty());
}

TEST_CASE("a login that is needed after a weaker recovery does not run once the account is dead")
{
    scenario here;
    here.on_reconnect(always(ok(5s)));
    auto& logins = here.on_relogin();
    mend::call const hurried{.deadline = here.moment(3s)};
    here.spawn(0ms, hurried, {lost_session(2s)});
    here.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED", 4s)});
    here.spawn(0ms, {}, {broken(1s)});
    here.run();
    CHECK(logins.count() == 0);
}

TEST_CASE("3.2 a moment told by a rule that has passed already is a told wait of 1 s")
{
    mend::options chosen = exact_options();
    mend::classifier rules;
    scenario* where = nullptr;
    rules.when([&](mend::failure const&) -> std::optional<mend::classification> {
        mend::classification says;
        says.what = mend::category::flood_wait;
        says.where = mend::scope::method;
        says.delivered = mend::delivery::not_sent;
        says.retry_at = where->time.wall() - 1s;
        return says;
    });
    chosen.rules = rules.then(mend::telegram::rules());
    scenario here{chosen};
    where = &here;
    auto& sent = here.spawn(0ms, {.method = "send"}, {refused(), refused()});
    here.run();
    CHECK(sent.starts() == std::vector<ms>{0ms, 1s, 2s});
}

TEST_CASE("a quarantine ends at once an operation whose refresh is running")
{
    scenario here;
    here.on_refresh(always(ok(50s)));
    auto& refreshing = here.spawn(0ms, {}, {rpc(400, "FILE_REFERENCE_EXPIRED")});
    here.spawn(1s, {}, {rpc(401, "USER_DEACTIVATED")});
    here.run();
    CHECK(refreshing.why() == mend::stop_reason::quarantined);
    CHECK(refreshing.ended == 1s);
}

TEST_CASE("a quarantine ends at once an operation that waits for a recovery after its failure")
{
    scenario here;
    here.on_reconnect(always(ok(50s)));
    here.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED", 10s)});
    auto& waiting = here.spawn(0ms, {}, {broken()});
    here.run();
    CHECK(waiting.why() == mend::stop_reason::quarantined);
    CHECK(waiting.ended == 10s);
}

TEST_CASE("an operation that a quarantine reaches waits for no recovery after its failure")
{
    scenario here;
    auto& reconnects = here.on_reconnect(always(ok(50s)));
    auto& broke = here.spawn(0ms, {}, {broken(1s)});
    here.spawn(0ms, {}, {rpc(401, "USER_DEACTIVATED")});
    here.run();
    CHECK(broke.why() == mend::stop_reason::quarantined);
    CHECK(broke.ended == 1s);
    CHECK(reconnects.count() == 0);  // it would mend nothing for anybody
}

TEST_CASE("an attempt's time never goes beyond the deadline, not by a part of a millisecond")
{
    scenario here;
    auto const deadline = here.moment(0ms) + std::chrono::microseconds{1500};
    here.spawn(0ms, {.attempt_timeout = 10s, .deadline = deadline}, {ok(forever)});
    here.run();
    CHECK(here.time.elapsed() == std::chrono::microseconds{1500});
}

TEST_CASE("a word that is longer than any name is no new name of Telegram's, and is not remembered as one")
{
    std::string const word = "A_" + std::string(1'000'000, 'B');
    CHECK(mend::telegram::rules().unknown_name({.code = 400, .message = word}).empty());
    CHECK(mend::telegram::rules().unknown_name({.code = 400, .message = "A_NEW_NAME"}) == "A_NEW_NAME");
}

TEST_CASE("3.4 a reply that passed a quarantine admits nobody to the gate behind it")
{
    scenario here{
        with_policy(exact_options(), mend::category::account_limited, [](mend::policy& each) { each.quarantine = 10s; })};
    mend::call const cold{.method = "send"};
    mend::call const reply{.method = "send", .reply = true};
    here.spawn(0ms, cold, {rpc(400, "PEER_FLOOD")});
    here.spawn(9s, reply, {ok(2s)});
    here.spawn(10500ms, cold, {ok(5s)});
    auto& second = here.spawn(10600ms, cold, {});
    auto& third = here.spawn(10700ms, cold, {});
    here.run();
    CHECK(second.starts() == std::vector<ms>{15500ms});
    CHECK(third.starts() == std::vector<ms>{15500ms});
}

TEST_CASE("3.2 a hold beyond its deadline ends an operation at once, also while that waits for its delay")
{
    scenario here{with_policy(exact_options(), mend::category::temporary, [](mend::policy& each) { each.delay.base = 60s; })};
    mend::call const hurried{.method = "send", .idempotent = true, .deadline = here.moment(300s)};
    auto& delayed = here.spawn(0ms, hurried, {unavailable()});
    here.spawn(1s, {.method = "send"}, {flood(3600)});
    here.run();
    CHECK(delayed.ended == 1s);
}
