#include <mend/event.hpp>

#include "support/scenario.hpp"

#include <set>

namespace {

using namespace support;
using mend::event_kind;

std::vector<event_kind> kinds(event_log const& log)
{
    std::vector<event_kind> all;
    for (auto const& each : log.all)
        all.push_back(each.kind);
    return all;
}

}  // namespace

TEST_CASE("every kind of event and every result has a name of its own")
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < mend::event_kind_count; ++index)
        names.insert(to_string(static_cast<event_kind>(index)));
    CHECK(names.size() == mend::event_kind_count);
    CHECK(names.count("?") == 0);
    CHECK(to_string(static_cast<event_kind>(mend::event_kind_count)) == "?");
    CHECK(to_string(event_kind::attempt_failed) == "attempt_failed");
    CHECK(to_string(mend::action_result::timed_out) == "timed_out");
    CHECK(to_string(static_cast<mend::action_result>(200)) == "?");
}

TEST_CASE("events report an operation's story in order")
{
    scenario in;
    in.spawn(0ms, {.method = "m", .context = "label"}, {unavailable(), ok()});
    in.run();
    auto const& all = in.events->all;
    REQUIRE(all.size() >= 3);
    CHECK(all.front().kind == event_kind::attempt_failed);
    CHECK(all.front().attempt == 1);
    CHECK(all.front().what == mend::category::temporary);
    CHECK(all.front().act == mend::action::retry);
    CHECK(all.front().code == 500);
    CHECK(all.front().message == "INTERNAL");
    CHECK(all.front().delay == 1s);
    CHECK(all.back().kind == event_kind::recovered);
    CHECK(all.back().delay == 1s);
    CHECK(in.events->count(event_kind::retrying) == 1);
    for (auto const& each : all) {
        CHECK(each.account == "sender");
        CHECK(each.phone == "+1000");
        CHECK(each.method == "m");
        CHECK(each.context == "label");
        CHECK(each.operation == all.front().operation);
        CHECK(each.operation != 0);
    }
}

TEST_CASE("every operation that failed ends with one event of its end")
{
    scenario in;
    in.on_reconnect({ok(1s)});
    in.spawn({unavailable(), ok()});
    in.spawn(1min, {}, {refused()});
    auto& stopped = in.spawn(2min, {}, {unavailable(), ok()});
    in.at(2min + 500ms, [&] { stopped.cancel(); });
    in.spawn(3min, {}, {broken(), flood(2), ok()});
    in.run();
    std::set<std::uint64_t> failed;
    std::multiset<std::uint64_t> ended;
    for (auto const& each : in.events->all) {
        if (each.kind == event_kind::attempt_failed)
            failed.insert(each.operation);
        if (each.kind == event_kind::recovered || each.kind == event_kind::gave_up || each.kind == event_kind::cancelled)
            ended.insert(each.operation);
    }
    CHECK(failed.size() == 4);
    CHECK(ended.size() == 4);
    for (auto each : failed)
        CHECK(ended.count(each) == 1);
}

TEST_CASE("events report a callback's start and end, and how long it took")
{
    scenario in;
    in.on_reconnect({ok(3s)});
    in.spawn({broken(), ok()});
    in.run();
    auto const started = in.events->of(event_kind::action_started);
    REQUIRE(!started.empty());
    auto const ended = in.events->of(event_kind::action_ended);
    REQUIRE(!ended.empty());
    CHECK(ended.back().act == mend::action::reconnect);
    CHECK(ended.back().result == mend::action_result::succeeded);
    CHECK(ended.back().at == 5s);  // settle 2 s
    CHECK(started.back().act == mend::action::reconnect);
    CHECK(ended.back().delay == ended.back().at - started.back().at);
    auto const order = kinds(*in.events);
    CHECK(order.front() == event_kind::attempt_failed);
}

TEST_CASE("a missing callback is reported as such")
{
    scenario in;
    in.spawn({broken(), ok()});
    in.run();
    bool reported = false;
    for (auto const& each : in.events->of(event_kind::action_ended))
        reported = reported || (each.act == mend::action::reconnect && each.result == mend::action_result::missing);
    CHECK(reported);
}

namespace {

/// A manager whose io_context does not run, and an account whose operations run on another one.
struct idle_night {
    mend::testing::virtual_time time;  // first: what waits when the contexts are destroyed still asks it
    asio::io_context elsewhere;
    asio::io_context context;
    mend::recovery_manager manager{elsewhere.get_executor(), [this] {
                                       auto made = exact_options();
                                       made.time = &time;
                                       return made;
                                   }()};
    std::shared_ptr<event_log> events = std::make_shared<event_log>(time.wall());
    mend::account sender{manager, "sender"};
    unsigned callbacks = 0;

    idle_night()
    {
        manager.subscribe(events);
        manager.on_reconnect([this](mend::recovery_request const&) -> asio::awaitable<void> {
            ++callbacks;
            co_return;
        });
    }

