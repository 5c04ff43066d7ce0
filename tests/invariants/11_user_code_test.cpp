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

}  // namespace

template <>
struct mend::result_traits<unreadable> {
    static constexpr bool carries_error = true;
    static bool failed(unreadable const& value) { return value.bad; }
    static mend::failure describe(unreadable const&) { throw std::runtime_error{"cannot read it"}; }
};

TEST_CASE("3.11 a rule that throws is no match, and is reported")
{
    auto made = exact_options();
    mend::classifier rules;
    rules.when([](mend::failure const&) -> std::optional<mend::classification> { throw std::runtime_error{"bad rule"}; });
    rules.then(mend::classifier::basic());
    made.rules = rules;
    scenario s{made};
    auto& op = s.spawn({flood(3), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(op.starts() == std::vector<ms>{0ms, 3s});
    CHECK(s.events->count(event_kind::user_code_failed) >= 1);
}

TEST_CASE("3.11 a rule that throws something that is no exception type is no match")
{
    mend::classifier rules;
    rules.when([](mend::failure const&) -> std::optional<mend::classification> { throw 5; });
    rules.when_code(420, category::custom_1);
    CHECK(rules.classify({.code = 420}).what == category::custom_1);
}

TEST_CASE("3.11 a describer that throws is passed over, and is reported")
{
    auto made = exact_options();
    mend::classifier rules;
    rules.describe<home_made>([](home_made const&) -> mend::failure { throw std::runtime_error{"bad describer"}; });
    rules.when<home_made>(category::custom_2);
    made.rules = rules.then(mend::classifier::basic());
    scenario s{made};
    auto& op = s.spawn({raises(home_made{1}), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(s.manager.stats().failures_of(category::custom_2) == 1);
    CHECK(s.events->count(event_kind::user_code_failed) >= 1);
}

TEST_CASE("3.11 result_traits whose describe throws do not break the operation")
{
    scenario s;
    int attempts = 0;
    bool bad = true;
    auto const operation = [&]() -> asio::awaitable<unreadable> { co_return unreadable{++attempts < 2}; };
    asio::co_spawn(
        s.context,
        [&]() -> asio::awaitable<void> {
            auto const last = co_await mend::with_recovery(s.sender, operation);
            bad = last.bad;
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    s.run();
    CHECK(attempts == 2);
    CHECK(!bad);
}

TEST_CASE("3.11 an operation may throw what is no exception type")
{
    scenario s;
    int attempts = 0;
    int caught = 0;
    auto const operation = [&]() -> asio::awaitable<void> {
        ++attempts;
        throw 17;
        co_return;
    };
    asio::co_spawn(
        s.context,
        [&]() -> asio::awaitable<void> {
            try {
                co_await mend::with_recovery(s.sender, operation);
            } catch (int number) {
                caught = number;
            }
        },
        [](std::exception_ptr error) { CHECK(error == nullptr); });
    s.run();
    CHECK(caught == 17);
    CHECK(attempts == 3);  // unknown: two retries
}

TEST_CASE("3.11 an observer that always throws is contained, and the others hear of it")
{
    scenario s;
    auto thrower = acting([](mend::event const&) { throw std::runtime_error{"bad observer"}; });
    auto worse = acting([](mend::event const&) { throw 5; });
    auto last = acting([](mend::event const&) {});
    s.manager.subscribe(thrower);
    s.manager.subscribe(worse);
    s.manager.subscribe(last);
    s.on_reconnect({ok(1s)});
    auto& op = s.spawn({broken(), flood(3), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(thrower->seen > 0);
    CHECK(last->seen >= s.events->all.size() - s.events->count(event_kind::user_code_failed));
    CHECK(s.manager.stats().recovered == 1);
    CHECK(s.manager.history().size() == 2);
    auto const reported = s.events->of(event_kind::user_code_failed);
    REQUIRE(!reported.empty());
    CHECK(reported.front().message.find("bad observer") != std::string::npos);
}

TEST_CASE("3.11 a callback that throws before it awaits anything has failed like any other")
{
    int const how = GENERATE(0, 1, 2, 3);
    scenario s;
    int runs = 0;
    switch (how) {
    case 0:  // no coroutine at all
        s.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw std::runtime_error{"not today"};
        });
        break;
    case 1:
        s.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw std::runtime_error{"not today"};
            co_return;
        });
        break;
    case 2:
        s.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            throw 17;
            co_return;
        });
        break;
    default:
        s.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++runs;
            co_await s.time.sleep_for(1s);
            throw std::runtime_error{"not today"};
        });
    }
    auto& op = s.spawn({broken(), ok()});
    s.run();
    CHECK(runs == 1);
    CHECK(op.succeeded());
    CHECK(op.attempts.size() == 2);
    CHECK(s.manager.stats().actions_of(mend::action::reconnect).failed == 1);
    bool reported = false;
    for (auto const& each : s.events->of(event_kind::action_ended)) {
        if (each.act == mend::action::reconnect && each.result == mend::action_result::failed)
            reported = how == 2 || each.message == "not today";
    }
    CHECK(reported);
}

