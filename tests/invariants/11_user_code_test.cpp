// Invariant 11: user code cannot break it.
#include "support/scenario.hpp"

#include <tuple>

namespace {

using namespace support;
using mend::category;
using mend::event_kind;
using mend::stop_reason;

struct home_made {
    int code;
};

/// Does what it was given at every event.
class acting_observer final : public mend::observer {
public:
    explicit acting_observer(std::function<void(mend::event const&)> act) : act_{std::move(act)} {}
    void on_event(mend::event const& what) override
    {
        ++seen;
        act_(what);
    }
    std::size_t seen = 0;

private:
    std::function<void(mend::event const&)> act_;
};

std::shared_ptr<acting_observer> acting(std::function<void(mend::event const&)> act)
{
    return std::make_shared<acting_observer>(std::move(act));
}

struct unreadable {
    bool bad = false;
};

/// Of some of its values its traits cannot say whether they are failures.
struct odd {
    int value = 0;
};

}  // namespace

template <>
struct mend::result_traits<unreadable> {
    static constexpr bool carries_error = true;
    static bool failed(unreadable const& value) { return value.bad; }
    static mend::failure describe(unreadable const&) { throw std::runtime_error{"cannot read it"}; }
};

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

TEST_CASE("11.1 a rule that throws does not match, and is reported", "[invariant-11]")
{
    auto made = exact_options();
    mend::classifier rules;
    rules.when([](mend::failure const&) -> std::optional<mend::classification> { throw std::runtime_error{"bad rule"}; });
    rules.then(mend::classifier::basic());
    made.rules = rules;
    scenario in{made};
    auto& op = in.spawn({flood(3), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(op.starts() == std::vector<ms>{0ms, 3s});
    CHECK(in.events->count(event_kind::user_code_failed) >= 1);
}

TEST_CASE("11.2 a rule that throws something other than an exception does not match", "[invariant-11]")
{
    mend::classifier rules;
    rules.when([](mend::failure const&) -> std::optional<mend::classification> { throw 5; });
    rules.when_code(420, category::custom_1);
    CHECK(rules.classify({.code = 420}).what == category::custom_1);
}

TEST_CASE("11.3 a describer that throws is passed over, and is reported", "[invariant-11]")
{
    auto made = exact_options();
    mend::classifier rules;
    rules.describe<home_made>([](home_made const&) -> mend::failure { throw std::runtime_error{"bad describer"}; });
    rules.when<home_made>(category::custom_2);
    made.rules = rules.then(mend::classifier::basic());
    scenario in{made};
    auto& op = in.spawn({raises(home_made{1}), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(in.manager.stats().failures_of(category::custom_2) == 1);
    CHECK(in.events->count(event_kind::user_code_failed) >= 1);
}

TEST_CASE("11.4 result_traits whose describe throws do not break the operation", "[invariant-11]")
{
    scenario in;
    int attempts = 0;
    bool bad = true;
    auto const operation = [&]() -> asio::awaitable<unreadable> { co_return unreadable{++attempts < 2}; };
    asio::co_spawn(
        in.context,
        [&]() -> asio::awaitable<void> {
            auto const last = co_await mend::with_recovery(in.sender, operation);
            bad = last.bad;
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    CHECK(attempts == 2);
    CHECK(!bad);
}

TEST_CASE("11.5 a value whose result_traits throw counts as a failure of unknown delivery", "[invariant-11]")
{
    scenario in;
    bool threw = false;
    unsigned attempts = 0;
    auto body = [&]() -> asio::awaitable<void> {
        try {
            auto send = [&](mend::attempt& which) -> asio::awaitable<odd> { co_return odd{which.number() < 3 ? 1 : 0}; };
            auto const ended = co_await mend::try_with_recovery(in.sender, {}, send);
            attempts = ended.attempts();
        } catch (...) {
            threw = true;
        }
    };
    asio::co_spawn(in.context, body(), asio::detached);
    in.run();
    CHECK_FALSE(threw);
    CHECK(attempts == 3);
    CHECK(in.manager.stats().failures == 2);
}

TEST_CASE("11.6 an operation may throw something other than an exception", "[invariant-11]")
{
    scenario in;
    int attempts = 0;
    int caught = 0;
    auto const operation = [&]() -> asio::awaitable<void> {
        ++attempts;
        throw 17;
        co_return;
    };
    asio::co_spawn(
        in.context,
        [&]() -> asio::awaitable<void> {
            try {
                co_await mend::with_recovery(in.sender, operation);
            } catch (int number) {
                caught = number;
            }
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    CHECK(caught == 17);
    CHECK(attempts == 3);  // unknown: two retries
}

TEST_CASE("11.7 an observer that always throws is contained, and the others receive the event", "[invariant-11]")
{
    scenario in;
    auto thrower = acting([](mend::event const&) { throw std::runtime_error{"bad observer"}; });
    auto worse = acting([](mend::event const&) { throw 5; });
    auto last = acting([](mend::event const&) {});
    in.manager.subscribe(thrower);
    in.manager.subscribe(worse);
    in.manager.subscribe(last);
    in.on_reconnect({ok(1s)});
    auto& op = in.spawn({broken(), flood(3), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(thrower->seen > 0);
    CHECK(last->seen >= in.events->all.size() - in.events->count(event_kind::user_code_failed));
    CHECK(in.manager.stats().recovered == 1);
    CHECK(in.manager.history().size() == 2);
    auto const reported = in.events->of(event_kind::user_code_failed);
    REQUIRE(!reported.empty());
    CHECK(reported.front().message.find("bad observer") != std::string::npos);
}

TEST_CASE("11.8 a callback that throws before it awaits anything has failed like any other", "[invariant-11]")
{
    int const how = GENERATE(0, 1, 2, 3);
    scenario in;
    int runs = 0;
    switch (how) {
    case 0:  // no coroutine at all
        in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw std::runtime_error{"not today"};
        });
        break;
    case 1:
        in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw std::runtime_error{"not today"};
            co_return;
        });
        break;
    case 2:
        in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw 17;
            co_return;
        });
        break;
    default:
        in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            co_await in.time.sleep_for(1s);
            throw std::runtime_error{"not today"};
        });
    }
    auto& op = in.spawn({broken(), ok()});
    in.run();
    CHECK(runs == 1);
    CHECK(op.succeeded());
    CHECK(op.attempts.size() == 2);
    CHECK(in.manager.stats().actions_of(mend::action::reconnect).failed == 1);
    bool reported = false;
    for (auto const& each : in.events->of(event_kind::action_ended)) {
        if (each.act == mend::action::reconnect && each.result == mend::action_result::failed)
            reported = how == 2 || each.message == "not today";
    }
    CHECK(reported);
}

TEST_CASE("11.9 a disconnect that throws fails the recovery, and no reconnect runs", "[invariant-11]")
{
    scenario in;
    in.on_disconnect({raises(std::runtime_error{"stuck"})});
    auto& reconnect = in.on_reconnect();
    auto& op = in.spawn({broken(), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(reconnect.count() == 0);
}

TEST_CASE("11.10 a refresh that throws fails its operation alone", "[invariant-11]")
{
    scenario in;
    in.on_refresh({raises(std::runtime_error{"no reference"})});
    auto& op = in.spawn({rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    auto& other = in.spawn({ok()});
    in.run();
    REQUIRE(op.has_ended());
    CHECK(op.result);
    CHECK(other.succeeded());
    CHECK(in.sender.state().what == mend::account_state::kind::healthy);
}

namespace {

/// Calls everything that a user can call from inside mend.
void call_everything(scenario& in)
{
    (void)in.sender.state();
    (void)in.sender.id();
    (void)in.manager.history();
    (void)in.manager.stats();
    in.sender.on_refresh([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    in.sender.on_refresh(nullptr);
    in.manager.on_refresh([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    in.sender.release();
    in.manager.set_policies(exact_policies());
    mend::account temporary{in.manager, "temporary"};
    (void)temporary.state();
}

}  // namespace

TEST_CASE("11.11 no lock is held while an observer runs", "[invariant-11]")
{
    scenario in;
    in.manager.subscribe(acting([&](mend::event const&) { call_everything(in); }));
    in.on_reconnect({ok(1s)});
    auto& op = in.spawn({broken(), flood(3), unavailable(), ok()});
    auto& refused_one = in.spawn(in.another("dead"), 0ms, {}, {rpc(401, "USER_DEACTIVATED_BAN")});
    auto& cancelled = in.spawn(1min, {}, {unavailable(), ok()});
    in.at(1min + 500ms, [&] { cancelled.cancel(); });
    in.run();
    CHECK(in.all_ended());
    CHECK(op.succeeded());
    CHECK(refused_one.why() == stop_reason::not_retryable);
    CHECK(cancelled.why() == stop_reason::cancelled);
}

TEST_CASE("11.12 no lock is held while a rule, a describer, a predicate or a callback runs", "[invariant-11]")
{
    scenario* inside = nullptr;
    auto made = exact_options();
    mend::classifier rules;
    rules.describe<home_made>([&](home_made const& error) {
        call_everything(*inside);
        return mend::failure{.code = error.code};
    });
    rules.when([&](mend::failure const&) -> std::optional<mend::classification> {
        call_everything(*inside);
        inside->manager.set_classifier(mend::classifier::basic());
        return std::nullopt;
    });
    made.rules = rules.then(mend::classifier::basic());
    scenario in{made};
    inside = &in;
    auto& reconnect = in.on_reconnect({ok(1s)});
    reconnect.on_begin = [&] { call_everything(in); };
    auto& disconnect = in.on_disconnect();
    disconnect.on_begin = [&] { call_everything(in); };
    auto& first = in.spawn({raises(home_made{500}), broken(), ok()});
    in.run();
    CHECK(first.succeeded());
    CHECK(reconnect.count() == 1);
}

TEST_CASE("11.13 an observer may close the account, or the manager, in the middle", "[invariant-11]")
{
    bool const the_account = GENERATE(true, false);
    event_kind const when =
        GENERATE(event_kind::attempt_failed, event_kind::waiting, event_kind::action_started, event_kind::action_ended);
    scenario in;
    in.manager.subscribe(acting([&](mend::event const& what) {
        if (what.kind != when)
            return;
        if (the_account)
            in.sender.close();
        else
            in.manager.close();
    }));
    in.on_reconnect({ok(1s)});
    in.on_disconnect({ok(1s)});
    auto& op = in.spawn({broken(), flood(3), unavailable(), ok()});
    auto& other = in.spawn({broken(1ms), ok()});
    in.run();
    REQUIRE(in.all_ended());
    CHECK(op.why() == stop_reason::closed);
    CHECK(other.why() == stop_reason::closed);
}

TEST_CASE("11.14 an observer may subscribe another, which sees what follows", "[invariant-11]")
{
    scenario in;
    std::shared_ptr<acting_observer> second;
    in.manager.subscribe(acting([&](mend::event const&) {
        if (!second) {
            second = acting([](mend::event const&) {});
            in.manager.subscribe(second);
        }
    }));
    auto& op = in.spawn({unavailable(), ok()});
    in.run();
    CHECK(op.succeeded());
    REQUIRE(second);
    CHECK(second->seen >= 1);
}

TEST_CASE("11.15 a callback may replace or remove itself", "[invariant-11]")
{
    scenario in;
    int first_runs = 0;
    int second_runs = 0;
    auto const kept = std::make_shared<int>(1);
    in.manager.on_reconnect(
        [&in, &first_runs, &second_runs, kept](mend::recovery_request const& request) -> asio::awaitable<void> {
            ++first_runs;
            in.manager.on_reconnect([&second_runs](mend::recovery_request const&) -> asio::awaitable<void> {
                ++second_runs;
                co_return;
            });
            co_await in.time.sleep_for(1s);
            CHECK(*kept == 1);  // what it captured lives as long as it runs
            CHECK(request.account_id == "sender");
        });
    auto& op = in.spawn({broken(), broken(), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(first_runs == 1);
    CHECK(second_runs == 1);
}

TEST_CASE("11.16 a callback may send on another account", "[invariant-11]")
{
    scenario in;
    auto& other = in.another("other");
    bool sent = false;
    auto const operation = [&]() -> asio::awaitable<void> {
        sent = true;
        co_return;
    };
    in.manager.on_reconnect(
        [&](mend::recovery_request const&) -> asio::awaitable<void> { co_await mend::with_recovery(other, operation); });
    auto& op = in.spawn({broken(), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(sent);
}