    /// An operation whose first attempt fails with this.
    void send(mend::account& on, ms begin, step first, bool idempotent = true)
    {
        asio::co_spawn(context, one_send(*this, on, begin, std::move(first), idempotent), asio::detached);
    }

    static asio::awaitable<void> one_send(idle_night& in, mend::account& on, ms begin, step first, bool idempotent)
    {
        co_await in.time.sleep_for(begin);
        auto const operation = [&](mend::attempt& which) -> asio::awaitable<int> {
            if (which.number() == 1)
                std::rethrow_exception(first.error);
            co_return 5;
        };
        mend::call const about{.method = "messages.sendMessage", .idempotent = idempotent};
        auto attempt = mend::try_with_recovery(on, about, operation);
        (void)co_await std::move(attempt);
    }
};

}  // namespace

TEST_CASE("a manager's executor that does not run is an event within 5 s of the first recovery that does not begin")
{
    idle_night in;
    mend::account other{in.manager, "other"};
    in.send(in.sender, 0ms, broken());
    in.send(in.sender, 1s, broken());
    in.send(other, 2s, broken());
    in.time.run(in.context);
    auto const idle = in.events->of(event_kind::executor_idle);
    REQUIRE(idle.size() == 1);  // once for the manager
    CHECK(idle[0].account == "sender");
    CHECK(idle[0].operation != 0);
    CHECK(idle[0].act == mend::action::reconnect);
    CHECK(idle[0].at <= 5s);
    CHECK(idle[0].delay == 4s);
    CHECK(idle[0].message.find("is its io_context running?") != std::string::npos);
    CHECK(in.callbacks == 0);
}

TEST_CASE("a recovery that no operation waits for is noticed by the next operation of the account, at once if it is late")
{
    idle_night in;
    in.send(in.sender, 0ms, broken(), false);  // gives up: delivery_unknown
    in.time.run(in.context);
    CHECK(in.events->count(event_kind::executor_idle) == 0);
    in.send(in.sender, 10s, broken());
    in.time.run(in.context);
    auto const idle = in.events->of(event_kind::executor_idle);
    REQUIRE(idle.size() == 1);
    CHECK(idle[0].at == 10s);
    CHECK(idle[0].delay == 10s);
}

TEST_CASE("an executor that runs late gets its event, and goes on, and one that stops again gets another")
{
    idle_night in;
    in.send(in.sender, 0ms, broken());
    in.time.run(in.context);
    CHECK(in.events->count(event_kind::executor_idle) == 1);
    for (int round = 0; round != 10; ++round) {
        in.time.run(in.elsewhere);
        in.time.run(in.context);
    }
    CHECK(in.callbacks == 1);
    CHECK(in.events->count(event_kind::recovered) == 1);
    in.send(in.sender, 1min, broken());
    in.time.run(in.context);
    CHECK(in.events->count(event_kind::executor_idle) == 2);
}

TEST_CASE("a callback that takes long does not count as an executor that does not run, nor does one that waits for its slot")
{
    auto made = exact_options();
    made.max_concurrent_recoveries = 1;
    scenario in{made};
    in.on_reconnect({ok(30s), ok(30s)});
    in.on_refresh({ok(30s)});
    in.spawn(0ms, {.method = "m"}, {broken(), ok()});
    in.spawn(in.apart("other"), 0ms, {.method = "m"}, {broken(), ok()});
    in.spawn(in.apart("third"), 0ms, {.method = "m"}, {rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    in.run();
    CHECK(in.all_ended());
    CHECK(in.events->count(event_kind::executor_idle) == 0);
}

TEST_CASE("a second account object with an id that is in use is an event that names the id")
{
    scenario in;
    CHECK(in.events->count(event_kind::duplicate_account) == 0);
    mend::account const twin{in.manager, "sender", "+2000"};
    auto const told = in.events->of(event_kind::duplicate_account);
    REQUIRE(told.size() == 1);
    CHECK(told[0].account == "sender");
    CHECK(told[0].phone == "+2000");
    CHECK_FALSE(told[0].message.empty());
}

TEST_CASE("an id may be used again when its account is gone, by another manager, and by accounts that were moved, and an empty "
          "one is never a duplicate")
{
    scenario in;
    scenario elsewhere;
    {
        mend::account first{in.manager, "a"};
        mend::account const moved{std::move(first)};
        mend::account const other{elsewhere.manager, "a"};
    }
    {
        std::optional<mend::account> const again{std::in_place, in.manager, "a"};
    }
    std::optional<mend::account> busy{std::in_place, in.manager, "busy"};
    in.spawn(*busy, 0ms, {.method = "m"}, {flood(60), ok()});
    in.at(1s, [&] {
        busy.reset();  // its operation has yet to end
        busy.emplace(in.manager, "busy");
    });
    in.run();
    mend::account const nameless{in.manager, ""};
    mend::account const nameless_too{in.manager, ""};
    CHECK(in.events->count(event_kind::duplicate_account) == 0);
    CHECK(elsewhere.events->count(event_kind::duplicate_account) == 0);
}