TEST_CASE("3.11 a disconnect that throws fails the recovery, and no reconnect runs")
{
    scenario s;
    s.on_disconnect({raises(std::runtime_error{"stuck"})});
    auto& reconnect = s.on_reconnect();
    auto& op = s.spawn({broken(), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(reconnect.count() == 0);
}

TEST_CASE("3.11 a refresh that throws fails its operation alone")
{
    scenario s;
    s.on_refresh({raises(std::runtime_error{"no reference"})});
    auto& op = s.spawn({rpc(400, "FILE_REFERENCE_EXPIRED"), ok()});
    auto& other = s.spawn({ok()});
    s.run();
    REQUIRE(op.has_ended());
    CHECK(op.result);
    CHECK(other.succeeded());
    CHECK(s.sender.state().what == mend::account_state::kind::healthy);
}

namespace {

/// Calls everything that a user can call from inside mend.
void call_everything(scenario& s)
{
    (void)s.sender.state();
    (void)s.sender.id();
    (void)s.manager.history();
    (void)s.manager.stats();
    s.sender.on_refresh([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    s.sender.on_refresh(nullptr);
    s.manager.on_refresh([](mend::recovery_request const&) -> asio::awaitable<void> { co_return; });
    s.sender.release();
    s.manager.set_policies(exact_policies());
    mend::account temporary{s.manager, "temporary"};
    (void)temporary.state();
}

}  // namespace

TEST_CASE("3.11 no lock is held while an observer runs")
{
    scenario s;
    s.manager.subscribe(acting([&](mend::event const&) { call_everything(s); }));
    s.on_reconnect({ok(1s)});
    auto& op = s.spawn({broken(), flood(3), unavailable(), ok()});
    auto& refused_one = s.spawn(s.another("dead"), 0ms, {}, {rpc(401, "USER_DEACTIVATED_BAN")});
    auto& cancelled = s.spawn(1min, {}, {unavailable(), ok()});
    s.at(1min + 500ms, [&] { cancelled.cancel(); });
    s.run();
    CHECK(s.all_ended());
    CHECK(op.succeeded());
    CHECK(refused_one.why() == stop_reason::not_retryable);
    CHECK(cancelled.why() == stop_reason::cancelled);
}

TEST_CASE("3.11 no lock is held while a rule, a describer, a predicate or a callback runs")
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
    scenario s{made};
    inside = &s;
    auto& reconnect = s.on_reconnect({ok(1s)});
    reconnect.on_begin = [&] { call_everything(s); };
    auto& disconnect = s.on_disconnect();
    disconnect.on_begin = [&] { call_everything(s); };
    auto& first = s.spawn({raises(home_made{500}), broken(), ok()});
    s.run();
    CHECK(first.succeeded());
    CHECK(reconnect.count() == 1);
}

TEST_CASE("3.11 an observer may close the account, or the manager, in the middle")
{
    bool const the_account = GENERATE(true, false);
    event_kind const when =
        GENERATE(event_kind::attempt_failed, event_kind::waiting, event_kind::action_started, event_kind::action_ended);
    scenario s;
    s.manager.subscribe(acting([&](mend::event const& what) {
        if (what.kind != when)
            return;
        if (the_account)
            s.sender.close();
        else
            s.manager.close();
    }));
    s.on_reconnect({ok(1s)});
    s.on_disconnect({ok(1s)});
    auto& op = s.spawn({broken(), flood(3), unavailable(), ok()});
    auto& other = s.spawn({broken(1ms), ok()});
    s.run();
    REQUIRE(s.all_ended());
    CHECK(op.why() == stop_reason::closed);
    CHECK(other.why() == stop_reason::closed);
}

TEST_CASE("3.11 an observer may subscribe another, which sees what follows")
{
    scenario s;
    std::shared_ptr<acting_observer> second;
    s.manager.subscribe(acting([&](mend::event const&) {
        if (!second) {
            second = acting([](mend::event const&) {});
            s.manager.subscribe(second);
        }
    }));
    auto& op = s.spawn({unavailable(), ok()});
    s.run();
    CHECK(op.succeeded());
    REQUIRE(second);
    CHECK(second->seen >= 1);
}

TEST_CASE("3.11 a callback may replace or remove itself")
{
    scenario s;
    int first_runs = 0;
    int second_runs = 0;
    auto const kept = std::make_shared<int>(1);
    s.manager.on_reconnect([&s, &first_runs, &second_runs, kept](mend::recovery_request const& request) -> asio::awaitable<void> {
        ++first_runs;
        s.manager.on_reconnect([&second_runs](mend::recovery_request const&) -> asio::awaitable<void> {
            ++second_runs;
            co_return;
        });
        co_await s.time.sleep_for(1s);
        CHECK(*kept == 1);  // what it captured lives as long as it runs
        CHECK(request.account_id == "sender");
    });
    auto& op = s.spawn({broken(), broken(), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(first_runs == 1);
    CHECK(second_runs == 1);
}

TEST_CASE("3.11 a callback may send on another account")
{
    scenario s;
    auto& other = s.another("other");
    bool sent = false;
    auto const operation = [&]() -> asio::awaitable<void> {
        sent = true;
        co_return;
    };
    s.manager.on_reconnect(
        [&](mend::recovery_request const&) -> asio::awaitable<void> { co_await mend::with_recovery(other, operation); });
    auto& op = s.spawn({broken(), ok()});
    s.run();
    CHECK(op.succeeded());
    CHECK(sent);
}
