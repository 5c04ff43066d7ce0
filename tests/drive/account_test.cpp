#include <mend/account.hpp>

#include "support/scenario.hpp"

#include <type_traits>

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;
using kind = mend::account_state::kind;

}  // namespace

TEST_CASE("an account copies its id and phone, and is movable but not copyable")
{
    scenario s;
    std::string id = "an id that is long enough to be allocated on the heap";
    mend::account first{s.manager, id, "+4912345"};
    id.assign("overwritten");
    mend::account second{std::move(first)};
    CHECK(second.id() == "an id that is long enough to be allocated on the heap");
    CHECK(second.phone() == "+4912345");
    mend::account third{s.manager, ""};
    CHECK(third.id().empty());
    CHECK(third.phone().empty());
    third = std::move(second);
    CHECK(third.phone() == "+4912345");
    CHECK(third.state().what == kind::healthy);
    CHECK(!std::is_copy_constructible_v<mend::account>);
    CHECK(std::is_nothrow_move_constructible_v<mend::account>);
}

TEST_CASE("an account's names may have any length and hold any bytes")
{
    scenario s;
    for (std::size_t const size : {0U, 1U, 127U, 128U, 16'383U, 16'384U, 3'000'000U}) {
        std::string const id(size, '\0');
        std::string const phone(size / 2, '\xff');
        mend::account const named{s.manager, id, phone};
        CHECK(named.id() == id);
        CHECK(named.phone() == phone);
    }
}

TEST_CASE("an account that is moved takes its operations along, one that is assigned over closes")
{
    scenario s;
    mend::account first{s.manager, "first"};
    mend::account second{s.manager, "second"};
    auto const operation = [](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    std::optional<stop_reason> of_first, of_second;
    auto const run = [&](mend::account& on, std::optional<stop_reason>& why) -> asio::awaitable<void> {
        auto const result = co_await mend::try_with_recovery(on, {}, operation);
        why = result.why();
    };
    asio::co_spawn(s.context, run(first, of_first), [](std::exception_ptr error) { CHECK(error == nullptr); });
    asio::co_spawn(s.context, run(second, of_second), [](std::exception_ptr error) { CHECK(error == nullptr); });
    s.at(500ms, [&] { second = std::move(first); });
    s.run();
    CHECK(of_first == stop_reason::none);
    CHECK(of_second == stop_reason::closed);
    CHECK(second.id() == "first");
}

TEST_CASE("an account's state tells waiting, recovering, quarantined and closed, until when and why")
{
    scenario s;
    s.on_reconnect({ok(10s)});
    std::vector<mend::account_state> seen;
    auto const look = [&] { seen.push_back(s.sender.state()); };
    s.spawn(0ms, {.method = "send"}, {flood(20), ok()});
    s.at(5s, look);
    s.spawn(1min, {}, {broken(), ok()});
    s.at(65s, look);
    s.spawn(2min, {}, {rpc(401, "USER_DEACTIVATED_BAN")});
    s.at(130s, look);
    s.at(140s, [&] {
        s.sender.close();
        look();
    });
    look();
    s.run();
    REQUIRE(seen.size() == 5);
    CHECK(seen[0].what == kind::healthy);
    CHECK(!seen[0].until);
    CHECK(seen[1].what == kind::waiting);
    CHECK(seen[1].why == category::flood_wait);
    REQUIRE(seen[1].until);
    CHECK(s.since_began(*seen[1].until) == 20s);
    CHECK(seen[2].what == kind::recovering);
    CHECK(seen[2].why == category::connection);
    CHECK(seen[3].what == kind::quarantined);
    CHECK(seen[3].why == category::account_dead);
    CHECK(!seen[3].until);
    CHECK(seen[4].what == kind::closed);
}

TEST_CASE("an account's own callbacks go before the manager's")
{
    scenario s;
    auto& general = s.on_reconnect();
    auto& own = s.script_callback("own");
    s.sender.on_reconnect(s.callback(own));
    s.spawn({broken(), ok()});
    s.spawn(s.another("other"), 0ms, {}, {broken(), ok()});
    s.run();
    CHECK(own.count() == 1);
    REQUIRE(general.count() == 1);
    CHECK(general.runs[0].account == "other");
    s.sender.on_reconnect(nullptr);
    s.spawn(1min, {}, {broken(), ok()});
    s.run();
    CHECK(own.count() == 1);
    CHECK(general.count() == 2);
}

TEST_CASE("release() lifts a quarantine, but no wait that the server told")
{
    scenario s;
    s.spawn(0ms, {.method = "send"}, {rpc(400, "PEER_FLOOD")});
    s.spawn(0ms, {.method = "read"}, {flood(100), ok()});
    s.at(10s, [&] { s.sender.release(); });
    auto& before = s.spawn(5s, {.method = "send"}, {ok()});
    auto& after = s.spawn(11s, {.method = "send"}, {ok()});
    auto& held = s.spawn(11s, {.method = "read"}, {ok()});
    s.run();
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(held.starts().front() >= 100s);
    CHECK(s.events->count(mend::event_kind::released) == 1);
}

TEST_CASE("release() brings even a dead account back")
{
    scenario s;
    s.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    s.at(1s, [&] { s.sender.release(); });
    auto& op = s.spawn(2s, {}, {ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(s.sender.state().what == kind::healthy);
}

TEST_CASE("an account that is destroyed closes its operations, the manager may go first, and the other way round")
{
    bool const manager_first = GENERATE(true, false);
    mend::testing::virtual_time time;
    asio::io_context context{1};
    auto made = exact_options();
    made.time = &time;
    std::optional<mend::recovery_manager> manager{std::in_place, context.get_executor(), made};
    std::optional<mend::account> account{std::in_place, *manager, "gone"};
    std::vector<stop_reason> ends;
    auto const operation = []() -> asio::awaitable<void> {
        throw mend::rpc_error{420, "FLOOD_WAIT_100"};
        co_return;
    };
    for (int index = 0; index != 3; ++index) {
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                auto const result = co_await mend::try_with_recovery(*account, {}, operation);
                ends.push_back(result.why());
            },
            [](std::exception_ptr error) { CHECK(error == nullptr); });
    }
    context.poll();
    CHECK(ends.empty());
    if (manager_first)
        manager.reset();
    else
        account.reset();
    time.run(context);
    CHECK(ends == std::vector<stop_reason>(3, stop_reason::closed));
    if (account && manager_first)
        CHECK(account->state().what == kind::closed);
}

TEST_CASE("close() is heard once, however often it is called")
{
    scenario s;
    auto& op = s.spawn({unavailable(), ok()});
    s.at(500ms, [&] {
        s.sender.close();
        s.sender.close();
        s.manager.close();
    });
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(s.manager.stats().operations == 1);
    CHECK(s.manager.stats().gave_up == 1);
}

TEST_CASE("an account of a manager that is closed already is closed")
{
    scenario s;
    s.manager.close();
    mend::account late{s.manager, "late"};
    CHECK(late.state().what == kind::closed);
    auto& op = s.spawn(late, 0ms, {}, {ok()});
    s.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.attempts.empty());
}

