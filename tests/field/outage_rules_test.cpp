// When an outage begins, what ends it, and how it opens.
#include "field/errors.hpp"

#include <set>

using namespace field;
using mend::event_kind;
using mend::stop_reason;

namespace {

std::size_t outages_begun(lab const& in)
{
    return in.outages(event_kind::outage_began).size();
}

/// Every request in [1 s, 61 s) fails; the first one after that is answered by `answer`.
void first_after_the_end(lab& in, step answer)
{
    in.down(1s, 61s, bad_gateway());
    in.answers([answer, met = false](request& what) mutable -> std::optional<step> {
        if (what.at < 61s || std::exchange(met, true))
            return std::nullopt;
        return answer;
    });
}

}  // namespace

// --- evidence

TEST_CASE("Two failures in a row within half a minute are an outage of a lone sender, half a minute apart they are none",
          "[field]")
{
    auto const [apart, outages] = GENERATE(table<ms, std::size_t>({{ms{1s}, 1U}, {ms{28s}, 1U}, {ms{33s}, 0U}}));
    lab in;
    in.down(1s, 100s, bad_gateway());
    in.send(1s, once());
    in.send(1s + apart, once());
    in.run();

    INFO(apart.count() << " ms apart");
    CHECK(outages_begun(in) == outages);
}

TEST_CASE("A success between two failures prevents an outage", "[field]")
{
    lab in;
    in.answers([](request& what) { return what.peer == 2 ? std::nullopt : std::optional{bad_gateway()}; });
    for (int chat = 1; chat <= 3; ++chat) {
        auto about = once();
        about.peer = chat;
        in.send(1s * chat, about);
    }
    in.run();

    CHECK(outages_begun(in) == 0);
}

TEST_CASE("The more is in flight, the more failures in a row it takes: half of it, and five at most", "[field]")
{
    auto const [in_flight, failing, outages] = GENERATE(table<int, int, std::size_t>({
        {6, 2, 0U},
        {6, 3, 1U},
        {100, 4, 0U},
        {100, 5, 1U},
    }));
    lab in;
    in.answers([failing](request& what) -> std::optional<step> { return what.peer <= failing ? bad_gateway() : ok(10s); });
    for (int chat = 1; chat <= in_flight; ++chat) {
        auto about = once();
        about.peer = chat;
        in.send(0s, about);
    }
    in.run();

    INFO(failing << " of " << in_flight);
    CHECK(outages_begun(in) == outages);
}

TEST_CASE("Three accounts of a server that fail within two seconds are its outage, and five where there are ten or more",
          "[field]")
{
    auto const [accounts, failing, server] = GENERATE(table<std::size_t, std::size_t, bool>({
        {9, 2, false},
        {9, 3, true},
        {10, 4, false},
        {10, 5, true},
        {200, 4, false},
        {200, 5, true},
    }));
    lab in{{.accounts = accounts}};
    in.answers([failing](request& what) -> std::optional<step> { return what.account < failing ? bad_gateway() : ok(5s); });
    for (std::size_t account = 0; account < accounts; ++account)
        in.send(1s, once(), account);
    in.run();

    INFO(failing << " of " << accounts);
    REQUIRE(outages_begun(in) == (server ? 1 : 0));
    if (server)
        CHECK(in.outages(event_kind::outage_began)[0].extent == mend::outage_extent::server);
}

// --- the end

TEST_CASE("Any answer of Telegram ends an outage", "[field]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>({
        {"success", ok()},
        {"a permanent failure", rpc(400, "MESSAGE_EMPTY")},
        {"a chat that is not to be written to", rpc(403, "USER_IS_BLOCKED")},
        {"a flood wait", flood(5)},
    }));
    lab in;
    first_after_the_end(in, answer);
    in.queue(2000, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE(ended.size() == 1);
    auto const first = requests_of(in, [](request const& each) { return each.at >= 61s; }).front();
    CHECK(ended[0].at == first.at + 50ms);
}

TEST_CASE("What proves nothing does not end an outage: the next goes after the gap", "[field]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>({
        {"temporary", bad_gateway()},
        {"connection", broken()},
        {"unknown", raises(std::runtime_error{"odd"})},
        {"custom", rpc(499, "ODD")},
    }));
    auto made = default_options();
    auto rules = mend::classifier{};
    rules.when_code(499, mend::category::custom_0);
    made.rules = rules.then(mend::telegram::rules());
    lab in{{.options = made}};
    first_after_the_end(in, answer);
    in.queue(2000, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    auto const after = requests_of(in, [](request const& each) { return each.at >= 61s; });
    REQUIRE(after.size() > 2);
    CHECK(after[1].at - after[0].at >= 5s);
    CHECK(in.outages(event_kind::outage_ended).back().at == after[1].at + 50ms);
}

TEST_CASE("A success of an attempt that began before the outage ends it", "[field]")
{
    lab in;
    in.answers([](request& what) { return what.context == "early" ? std::optional{ok(10s)} : std::nullopt; });
    in.down(1s, 5s, bad_gateway());
    auto early = once();
    early.context = "early";
    in.send(500ms, early);
    in.queue(2000, once());
    in.down(5s, 3600s, bad_gateway());
    in.at(12s, [] {});
    in.run();

    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended.front().at >= 10500ms);
    CHECK(ended.front().at <= 10500ms + 1s);  // seen at the next probe: a success leaves no trace but a count
}

TEST_CASE("A server's outage opens two accounts at first, and twice as many every quarter of a second", "[field]")
{
    lab in{{.accounts = 200, .workers = 1}};
    in.down(1s, 61s, bad_gateway());
    in.queue(200 * 40, repeatable());
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended.size() == 1);
    auto const accounts_within = [&](ms time) {
        std::set<std::size_t> seen;
        for (auto const& each : in.requests)
            if (each.at >= ended[0].at && each.at < ended[0].at + time)
                seen.insert(each.account);
        return seen.size();
    };
    CHECK(accounts_within(240ms) <= 3);  // the prober, and two
    CHECK(accounts_within(490ms) <= 7);
    CHECK(accounts_within(740ms) <= 15);
    CHECK(accounts_within(990ms) <= 31);
    CHECK(accounts_within(2s) == 200);
}

TEST_CASE("After a hold, an operation whose failure reaches only itself has come through", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        if (what.context != "first")
            return std::nullopt;
        return what.at < 10s ? flood(10) : rpc(400, "MESSAGE_EMPTY");
    });
    auto first = repeatable();
    first.context = "first";
    auto& refused = in.send(0s, first);
    in.starts_at(1s);
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(refused.why() == stop_reason::not_retryable);
    CHECK(in.sent() == 400);
    auto const after = requests_of(in, [](request const& each) { return each.at >= 10s; });
    REQUIRE(after.size() > 3);
    CHECK(after[0].context == "first");
    CHECK(after[2].at == after[0].at + 50ms);  // it admitted two
    CHECK(after[3].at == after[0].at + 100ms);
}

// --- logins and callbacks

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
