// A shortage on our own side, of descriptors, of memory, of a client's pooled connections: nothing is wrong with the server, the
// network or a proxy. It costs no connect and begins no outage, and the messages wait until there is room.
#include "field/errors.hpp"

using namespace field;
using mend::action;
using mend::event_kind;

namespace {

step no_descriptors()
{
    return raises(std::system_error{std::make_error_code(std::errc::too_many_files_open), "socket"});
}
step no_descriptors_for_proxy()
{
    return fails(mend::network_failure(std::make_error_code(std::errc::too_many_files_open), mend::phase::connect, true));
}
step full_pool()
{
    return raises(std::runtime_error{
        "Pool timeout: All connections in the connection pool are occupied. Request was *not* sent to Telegram."});
}

/// A program that has every callback.
void with_every_callback(lab& in)
{
    in.with_disconnect();
    in.with_reconnect();
    in.with_rotation();
    in.with_login();
}

/// There is room for so many requests at once; those above it fail at once.
rule room_for(std::size_t most, step shortage)
{
    return [=, until = std::deque<ms>{}](request& what) mutable -> std::optional<step> {
        while (!until.empty() && until.front() <= what.at)
            until.pop_front();
        if (until.size() == most)
            return shortage.after(1ms);
        until.push_back(what.at + 50ms);
        return std::nullopt;
    };
}

}  // namespace

TEST_CASE("A shortage on our own side never disconnects, connects or rotates, and every message is delivered after it", "[field]")
{
    auto const [name, shortage] = GENERATE(table<std::string, step>({
        {"an error code", no_descriptors()},
        {"an error code on the way to a proxy", no_descriptors_for_proxy()},
        {"a full pool", full_pool()},
        {"Go's words", raises(std::runtime_error{"dial tcp 149.154.167.220:443: socket: too many open files"})},
        {"Node's words", raises(std::runtime_error{"connect EADDRNOTAVAIL 149.154.167.220:443 - Local (0.0.0.0:0)"})},
        {"words that name a proxy",
         raises(std::runtime_error{"Cannot connect to proxy 10.0.0.1:1080: connection failed: Too many open files"})},
    }));
    auto const [accounts, workers] = GENERATE(table<std::size_t, unsigned>({
        {std::size_t{1}, 8U},
        {std::size_t{3}, 4U},
        {std::size_t{50}, 1U},
    }));
    lab in{{.accounts = accounts, .workers = workers}};
    with_every_callback(in);
    in.down(1s, 6s, shortage.after(1ms));
    in.queue(accounts * 100, once());
    in.run();

    INFO(name << ", " << accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connected.empty());
    CHECK(in.outage_events.empty());
    CHECK(in.sent() == accounts * 100);
    CHECK(in.twice() == 0);
    CHECK(in.requests_between(1s, 6s) <= 3 * accounts * workers);  // at 0, 1 and 3 s of it, by their own backoff
}

TEST_CASE("If more is in flight than there are descriptors, every message is delivered, and nothing connects", "[field]")
{
    lab in{{.accounts = 4, .workers = 16}};
    with_every_callback(in);
    in.answers(room_for(32, no_descriptors()));
    in.queue(8000, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.requests.size() > 8000);  // it was short
    CHECK(in.sent() == 8000);
    CHECK(in.connected.empty());
    CHECK(in.outage_events.empty());
    CHECK(in.last_sent() <= 20s);  // 12.5 s is the least with 32 at once
}

TEST_CASE("A shortage behind one proxy alone is not the proxy's trouble: no account rotates", "[field]")
{
    lab in{{.accounts = 12, .workers = 2}};
    with_every_callback(in);
    for (std::size_t account = 0; account < 12; ++account)
        in.clients[account].account.via(account % 2 == 0 ? "even" : "odd");
    in.answers([](request& what) -> std::optional<step> {
        bool const is_short = what.account % 2 == 0 && what.at >= 1s && what.at < 6s;
        return is_short ? std::optional{no_descriptors_for_proxy()} : std::nullopt;
    });
    in.queue(12 * 200, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connected.empty());
    CHECK(in.outage_events.empty());
    CHECK(in.sent() == 12 * 200);
}

TEST_CASE("A reconnect that meets a shortage on our own side is not followed by a rotation, and everything is sent", "[field]")
{
    auto const accounts = GENERATE(std::size_t{1}, std::size_t{12});
    lab in{{.accounts = accounts, .workers = 8, .sockets = dead_socket::resets}};
    in.with_reconnect();
    in.with_rotation();
    in.with_login();
    in.cut(1s, 1s + 1ms);
    in.on_connect([&in](std::size_t, action) { return in.now() < 3500ms ? std::optional{no_descriptors()} : std::nullopt; });
    in.queue(accounts * 400, repeatable());
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.rotations() == 0);
    CHECK(in.logins() == 0);
    CHECK(in.sent() == accounts * 400);
}