TEST_CASE("release() of an account that is well lifts nothing, and nobody hears of it")
{
    scenario s;
    s.sender.release();
    CHECK(s.events->count(mend::event_kind::released) == 0);
    CHECK(s.sender.state().what == kind::healthy);
}

TEST_CASE("an io_context that is destroyed while a stronger recovery waits for its turn leaves the account well")
{
    mend::testing::virtual_time time;
    auto context = std::make_unique<asio::io_context>();
    mend::policy_table patient;
    for (auto const what : {category::connection, category::session_lost}) {
        mend::policy its = patient[what];
        its.action_timeout = mend::policy::forever;
        patient.set(what, its);
    }
    mend::recovery_manager manager{context->get_executor(), {.policies = patient, .seed = 1, .time = &time}};
    mend::account account{manager, "main"};
    int logins = 0;
    manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
        co_await time.sleep_until(std::chrono::steady_clock::time_point::max());
    });
    manager.on_relogin([&](mend::recovery_request const&) -> asio::awaitable<void> {
        ++logins;
        co_return;
    });
    auto const reset = [&]() -> asio::awaitable<void> {
        co_await time.sleep_for(1s);
        throw std::system_error{std::make_error_code(std::errc::connection_reset)};
    };
    auto const lost = [&]() -> asio::awaitable<void> {
        co_await time.sleep_for(5s);
        throw mend::rpc_error{401, "SESSION_REVOKED"};
    };
    auto const ignore = [](std::exception_ptr) {};
    asio::co_spawn(*context, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(account, reset); }, ignore);
    asio::co_spawn(*context, [&]() -> asio::awaitable<void> { co_await mend::with_recovery(account, lost); }, ignore);
    time.run(*context);
    CHECK(account.state().what == kind::recovering);
    context.reset();
    CHECK(account.state().what == kind::healthy);
    CHECK(logins == 0);
}
