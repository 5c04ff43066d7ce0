// What callbacks meet is the account's own failure, and a recovery that mends nothing is not repeated for ever.
#include "field/errors.hpp"

using namespace field;
using mend::action;
using mend::event_kind;
using mend::stop_reason;

namespace {

/// The only socket of one account dies at 1 s, the network being well a moment later; `answer` is what the client learns while
/// it connects again.
void dies_and_learns_while_connecting(lab& in, step answer)
{
    in.cut(1s, 1s + 1ms);
    in.on_connect([answer](std::size_t, action act) { return act == action::reconnect ? std::optional{answer} : std::nullopt; });
    in.with_reconnect();
    in.queue(200, repeatable());
}

}  // namespace

// --- what a callback throws

TEST_CASE("A reconnect that meets the account's death quarantines it for ever", "[field]")
{
    auto const [code, name] = GENERATE(table<int, std::string>({{401, "USER_DEACTIVATED_BAN"},
                                                                {401, "USER_DEACTIVATED"},
                                                                {420, "FROZEN_METHOD_INVALID"},
                                                                {420, "FROZEN_PARTICIPANT_MISSING"}}));
    lab in{{.sockets = dead_socket::resets}};
    in.with_login();
    dies_and_learns_while_connecting(in, rpc(code, name));
    mend::account_state seen;
    in.at(600s, [&] { seen = in.clients[0].account.state(); });
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() <= 2);
    CHECK(in.logins() == 0);
    CHECK(in.requests_between(2s, forever) == 0);
    CHECK(seen.what == mend::account_state::kind::quarantined);
    CHECK_FALSE(seen.until);
    CHECK(seen.why == mend::category::account_dead);
    CHECK(in.sent() == 160);
    CHECK(in.ended(stop_reason::quarantined) >= 32);  // all but the 8 that were in flight
}

TEST_CASE("A reconnect that meets a lost session logs in, once, and everything is sent", "[field]")
{
    auto const name = GENERATE(as<std::string>{}, "AUTH_KEY_UNREGISTERED", "SESSION_REVOKED");
    lab in{{.sockets = dead_socket::resets}};
    in.with_login();
    dies_and_learns_while_connecting(in, rpc(401, name));
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() <= 2);
    CHECK(in.logins() == 1);
    CHECK(in.sent() == 200);
}

TEST_CASE("A reconnect that meets a lost session without on_relogin is not repeated", "[field]")
{
    lab in{{.sockets = dead_socket::resets}};
    dies_and_learns_while_connecting(in, rpc(401, "AUTH_KEY_UNREGISTERED"));
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connects(action::reconnect, 0s, 600s) <= 2);  // a quarantine of 10 minutes
}

TEST_CASE("A reconnect that meets a told wait of an hour holds connects and sends for that hour", "[field]")
{
    lab in{{.sockets = dead_socket::resets}};
    bool told = false;
    in.on_connect([&told](std::size_t, action) -> std::optional<step> {
        if (std::exchange(told, true))
            return std::nullopt;
        return flood(3600);
    });
    in.with_reconnect();
    in.cut(1s, 1s + 1ms);
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(told);
    ms const from = in.connected.front().at + 50ms;
    CHECK(in.connects(action::reconnect, from, from + 3600s) == 0);
    CHECK(in.requests_between(from, from + 3600s) == 0);
    CHECK(in.sent() == 400);
    CHECK(in.last_sent() <= from + 3600s + 30s);
}

