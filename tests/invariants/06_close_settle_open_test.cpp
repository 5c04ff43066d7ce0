// Invariant 6: close, settle, open.
#include "support/scenario.hpp"

using namespace support;
using mend::action;
using mend::category;
using mend::stop_reason;

namespace {

using times = std::vector<ms>;

struct kind {
    char const* name;
    action act;
    step failing;
};

kind const kinds[] = {
    {"reconnect", action::reconnect, broken(1s)},
    {"rotate_proxy", action::rotate_proxy, bad_proxy(1s)},
    {"relogin", action::relogin, lost_session(1s)},
};

callback_record& register_callback(scenario& in, action act, script steps)
{
    switch (act) {
    case action::rotate_proxy:
        return in.on_rotate_proxy(std::move(steps));
    case action::relogin:
        return in.on_relogin(std::move(steps));
    default:
        return in.on_reconnect(std::move(steps));
    }
}

} // namespace

TEST_CASE("6.1 on_disconnect has finished and settle has passed before the action's own callback runs", "[invariant-6]")
{
    for (auto const& each : kinds) {
        CAPTURE(each.name);
        scenario in;
        auto& disconnect = in.on_disconnect({ok(4s)});
        auto& open = register_callback(in, each.act, {ok(3s)});
        auto& operation = in.spawn({.context = "label"}, {each.failing});
        in.run();

        REQUIRE(in.all_ended());
        CHECK(operation.succeeded());
        REQUIRE(disconnect.count() == 1);
        REQUIRE(open.count() == 1);
        CHECK(disconnect.runs[0].began == 1s);
        CHECK(disconnect.runs[0].ended == 5s);
        CHECK(open.runs[0].began == 7s);
        CHECK(open.runs[0].ended == 10s);
        CHECK(operation.attempts[1]->began >= 10s);
        for (auto const* told : {&disconnect.runs[0], &open.runs[0]}) {
            CHECK(told->account == "sender");
            CHECK(told->context == "label");
            CHECK(told->act == each.act);
            CHECK(told->attempt == 1);
        }
    }
}

TEST_CASE("6.2 no attempt of the account starts until the callback has ended", "[invariant-6]")
{
    for (auto const& each : kinds) {
        CAPTURE(each.name);
        scenario in;
        in.on_disconnect({ok(4s)});
        register_callback(in, each.act, {ok(3s)});
        auto& second = in.another("second");
        in.spawn({.method = "send"}, {each.failing}); // disconnect 1 - 5 s, settle - 7 s, callback - 10 s
        auto& delayed = in.spawn({.method = "edit"}, {unavailable(500ms)});
        auto& delayed_longer = in.spawn({.method = "edit"}, {unavailable(8s), ok()});
        auto& flooded = in.spawn({.method = "read"}, {flood(5)});
        for (int index = 0; index < 40; ++index)
            in.spawn(ms{1000 + 1 + 250 * index}, {.method = "other", .peer = index + 1}, {ok()});
        auto& elsewhere = in.spawn(second, 2s, {.method = "send"}, {ok()});
        in.run();

        REQUIRE(in.all_ended());
        auto const during = std::count_if(in.attempts.begin(), in.attempts.end(), [](attempt_record const& attempt) {
            return attempt.account == "sender" && attempt.began > 1s && attempt.began < 10s;
        });
        CHECK(during == 0);
        CHECK(delayed.starts() == times{0s, 10s});
        CHECK(delayed_longer.starts() == times{0s, 10s});
        CHECK(flooded.starts() == times{0s, 10s});
        CHECK(elsewhere.starts() == times{2s});
        CHECK(in.attempts_between(10s, 10001ms) >= 38);
    }
}

TEST_CASE("6.3 attempts that run already are not cut off by a recovery", "[invariant-6]")
{
    scenario in;
    in.on_reconnect({ok(3s)});
    auto& running = in.spawn({ok(20s)});
    in.spawn({broken(1s)});
    in.run();

    CHECK(running.succeeded());
    CHECK(running.starts() == times{0s});
    CHECK(running.ended == 20s);
}

