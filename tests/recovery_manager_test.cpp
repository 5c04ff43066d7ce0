#include <mend/recovery_manager.hpp>

#include "support/scenario.hpp"

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;

}  // namespace

TEST_CASE("a manager refuses options that make no sense, and names them")
{
    asio::io_context context;
    auto const refused_with = [&](mend::options made) -> std::string {
        try {
            mend::recovery_manager const manager{context.get_executor(), made};
        } catch (std::invalid_argument const& error) {
            return error.what();
        }
        return {};
    };
    mend::options no_attempts;
    no_attempts.max_attempts = 0;
    CHECK(refused_with(no_attempts).find("max_attempts") != std::string::npos);
    mend::options no_recoveries;
    no_recoveries.max_concurrent_recoveries = 0;
    CHECK(refused_with(no_recoveries).find("max_concurrent_recoveries") != std::string::npos);
    CHECK(refused_with({}).empty());
}

TEST_CASE("a manager refuses an observer that is null")
{
    scenario s;
    CHECK_THROWS_AS(s.manager.subscribe(nullptr), std::invalid_argument);
}

TEST_CASE("set_policies applies from the next failure on")
{
    scenario s;
    auto& op = s.spawn({unavailable(), unavailable(), ok()});
    s.at(500ms, [&] {
        auto table = exact_policies();
        auto its = table[category::temporary];
        its.delay.base = 10s;
        its.delay.factor = 1;
        s.manager.set_policies(table.set(category::temporary, its));
    });
    s.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s, 11s});
}

TEST_CASE("set_classifier applies from the next failure on")
{
    scenario s;
    auto& op = s.spawn({unavailable(), unavailable(), ok()});
    s.at(500ms, [&] {
        mend::classifier rules;
        rules.when_code(500, category::permanent);
        s.manager.set_classifier(rules);
    });
    s.run();
    CHECK(op.starts() == std::vector<ms>{0ms, 1s});
    CHECK(op.why() == stop_reason::not_retryable);
}

TEST_CASE("a callback is told about the failure that needs it")
{
    scenario s;
    auto& disconnect = s.on_disconnect();
    auto& reconnect = s.on_reconnect();
    s.spawn(0ms, {.context = "label"}, {unavailable(), broken(), ok()});
    s.run();
    REQUIRE(reconnect.count() == 1);
    auto const& told = reconnect.runs[0];
    CHECK(told.account == "sender");
    CHECK(told.context == "label");
    CHECK(told.act == mend::action::reconnect);
    CHECK(told.what == category::connection);
    CHECK(told.attempt == 2);
    CHECK(!told.message.empty());
    REQUIRE(disconnect.count() == 1);
    CHECK(disconnect.runs[0].act == mend::action::reconnect);
}

TEST_CASE("a refresh is told the number that the error carried")
{
    scenario s;
    auto& refresh = s.on_refresh();
    auto& op = s.spawn({rpc(303, "PHONE_MIGRATE_4"), ok()});
    s.run();
    CHECK(op.succeeded());
    REQUIRE(refresh.count() == 1);
    CHECK(refresh.runs[0].act == mend::action::refresh);
    CHECK(refresh.runs[0].what == category::migrated);
    CHECK(refresh.runs[0].number == 4);
}

TEST_CASE("a manager may be made without any callback, observer or option")
{
    asio::io_context context{1};
    mend::recovery_manager manager{context.get_executor()};
    mend::account account{manager, "a"};
    int got = 0;
    auto const operation = []() -> asio::awaitable<int> { co_return 5; };
    mend::async_with_recovery(account, {}, operation, [&](std::exception_ptr, int value) { got = value; });
    context.run();
    CHECK(got == 5);
    CHECK(manager.stats().operations == 1);
}

TEST_CASE("max_attempts bounds an operation whatever the categories")
{
    auto made = exact_options();
    made.max_attempts = 3;
    scenario s{made};
    auto& op = s.spawn({flood(1), unavailable(), bad_proxy(), ok()});
    s.run();
    CHECK(op.attempts.size() == 3);
    CHECK(op.why() == stop_reason::retries_exhausted);
}
