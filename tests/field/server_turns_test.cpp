// One at a time probes in a server's outage: whose turn it is, and when it goes to another.
#include "field/errors.hpp"

#include <set>

using namespace field;
using mend::action;
using mend::event_kind;

namespace {

/// Accounts of one server, whose outage begins at 1 s: the first message of each fails then.
void begin_servers_outage(lab& in, std::size_t accounts)
{
    for (std::size_t account = 0; account != accounts; ++account)
        in.send(1s, once(), account);
}

/// The probes of a server's outage that were reported in [from, to).
std::size_t probes_between(lab const& in, ms from, ms to)
{
    auto const all = in.outages(event_kind::probing);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](outage_event const& each) { return each.at >= from && each.at < to; }));
}

/// Requests with this context hang, for so long, and then fail.
void hangs(lab& in, std::string_view context, ms takes)
{
    in.answers([context, takes](request& what) -> std::optional<step> {
        return what.context == context ? std::optional{timed_out(takes)} : std::nullopt;
    });
}

mend::call named(mend::call about, std::string_view context)
{
    about.context = context;
    return about;
}

/// The third account's attempt, from before the server's outage, succeeds at 39.9 s; the probes of the others hang for 28 s.
void one_succeeds_while_probes_hang(lab& in)
{
    in.answers(
        [](request& what) -> std::optional<step> { return what.context == "early" ? std::optional{ok(39s)} : std::nullopt; });
    hangs(in, "hangs", 28s);
    in.down(0s, 90s, bad_gateway());
    in.send(900ms, named(repeatable(), "early"), 2);
    begin_servers_outage(in, 3);
    for (std::size_t account = 0; account != 2; ++account)
        in.send(1200ms, named(repeatable(), "hangs"), account);
}

}  // namespace

TEST_CASE("A probe that hangs for half a minute lets one go, of another account, and none of its own beside it", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    hangs(in, "hangs", 2h);
    in.down(0s, 90s, bad_gateway());
    begin_servers_outage(in, 3);
    in.send(1100ms, named(once(), "hangs"), 0);
    for (std::size_t account = 0; account != 3; ++account) {
        for (int more = 0; more != 5; ++more)
            in.send(1200ms, repeatable(), account);
    }
    in.run();

    INFO(in.summary());
    CHECK(in.requests_between(2s, 31s) == 0);
    CHECK(probes_between(in, 31s, 32s) == 1);
    CHECK(in.requests_between(31s, 32s) == 1);
    CHECK(in.sent() == 3 * 5);
}

TEST_CASE("If the probe is cancelled, the turn goes to another account at once", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    hangs(in, "hangs", 2h);
    in.down(0s, 90s, bad_gateway());
    begin_servers_outage(in, 3);
    auto& prober = in.send(1100ms, named(once(), "hangs"), 0);
    in.send(1200ms, named(repeatable(), "hangs"), 1);
    for (int more = 0; more != 5; ++more)
        in.send(1200ms, repeatable(), 0);
    in.at(20s, [&] { prober.stop.emit(asio::cancellation_type::terminal); });
    in.run();

    INFO(in.summary());
    CHECK(in.requests_between(2s, 20s) == 0);
    CHECK(in.requests_between(20s, 50s) == 1);  // the other account's, which has half a minute of its own
    CHECK(in.sent() == 5);
}

TEST_CASE("A success of an attempt from before a server's outage ends it when the next probe fails, at the latest", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    one_succeeds_while_probes_hang(in);
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    // The early one succeeds at 39.9 s, while the second probe runs.
    CHECK(ended[0].extent == mend::outage_extent::server);
    CHECK(ended[0].at > 40s);
    CHECK(in.requests_between(40s, ended[0].at) == 0);
    CHECK(std::any_of(in.requests.begin(), in.requests.end(),
                      [&](request const& each) { return each.at + 28s == ended[0].at && each.context == "hangs"; }));
}

TEST_CASE("So does the only success of an account that is gone by then", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    one_succeeds_while_probes_hang(in);
    in.at(20s, [&] { mend::account const gone = std::move(in.clients[2].account); });
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended[0].at > 40s);
    CHECK(ended[0].at < 90s);
}

