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
    scenario in;
    std::string id = "an id that is long enough to be allocated on the heap";
    mend::account first{in.manager, id, "+4912345"};
    id.assign("overwritten");
    mend::account second{std::move(first)};
    CHECK(second.id() == "an id that is long enough to be allocated on the heap");
    CHECK(second.phone() == "+4912345");
    mend::account third{in.manager, ""};
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
    scenario in;
    for (std::size_t const size : {0U, 1U, 127U, 128U, 16'383U, 16'384U, 3'000'000U}) {
        std::string const id(size, '\0');
        std::string const phone(size / 2, '\xff');
        mend::account const named{in.manager, id, phone};
        CHECK(named.id() == id);
        CHECK(named.phone() == phone);
    }
}

TEST_CASE("an account that is moved takes its operations along, one that is assigned over closes")
{
    scenario in;
    mend::account first{in.manager, "first"};
    mend::account second{in.manager, "second"};
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
    asio::co_spawn(in.context, run(first, of_first), [](std::exception_ptr error) { CHECK(error == nullptr); });
    asio::co_spawn(in.context, run(second, of_second), [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.at(500ms, [&] { second = std::move(first); });
    in.run();
    CHECK(of_first == stop_reason::none);
    CHECK(of_second == stop_reason::closed);
    CHECK(second.id() == "first");
}

TEST_CASE("an account's state is waiting, recovering, quarantined or closed, with until when and why")
{
    scenario in;
    in.on_reconnect({ok(10s)});
    std::vector<mend::account_state> seen;
    auto const look = [&] { seen.push_back(in.sender.state()); };
    in.spawn(0ms, {.method = "send"}, {flood(20), ok()});
    in.at(5s, look);
    in.spawn(1min, {}, {broken(), ok()});
    in.at(65s, look);
    in.spawn(2min, {}, {rpc(401, "USER_DEACTIVATED_BAN")});
    in.at(130s, look);
    in.at(140s, [&] {
        in.sender.close();
        look();
    });
    look();
    in.run();
    REQUIRE(seen.size() == 5);
    CHECK(seen[0].what == kind::healthy);
    CHECK(!seen[0].until);
    CHECK(seen[1].what == kind::waiting);
    CHECK(seen[1].why == category::flood_wait);
    REQUIRE(seen[1].until);
    CHECK(in.since_began(*seen[1].until) == 20s);
    CHECK(seen[2].what == kind::recovering);
    CHECK(seen[2].why == category::connection);
    CHECK(seen[3].what == kind::quarantined);
    CHECK(seen[3].why == category::account_dead);
    CHECK(!seen[3].until);
    CHECK(seen[4].what == kind::closed);
}

TEST_CASE("an account's own callbacks go before the manager's")
{
    scenario in;
    auto& general = in.on_reconnect();
    auto& own = in.script_callback("own");
    in.sender.on_reconnect(in.callback(own));
    in.spawn({broken(), ok()});
    in.spawn(in.another("other"), 0ms, {}, {broken(), ok()});
    in.run();
    CHECK(own.count() == 1);
    REQUIRE(general.count() == 1);
    CHECK(general.runs[0].account == "other");
    in.sender.on_reconnect(nullptr);
    in.spawn(1min, {}, {broken(), ok()});
    in.run();
    CHECK(own.count() == 1);
    CHECK(general.count() == 2);
}

TEST_CASE("release() lifts a quarantine, but no told wait")
{
    scenario in;
    in.spawn(0ms, {.method = "send"}, {rpc(400, "PEER_FLOOD")});
    in.spawn(0ms, {.method = "read"}, {flood(100), ok()});
    in.at(10s, [&] { in.sender.release(); });
    auto& before = in.spawn(5s, {.method = "send"}, {ok()});
    auto& after = in.spawn(11s, {.method = "send"}, {ok()});
    auto& held = in.spawn(11s, {.method = "read"}, {ok()});
    in.run();
    CHECK(before.why() == stop_reason::quarantined);
    CHECK(after.succeeded());
    CHECK(held.starts().front() >= 100s);
    CHECK(in.events->count(mend::event_kind::released) == 1);
}

TEST_CASE("release() brings even a dead account back")
{
    scenario in;
    in.spawn({rpc(401, "USER_DEACTIVATED_BAN")});
    in.at(1s, [&] { in.sender.release(); });
    auto& op = in.spawn(2s, {}, {ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(in.sender.state().what == kind::healthy);
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

TEST_CASE("close() is reported once, however often it is called")
{
    scenario in;
    auto& op = in.spawn({unavailable(), ok()});
    in.at(500ms, [&] {
        in.sender.close();
        in.sender.close();
        in.manager.close();
    });
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(in.manager.stats().operations == 1);
    CHECK(in.manager.stats().gave_up == 1);
}

TEST_CASE("an account of a manager that is closed already is closed")
{
    scenario in;
    in.manager.close();
    mend::account late{in.manager, "late"};
    CHECK(late.state().what == kind::closed);
    auto& op = in.spawn(late, 0ms, {}, {ok()});
    in.run();
    CHECK(op.why() == stop_reason::closed);
    CHECK(op.attempts.empty());
}

TEST_CASE("release() of an account that is well lifts nothing, and causes no event")
{
    scenario in;
    in.sender.release();
    CHECK(in.events->count(mend::event_kind::released) == 0);
    CHECK(in.sender.state().what == kind::healthy);
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

TEST_CASE("an io_context that is destroyed before a recovery's first step leaves nothing behind")
{
    mend::testing::virtual_time time;
    auto context = std::make_unique<asio::io_context>();
    mend::recovery_manager manager{context->get_executor(), {.time = &time}};
    mend::account account{manager, "main"};
    manager.on_reconnect([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    auto body = [&]() -> asio::awaitable<void> {
        auto reset = [&]() -> asio::awaitable<void> {
            context->stop();
            throw std::system_error{std::make_error_code(std::errc::connection_reset)};
            co_return;
        };
        co_await mend::with_recovery(account, reset);
    };
    asio::co_spawn(*context, body(), asio::detached);
    context->run();
    context.reset();
    CHECK(account.state().what == mend::account_state::kind::healthy);
}