TEST_CASE("A rotation and a probe that meet a told wait hold connects and sends alike", "[field]")
{
    bool const by_probe = GENERATE(false, true);
    lab in;
    std::optional<ms> told;
    if (by_probe) {
        in.with_probe();
        in.answers([&](request& what) -> std::optional<step> {
            if (what.method != "getMe" || told)
                return std::nullopt;
            told = what.at + 50ms;
            return flood(600);
        });
        in.down(1s, 20s, bad_gateway());
    } else {
        in.with_rotation();
        in.on_connect([&](std::size_t, action) -> std::optional<step> {
            if (told)
                return std::nullopt;
            told = in.now() + 50ms;
            return flood(600);
        });
        in.down(1s, 2s, bad_proxy());
    }
    in.queue(400, repeatable());
    in.run();

    INFO((by_probe ? "probe: " : "rotation: ") << in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(told);
    CHECK(in.requests_between(*told, *told + 600s) == 0);
    CHECK(in.connects(action::rotate_proxy, *told, *told + 600s) == 0);
    CHECK(in.sent() == 400);
}

// --- recoveries in an outage

TEST_CASE("Ten accounts whose sockets died in an outage of a minute send everything soon after its end", "[field]")
{
    auto const [name, sockets, soon] = GENERATE(table<std::string, dead_socket, ms>({
        {"hang", dead_socket::hangs, ms{17500}},     // 14.6 s were measured
        {"are reset", dead_socket::resets, ms{24300}},  // 20.2 s were measured
    }));
    auto made = default_options();
    made.attempt_timeout = 5s;
    lab in{{.accounts = 10, .workers = 1, .sockets = sockets, .options = made}};
    in.with_disconnect();
    in.with_reconnect();
    in.cut(1s, 61s);
    in.queue(400, repeatable());
    in.run();

    INFO("they " << name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 400);
    CHECK(in.last_sent() <= 61s + soon);
}

TEST_CASE("A session that is revoked while the network is out is renewed when the network is back", "[field]")
{
    lab in;
    bool renewed = false;
    in.answers([&renewed](request&) -> std::optional<step> { return renewed ? std::nullopt : std::optional{lost_session()}; });
    in.on_connect([&](std::size_t, action) -> std::optional<step> {
        if (in.now() < 60s)
            return refused_connection();
        renewed = true;
        return std::nullopt;
    });
    in.with_reconnect();
    in.with_login();
    in.queue(160, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 160);
    CHECK(in.logins() == 3);
    CHECK(in.last_sent() <= 79s);  // 66 s were measured
}

// --- alone

TEST_CASE("The reconnect that a refresh calls for runs, though its operation is cancelled in the same moment", "[field]")
{
    lab in;
    in.with_reconnect();
    auto& sent = in.send(1s, repeatable());
    struct {
        message& of;
        static asio::awaitable<void> refresh(message& cancelled)
        {
            cancelled.stop.emit(asio::cancellation_type::terminal);
            throw mend::operation_error{
                mend::network_failure(std::make_error_code(std::errc::connection_refused), mend::phase::connect)};
            co_return;
        }
        asio::awaitable<void> operator()(mend::recovery_request const&) const { return refresh(of); }
    } const refreshing{sent};
    in.manager.on_refresh(refreshing);
    in.answers([](request&) { return std::optional{raises(mend::rpc_error{303, "USER_MIGRATE_2"})}; });
    in.run();

    INFO(in.summary());
    CHECK(sent.why() == mend::stop_reason::cancelled);
    CHECK(in.reconnects() == 1);
}

TEST_CASE("A lone operation still ends after four attempts, as its policy says", "[field]")
{
    lab in;
    in.with_reconnect();
    in.down(0s, forever, broken());
    auto& lone = in.send(0s, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(lone.has_ended());
    CHECK(lone.why() == stop_reason::retries_exhausted);
    CHECK(lone.attempts == 4);
    CHECK(lone.ended.value() >= 12s);
    CHECK(lone.ended.value() <= 16s);  // 13.3 s were measured: three settles of 2 s, and 1 + 2 + 4 s
}

TEST_CASE("A told wait with a connection error is waited for once", "[field]")
{
    lab in;
    in.with_reconnect();
    in.answers([](request& what) -> std::optional<step> {
        if (what.attempt > 1)
            return std::nullopt;
        auto made = mend::network_failure(std::make_error_code(std::errc::connection_reset), mend::phase::reply);
        made.retry_after = 100s;
        return fails(made);
    });
    auto& told = in.send(0s, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(told.sent());
    CHECK(in.requests_between(1ms, 100s) == 0);
    CHECK(in.connects(action::reconnect, 0s, 100s) == 0);
    CHECK(told.ended.value() <= 115s);  // the jitter of the hold is 5 s at most; then settle and the policy's own delay
}

// --- logins

TEST_CASE("A login that the network prevents counts once, is repeated every half minute, and quarantines nothing", "[field]")
{
    lab in{{.limit = 20h}};
    ms well{0};  // the session was renewed then
    ms lost{1s};
    ms network_from{301s};
    in.answers([&](request& what) { return what.at >= lost && well < lost ? std::optional{lost_session()} : std::nullopt; });
    in.on_connect([&](std::size_t, mend::action) -> std::optional<step> {
        if (in.now() < network_from)
            return refused_connection();
        well = in.now();
        return std::nullopt;
    });
    in.with_login();
    in.queue(400, repeatable());
    in.at(5h, [&] { lost = 5h; });
    in.at(6h, [&] { lost = 6h; });
    for (ms const when : {ms{5h}, ms{6h}})
        for (int count = 0; count < 10; ++count)
            in.send(when + 1s, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 420);
    auto const first = in.connects(mend::action::relogin, 0s, 1h);
    CHECK(first >= 10);
    CHECK(first <= 12);
    CHECK(in.connects(mend::action::relogin, 5h, 6h) == 1);
    CHECK(in.connects(mend::action::relogin, 6h, 7h) == 1);
}

TEST_CASE("A login that the network prevents for longer than ten minutes has failed", "[field]")
{
    lab in;
    in.answers([](request&) { return std::optional{lost_session()}; });
    in.on_connect([](std::size_t, mend::action) { return std::optional{refused_connection()}; });
    in.with_login();
    in.queue(40, repeatable());
    mend::account_state seen;
    in.at(700s, [&] { seen = in.clients[0].account.state(); });
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.ended(stop_reason::quarantined) == 40);
    CHECK(in.last_ended() >= 600s);
    CHECK(in.last_ended() <= 660s);
    CHECK(seen.what == mend::account_state::kind::quarantined);
}

TEST_CASE("A told wait that a login meets is kept", "[field]")
{
    lab in{{.limit = 24h}};
    bool renewed = false;
    std::optional<ms> told;
    in.answers([&renewed](request& what) -> std::optional<step> {
        return what.at >= 1s && !renewed ? std::optional{lost_session()} : std::nullopt;
    });
    in.on_connect([&](std::size_t, mend::action) -> std::optional<step> {
        if (told) {
            renewed = true;
            return std::nullopt;
        }
        told = in.now() + 50ms;
        return flood(7200);
    });
    in.with_login();
    in.queue(400, repeatable());
    for (int minute = 1; minute < 200; ++minute)
        in.send(std::chrono::minutes{minute}, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(told);
    CHECK(in.connects(mend::action::relogin, *told, *told + 7200s) == 0);
    CHECK(in.requests_between(*told, *told + 7200s) == 0);
    CHECK(in.logins() == 2);
    CHECK(in.messages.back().sent());
}

TEST_CASE("An account logs in at most three times a day", "[field]")
{
    lab in{{.limit = 72h}};
    in.answers([](request&) { return std::optional{lost_session()}; });
    in.with_login();
    for (int count = 0; count < 24 * 6; ++count)
        in.send(std::chrono::minutes{10} * count, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connects(mend::action::relogin, 0s, 24h) == 3);
    CHECK(in.sent() == 0);
}

// --- slots

TEST_CASE("With one slot, a callback that needs another account's recovery does not wait for ever", "[field]")
{
    auto made = default_options();
    made.max_concurrent_recoveries = 1;
    lab in{{.accounts = 2, .options = made}};
    bool well = false;
    in.answers([&well](request& what) -> std::optional<step> {
        if (well)
            return std::nullopt;
        return what.account == 0 || what.attempt < 3 ? std::optional{refused_connection()} : std::nullopt;
    });
    std::size_t reported = 0;
    in.manager.subscribe(
        [&reported](mend::event const& what) { reported += what.kind == event_kind::user_code_failed ? 1U : 0U; });
    in.with_reconnect();
    in.clients[0].account.on_reconnect([&](mend::recovery_request const&) { return in.send_inside(1, well); });
    auto& send = in.send(0s, repeatable(), 0);
    in.run();

    INFO(in.summary());
    REQUIRE(send.has_ended());
    CHECK(send.why() != stop_reason::closed);
    CHECK(send.ended.value() <= 300s);
    CHECK(reported >= 1);
}