TEST_CASE("A probe that hangs when a server's outage is over does not keep the accounts behind it from coming back", "[field]")
{
    lab in{{.accounts = 5, .workers = 0}};
    hangs(in, "hangs", 2h);
    if (GENERATE(false, true))  // perhaps another of that account's operations waits
        in.send(1200ms, named(repeatable(), "hangs"), 0);
    in.answers([](request& what) -> std::optional<step> {
        if (what.context != "early")
            return std::nullopt;
        return fails(mend::telegram::bot_api_failure(400, 400, "Bad Request: message text is empty"), 20s);
    });
    in.down(0s, 19s, bad_gateway());
    in.send(900ms, named(once(), "early"), 1);
    begin_servers_outage(in, 3);
    in.send(1100ms, named(once(), "hangs"), 0);
    for (std::size_t account = 1; account != 4; ++account)
        in.send(1200ms, named(repeatable(), "hangs"), account);
    auto& behind = in.send(21s, repeatable(), 4);
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended[0].at == 20s + 900ms);  // the early one is answered
    REQUIRE(behind.sent());
    CHECK(behind.ended.value() < 22s);
}

TEST_CASE("Accounts that are closed do not count for how many have to fail", "[field]")
{
    lab in{{.accounts = 12, .workers = 0}};
    in.answers([](request& what) { return what.at < 1s ? std::optional{ok(20s)} : std::nullopt; });
    in.down(1s, 30s, bad_gateway());
    for (std::size_t account = 9; account != 12; ++account)
        in.clients[account].account.close();
    for (std::size_t account = 0; account != 9; ++account)  // all of them are at work
        in.send(account < 3 ? 1s : 900ms, once(), account);
    in.run();

    INFO(in.summary());
    auto const began = in.outages(event_kind::outage_began);
    CHECK(std::any_of(began.begin(), began.end(),
                      [](outage_event const& each) { return each.extent == mend::outage_extent::server; }));
}

TEST_CASE("In a server's outage rotations keep their distance from the moment in which they begin", "[field]")
{
    lab in{{.accounts = 4, .workers = 0}};
    in.with_reconnect();
    in.with_rotation();
    in.on_connect([](std::size_t, action act) {
        return std::optional{act == action::rotate_proxy ? timed_out(45s) : refused_connection()};
    });
    in.answers([](request&) { return std::optional{closed_by_proxy()}; });
    for (std::size_t account = 0; account != 4; ++account) {
        for (int more = 0; more != 3; ++more)
            in.send(1s, repeatable(), account);
    }
    in.run();

    INFO(in.summary());
    std::vector<ms> ages;
    for (auto const& each : in.connected) {
        if (each.act == action::rotate_proxy)
            ages.push_back(each.at - 1050ms);
    }
    REQUIRE(ages.size() >= 3);
    for (std::size_t index = 1; index != ages.size(); ++index) {
        INFO("the rotation at the age of " << ages[index].count() << " ms");
        CHECK(ages[index] >= 2 * ages[index - 1]);
    }
}

TEST_CASE("In a server's outage the message that follows on_probe has half a minute of its own", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    in.with_probe();
    hangs(in, "hangs", 29s);
    in.answers(
        [](request& what) -> std::optional<step> { return what.method == "getMe" ? std::optional{ok(9s)} : std::nullopt; });
    in.down(0s, 3min, bad_gateway());
    begin_servers_outage(in, 3);
    for (std::size_t account = 0; account != 3; ++account)
        in.send(1200ms, named(repeatable(), "hangs"), account);
    in.run();

    INFO(in.summary());
    std::vector<ms> messages;
    for (auto const& each : in.requests) {
        if (each.context == "hangs" && each.at < 3min)
            messages.push_back(each.at);
    }
    REQUIRE(messages.size() >= 3);
    for (std::size_t index = 1; index != messages.size(); ++index)
        CHECK(messages[index] - messages[index - 1] >= 29s + 500ms + 9s);
}

TEST_CASE("The accounts of a server come back a quarter of a second apart, though one of them looks meanwhile", "[field]")
{
    lab in{{.accounts = 6, .workers = 0}};
    in.down(0s, 10s, bad_gateway());
    begin_servers_outage(in, 6);
    for (std::size_t account = 0; account != 6; ++account) {
        in.send(1200ms, repeatable(), account);
        for (ms when = 10s; when != 13s; when += 60ms)  // each visits its account
            in.send(when, repeatable(), account);
    }
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    std::set<std::size_t> back;
    for (auto const& each : in.requests) {
        if (each.at >= ended[0].at && each.at <= ended[0].at + 250ms)
            back.insert(each.account);
    }
    CHECK(back.size() == 6);  // two at first, and four more
}