TEST_CASE(
    "A shortage on our own side that stops a reconnect any number of times is not followed by a rotation, and everything is sent",
    "[field]")
{
    lab in{{.workers = 0, .sockets = dead_socket::resets}};
    in.with_reconnect();
    in.with_rotation();
    in.cut(1s, 1s + 1ms);
    in.on_connect([&in](std::size_t, action) { return in.now() < 20s ? std::optional{no_descriptors()} : std::nullopt; });
    for (int one = 0; one != 4; ++one)
        in.send(2s, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.rotations() == 0);
    CHECK(in.sent() == 4);
}

TEST_CASE("A minute's shortage on our own side costs no message, and no connect", "[field]")
{
    auto const accounts = GENERATE(std::size_t{1}, std::size_t{50});
    lab in{{.accounts = accounts, .workers = accounts == 1 ? 8U : 1U}};
    with_every_callback(in);
    in.down(1s, 61s, no_descriptors().after(1ms));
    in.queue(2000, once());
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connected.empty());
    CHECK(in.outage_events.empty());
    CHECK(in.sent() == 2000);
}

TEST_CASE("A login that a shortage on our own side prevents is repeated, and quarantines nothing", "[field]")
{
    lab in;
    std::optional<ms> renewed;
    in.answers([&](request& what) -> std::optional<step> {
        return what.at >= 1s && !renewed ? std::optional{lost_session()} : std::nullopt;
    });
    in.on_connect([&](std::size_t, action) -> std::optional<step> {
        if (in.now() < 60s)
            return no_descriptors();
        renewed = in.now();
        return std::nullopt;
    });
    in.with_login();
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.logins() == 3);  // half a minute apart
    CHECK(in.sent() == 400);
    CHECK(in.outage_events.empty());
}

TEST_CASE("A shortage on our own side that probes meet does not end an outage, and costs no message", "[field]")
{
    bool const asks = GENERATE(false, true);
    lab in;
    if (asks)
        in.with_probe();
    in.answers([](request& what) -> std::optional<step> {
        bool const is_short = what.at >= 20s && what.at < 25s;
        return is_short ? std::optional{no_descriptors()} : std::nullopt;
    });
    in.down(1s, 61s, bad_gateway());
    in.queue(2000, once());
    in.run();

    INFO((asks ? "on_probe: " : "messages: ") << in.summary());
    REQUIRE(in.all_ended());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].at >= 61s);
    CHECK(in.in_doubt() <= (asks ? 16 : 50));
    CHECK(in.sent() == 2000 - in.in_doubt());
}

TEST_CASE("A shortage between failures of the server's does not count as evidence of its outage", "[field]")
{
    // One of the two accounts has a failure of the server's, the other a shortage: an outage of the server takes two.
    lab in{{.accounts = 2, .workers = 0}};
    for (int more = 0; more != 4; ++more) {
        auto about = once();
        about.context = more == 0 ? "fails" : "is short";
        in.send(1s + 100ms * more, about, static_cast<std::size_t>(more == 0 ? 0 : 1));
    }
    in.answers([](request& what) -> std::optional<step> {
        if (what.attempt > 1)
            return std::nullopt;
        return what.context == "fails" ? bad_gateway() : no_descriptors();
    });
    in.run();

    INFO(in.summary());
    CHECK(in.outage_events.empty());
    CHECK(in.sent() == 3);
    CHECK(in.in_doubt() == 1);
}

TEST_CASE("A shortage between two failures of the server's does not hide its outage", "[field]")
{
    lab in;
    in.answers([](request& what) {
        return what.context == "is short" && what.attempt == 1 ? std::optional{no_descriptors()} : std::nullopt;
    });
    in.down(1s, 6s, bad_gateway());
    auto short_of_room = repeatable();
    short_of_room.context = "is short";
    in.send(1s, once());
    in.send(1300ms, short_of_room);  // it tries again at 2.2 s, at the earliest
    in.send(1900ms, once());
    auto& waits = in.send(3s, repeatable());
    in.run();

    INFO(in.summary());
    auto const began = in.outages(event_kind::outage_began);
    REQUIRE(began.size() == 1);
    CHECK(began[0].at == 1950ms);
    CHECK(waits.sent());
}