TEST_CASE("6.4 settle is the policy's own", "[invariant-6]")
{
    ms const settle = GENERATE(ms{0}, ms{250}, ms{60000});
    scenario in{with_policy(exact_options(), category::connection, [=](mend::policy& each) { each.settle = settle; })};
    in.on_disconnect({ok(1s)});
    auto& reconnect = in.on_reconnect();
    in.spawn({broken()});
    in.run();

    CHECK(reconnect.starts() == times{1s + settle});
}

TEST_CASE("6.5 the session stays closed while a second recovery follows the first", "[invariant-6]")
{
    scenario in;
    in.on_reconnect({ok(3s)});
    in.on_rotate_proxy({ok(3s)});
    in.spawn({broken(1s)});    // until 6 s
    in.spawn({bad_proxy(2s)}); // 6 s - 11 s
    auto& other = in.spawn(5s, {}, {ok()});
    in.run();

    CHECK(in.attempts_between(1s, 11s) == 0);
    CHECK(other.starts() == times{11s});
}

TEST_CASE("6.6 a callback that fails opens the way as well", "[invariant-6]")
{
    scenario in;
    in.on_reconnect({raises(std::runtime_error{"no network"}, 3s)});
    in.spawn({broken(1s)});
    auto& other = in.spawn(2s, {}, {ok()});
    in.run();

    CHECK(other.starts() == times{6s});
}

TEST_CASE("6.7 close cancels the callback that runs, and no other begins", "[invariant-6]")
{
    ms const when = GENERATE(ms{2000}, ms{6000}, ms{8000}); // in disconnect, settle and reconnect
    CAPTURE(when);
    scenario in;
    auto& disconnect = in.on_disconnect({ok(4s)});
    auto& reconnect = in.on_reconnect({ok(3s)});
    auto& operation = in.spawn({broken(1s)});
    in.at(when, [&] { in.sender.close(); });
    in.run();

    REQUIRE(in.all_ended());
    CHECK(operation.why() == stop_reason::closed);
    CHECK(operation.ended == when);
    CHECK(disconnect.runs[0].cancelled == (when < 5s));
    CHECK(reconnect.count() == (when < 7s ? 0 : 1));
    if (reconnect.count() == 1)
        CHECK(reconnect.runs[0].cancelled);
}

TEST_CASE("6.8 a settle that has passed does not count against the deadline of an operation that joins the recovery",
          "[invariant-6]")
{
    scenario in;
    in.on_reconnect();
    mend::call const hurried{.deadline = in.moment(3500ms)};
    auto& late = in.spawn(0ms, hurried, {broken(1900ms)});
    in.spawn(0ms, {}, {broken()});
    in.run();
    CHECK(late.succeeded());
    CHECK(late.starts() == std::vector<ms>{0ms, 3s});
}

TEST_CASE("6.9 a close that comes while on_disconnect is ending does not wait for the settle, and no callback runs after it",
          "[invariant-6]")
{
    auto const settle = GENERATE(ms{2s}, ms{0});
    for (int const turns : {0, 1, 2, 3}) {
        scenario in{with_policy(exact_options(), category::connection, [&](mend::policy& its) { its.settle = settle; })};
        int reconnects = 0;
        std::function<void(int)> close_after = [&](int left) {
            if (left == 0)
                in.manager.close();
            else
                asio::post(in.context, [&, left] { close_after(left - 1); });
        };
        in.manager.on_disconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            close_after(turns);
            co_return;
        });
        in.manager.on_reconnect([&](mend::recovery_request const&) -> asio::awaitable<void> {
            ++reconnects;
            co_return;
        });
        in.spawn(always(broken()));
        in.run();
        INFO(turns << " turns later");
        CHECK(in.time.elapsed() == 0s);
        if (settle > 0ms || turns == 0)  // else it may have begun before the close
            CHECK(reconnects == 0);
    }
}
