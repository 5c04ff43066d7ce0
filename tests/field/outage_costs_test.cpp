// A minute without the server costs a probe, not a campaign. The figures are those of the public reports, replayed with the
// default policies, 8 workers and 50 ms a request.
#include "field/errors.hpp"

using namespace field;
using mend::stop_reason;

namespace {

/// Messages to so many chats, none of which may be repeated, end as sent or in doubt, and of these no more than `most`.
void send_once(lab& in, std::size_t chats, std::size_t most)
{
    in.queue(chats, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.in_doubt() <= most);
    CHECK(in.sent() == chats - in.in_doubt());
}

struct client_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace

TEST_CASE("A minute of 502, of restarts or of resets leaves one message in doubt for each worker and each probe", "[field]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>(
        {{"502", bad_gateway()}, {"500 restart", restart()}, {"resets without on_reconnect", broken()}}));
    lab in;
    in.down(1s, 61s, answer);
    INFO(name);
    send_once(in, 2000, 50);
    // What was in flight, what three workers began before the fourth failure, and the probes.
    CHECK(in.in_doubt() <= 8 + 3 + in.manager.stats().probes);
    CHECK(in.twice() == 0);
}

TEST_CASE("Exceptions that no rule knows count as three, so that a client's own type ends in doubt no more often", "[field]")
{
    lab in;
    in.down(1s, 61s, raises(client_error{"boom"}));
    send_once(in, 2000, 54);  // 45 were measured
}

TEST_CASE("With on_probe a minute of 502, of restarts or of resets leaves only what was in flight in doubt", "[field]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>(
        {{"502", bad_gateway()}, {"500 restart", restart()}, {"resets without on_reconnect", broken()}}));
    lab in;
    in.with_probe();
    in.down(1s, 61s, answer);
    INFO(name);
    send_once(in, 2000, 16);  // 9 were measured
    CHECK(in.twice() == 0);
}

TEST_CASE("With on_probe, 50 accounts leave one message each in doubt", "[field]")
{
    lab in{{.accounts = 50, .workers = 1}};
    in.with_probe();
    in.down(1s, 61s, bad_gateway());
    send_once(in, 2000, 62);  // 52 were measured
}

TEST_CASE("200 accounts behind a server that is down for a minute probe it once in a while", "[field]")
{
    lab in{{.accounts = 200, .workers = 1}};
    in.down(0s, 60s, bad_gateway());
    in.queue(1000, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.requests_between(0s, 60s) <= 260);
    CHECK(in.sent() >= 950);
}

TEST_CASE("Probes that answer though sends fail spend one message each", "[field]")
{
    auto const [accounts, workers, in_doubt] = GENERATE(table<std::size_t, unsigned, std::size_t>({
        {std::size_t{1}, 8U, std::size_t{52}},    // 43 were measured
        {std::size_t{50}, 1U, std::size_t{104}},  // 86 were measured
    }));
    lab in{{.accounts = accounts, .workers = workers}};
    in.with_probe();
    in.answers([](request& what) {
        bool const fails = what.method != "getMe" && what.at >= 1s && what.at < 61s;
        return fails ? std::optional{bad_gateway()} : std::nullopt;
    });
    INFO(accounts << " accounts");
    send_once(in, 2000, in_doubt);
}

TEST_CASE("A probe that meets a told wait in one account is followed by another account's operation", "[field]")
{
    lab in{{.accounts = 50, .workers = 1}};
    in.with_probe();
    bool told = false;
    in.answers([&told](request& what) -> std::optional<step> {
        if (what.method == "getMe" && !std::exchange(told, true))
            return flood(100);
        return std::nullopt;
    });
    in.down(1s, 61s, bad_gateway());
    send_once(in, 2000, 62);  // 52 were measured
    CHECK(told);
    CHECK(in.last_ended() <= 132s);  // 110 s were measured: the account whose wait is 100 s is the last
}

TEST_CASE("An on_probe that fails with unknown is not asked again in the same outage", "[field]")
{
    auto const [name, answer] =
        GENERATE(table<std::string, step>({{"hangs", ok(forever)}, {"is broken", raises(client_error{"not implemented"})}}));
    lab in{{.accounts = 50, .workers = 1}};
    in.with_probe();
    in.answers([answer](request& what) { return what.method == "getMe" ? std::optional{answer} : std::nullopt; });
    in.down(1s, 61s, bad_gateway());
    in.queue(2000, once());
    in.run();

    INFO("on_probe " << name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.asked() == 1);
    CHECK(in.last_ended() <= 89s);  // 74 s were measured
    CHECK(in.sent() == 2000 - in.in_doubt());
}

TEST_CASE("Messages that carry an id and are spent as probes end exhausted: a few of them", "[field]")
{
    auto const [name, lasts, exhausted] = GENERATE(table<std::string, ms, std::size_t>({
        {"a minute", ms{60s}, std::size_t{10}},  // 8 were measured, and 32 without outages
        {"an hour", ms{3600s}, std::size_t{47}},  // 39 were measured
    }));
    bool const sockets_die = GENERATE(false, true);  // then reconnects are the probes
    lab in{{.sockets = dead_socket::resets}};
    if (sockets_die) {
        in.with_reconnect();
        in.cut(1s, 1s + lasts);
    } else {
        in.down(1s, 1s + lasts, bad_gateway());
    }
    in.queue(400, repeatable());
    in.run();

    INFO(name << (sockets_die ? " in which sockets die: " : ": ") << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.ended(stop_reason::retries_exhausted) <= (sockets_die ? 2 : exhausted));
    CHECK(in.sent() == 400 - in.ended(stop_reason::retries_exhausted));
}

TEST_CASE("With on_probe no message is spent as a probe, and none ends exhausted", "[field]")
{
    auto const lasts = GENERATE(ms{60s}, ms{3600s});
    lab in;
    in.with_probe();
    in.down(1s, 1s + lasts, bad_gateway());
    in.queue(400, repeatable());
    in.run();

    INFO(lasts.count() << " ms: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 400);
}

TEST_CASE("A hundred requests in flight that time out over half a minute start nothing new", "[field]")
{
    lab in{{.workers = 100}};
    in.answers([](request& what) -> std::optional<step> {
        if (what.at < 1s || what.at >= 31s)
            return std::nullopt;
        return timed_out(std::max(ms{50}, ms{300} * static_cast<int>(what.number % 100)));
    });
    send_once(in, 4000, 122);  // 102 were measured
}

TEST_CASE("One second up and one second down", "[field]")
{
    lab in;
    in.answers([](request& what) { return what.at / 1s % 2 == 1 ? std::optional{bad_gateway()} : std::nullopt; });
    // 139 were measured, and 960 without outages. It depends on where the probes fall in the seconds: an outage costs 11 (8 in
    // flight, 3 begun before the fourth failure), and ends in the middle of a good second, by chance at its end.
    send_once(in, 2000, 300);
}
