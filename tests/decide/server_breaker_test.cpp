// A server's outage, without I/O: witnesses, turns, the opening, and the proxy that alone is to blame.
#include "support/catch.hpp"

#include <mend/detail/server_breaker.hpp>

#include <array>
#include <cstddef>
#include <optional>

using namespace std::chrono_literals;
using mend::detail::census;
using mend::detail::server_breaker;
using mend::detail::time_point;
using mend::detail::turn;

namespace {

constexpr time_point start = time_point{} + 1000h;

/// A server of a hundred accounts, ten of which have operations in flight.
struct bench {
    server_breaker breaker;
    census counted{.successes = 0, .others = 0, .accounts = 100, .active = 10};
    std::array<turn, 20> turns{};

    /// A piece of evidence of the account; true: it begins the server's outage.
    bool fail(std::size_t account, time_point now, std::uint32_t via = 0) { return judge(account, now, via).outage; }
    server_breaker::decision judge(std::size_t account, time_point now, std::uint32_t via)
    {
        if (!breaker.add_evidence(&turns.at(account), via, now))
            return {};
        return breaker.judge(via, counted, now);
    }
    /// The server's outage begins, with its first evidence at that moment.
    void begin(time_point now)
    {
        for (std::size_t account = 0; account != 4; ++account)
            REQUIRE(!fail(account, now));
        REQUIRE(fail(4, now));
    }
    void enqueue(std::size_t first, std::size_t last)
    {
        for (std::size_t account = first; account != last; ++account)
            breaker.enqueue(turns.at(account));
    }
    /// Whose turn it is now; nothing: no account's.
    std::optional<std::size_t> next(time_point now)
    {
        auto const grant = breaker.next_grant(now);
        return grant ? std::optional{static_cast<std::size_t>(grant->whose - turns.data())} : std::nullopt;
    }
};

/// How many accounts of so many, all at work, have to fail within 2 s.
std::size_t needed_of(std::size_t accounts, std::size_t active)
{
    bench here;
    here.counted.accounts = accounts;
    here.counted.active = active;
    std::size_t failing = 0;
    while (failing != here.turns.size() && !here.fail(failing, start))
        ++failing;
    return failing + 1;
}

}  // namespace

TEST_CASE("a server's outage needs failures of three accounts, of five if there are ten or more, of two if two work")
{
    CHECK(needed_of(100, 50) == 5);
    CHECK(needed_of(10, 10) == 5);
    CHECK(needed_of(9, 9) == 3);
    CHECK(needed_of(9, 4) == 2);
    CHECK(needed_of(2, 2) == 2);
}

TEST_CASE("one account alone is never its server's outage")
{
    bench here;
    here.counted.accounts = here.counted.active = 1;
    for (int failure = 0; failure != 100; ++failure)
        CHECK(!here.fail(0, start));
}

TEST_CASE("the accounts have to fail within 2 s, with no success between")
{
    bench here;
    for (std::size_t account = 0; account != 4; ++account)
        REQUIRE(!here.fail(account, start));
    SECTION("at the end of these 2 s it is one")
    {
        CHECK(here.fail(4, start + 2s));
        CHECK(here.breaker.since() == start);
    }
    SECTION("later it is not")
    {
        CHECK(!here.fail(4, start + 2001ms));
    }
    SECTION("nor after a success")
    {
        here.counted.successes = 1;
        CHECK(!here.fail(4, start + 1s));
        for (std::size_t account = 5; account != 8; ++account)
            CHECK(!here.fail(account, start + 1s));
        CHECK(here.fail(8, start + 1s));
    }
    SECTION("nor when it is the same account again")
    {
        CHECK(!here.fail(3, start + 1s));
        CHECK(here.fail(4, start + 1s));
    }
}

TEST_CASE("one account at a time probes, the longest waiting first, each time another")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 3);
    CHECK(here.next(start + 499ms) == std::nullopt);
    CHECK(here.breaker.next_moment() == start + 500ms);
    CHECK(here.next(start + 500ms) == 0);
    CHECK(here.breaker.is_prober(here.turns[0], start + 500ms));
    CHECK(here.next(start + 1s) == std::nullopt);
    here.breaker.probe_failed(here.turns[0], start + 1s);
    here.breaker.enqueue(here.turns[0]);
    CHECK(here.next(start + 1499ms) == std::nullopt);
    CHECK(here.next(start + 1500ms) == 1);
    here.breaker.probe_failed(here.turns[1], start + 20s);
    CHECK(here.next(start + 21'999ms) == std::nullopt);  // a tenth of its age
    CHECK(here.next(start + 22s) == 2);
    here.breaker.probe_failed(here.turns[2], start + 22s);
    CHECK(here.next(start + 30s) == 0);
}

TEST_CASE("a probe that hangs lets the next one go after 30 s, and its end then does not count for that one")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 2);
    REQUIRE(here.next(start + 1s) == 0);
    CHECK(here.breaker.next_moment() == start + 31s);
    CHECK(here.next(start + 30'999ms) == std::nullopt);
    CHECK(here.breaker.is_prober(here.turns[0], start + 30'999ms));
    CHECK(!here.breaker.is_prober(here.turns[0], start + 31s));  // though the next has not had it yet
    CHECK(here.next(start + 31s) == 1);
    here.breaker.probe_failed(here.turns[0], start + 32s);
    CHECK(here.breaker.is_prober(here.turns[1], start + 32s));
}

TEST_CASE("the 30 s of a turn count from the last thing that has begun in it")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 2);
    REQUIRE(here.next(start + 1s) == 0);
    here.breaker.step_begins(here.turns[1], start + 5s);  // whose turn it is not
    CHECK(here.breaker.next_moment() == start + 31s);
    here.breaker.step_begins(here.turns[0], start + 11s);
    CHECK(here.breaker.next_moment() == start + 41s);
    CHECK(here.next(start + 40'999ms) == std::nullopt);
    CHECK(here.next(start + 41s) == 1);
}

TEST_CASE("an account that has nothing to probe with passes its turn on at once")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 2);
    REQUIRE(here.next(start + 1s) == 0);
    here.breaker.pass_on(here.turns[0]);
    CHECK(here.next(start + 1s) == 1);
}

TEST_CASE("an account that goes away while it waits or probes does not block others")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 3);
    here.breaker.remove(here.turns[1]);
    REQUIRE(here.next(start + 1s) == 0);
    here.breaker.remove(here.turns[0]);
    CHECK(here.next(start + 1s) == 2);
}

TEST_CASE("on_probe is asked first, until it has answered or failed with unknown")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 4);
    CHECK(here.breaker.next_grant(start + 1s)->asks_first);
    here.breaker.on_probe_answered();
    here.breaker.pass_on(here.turns[0]);
    CHECK(!here.breaker.next_grant(start + 1s)->asks_first);  // an operation goes in place of it
    here.breaker.probe_failed(here.turns[1], start + 1s);
    CHECK(here.breaker.next_grant(start + 2s)->asks_first);
    here.breaker.on_probe_says_nothing();
    here.breaker.probe_failed(here.turns[2], start + 2s);
    CHECK(!here.breaker.next_grant(start + 3s)->asks_first);
}

TEST_CASE("when an attempt was answered two accounts go, and every 250 ms twice as many more")
{
    bench here;
    here.begin(start);
    here.enqueue(0, 16);
    REQUIRE(here.next(start + 1s) == 0);
    CHECK(here.breaker.answered(start + 10s));
    CHECK(!here.breaker.answered(start + 10s));
    auto const let_out = [&](time_point now) {
        std::size_t accounts = 0;
        while (auto const grant = here.breaker.next_grant(now)) {
            CHECK(!grant->probes);
            ++accounts;
        }
        return accounts;
    };
    CHECK(let_out(start + 10s) == 2);
    CHECK(let_out(start + 10'249ms) == 0);
    CHECK(here.breaker.next_moment() == start + 10'250ms);
    CHECK(let_out(start + 10'250ms) == 4);
    CHECK(let_out(start + 10'500ms) == 8);
    CHECK(let_out(start + 10'750ms) == 2);  // the last, and the one that probed when another was answered
    CHECK(here.breaker.what() == server_breaker::phase::opening);
    CHECK(let_out(start + 11s) == 0);
    CHECK(here.breaker.what() == server_breaker::phase::calm);
}

TEST_CASE("while it opens, only a new outage closes it, and that goes on with the age")
{
    bench here;
    here.begin(start);
    REQUIRE(here.breaker.answered(start + 100s));
    auto const epoch = here.breaker.epoch();
    CHECK(!here.fail(0, start + 100s));
    CHECK(here.breaker.what() == server_breaker::phase::opening);
    for (std::size_t account = 1; account != 5; ++account)
        (void)here.fail(account, start + 100s);
    CHECK(here.breaker.what() == server_breaker::phase::out);
    CHECK(here.breaker.since() == start);
    CHECK(here.breaker.epoch() == epoch + 1);
}

TEST_CASE("an outage of the server that returns within 30 s goes on with its age, one that returns later begins anew")
{
    bench here;
    here.begin(start);
    REQUIRE(here.breaker.answered(start + 100s));
    while (here.breaker.what() != server_breaker::phase::calm)
        (void)here.breaker.next_grant(here.breaker.next_moment());
    SECTION("within them")
    {
        here.begin(start + 130s);
        CHECK(here.breaker.since() == start + 30s);
    }
    SECTION("later")
    {
        here.begin(start + 131s);
        CHECK(here.breaker.since() == start + 131s);
    }
}

TEST_CASE("a proxy behind which alone accounts have failed, while others came through, is to blame")
{
    bench here;
    CHECK(!here.judge(0, start, 1).proxy);
    SECTION("while accounts behind others came through")
    {
        here.counted.others = 1;
        auto const verdict = here.judge(1, start + 1s, 1);
        CHECK(verdict.proxy);
        CHECK(verdict.newly);
        CHECK(!verdict.outage);
        CHECK(here.breaker.is_convicted(1, start + 1s));
        CHECK(!here.breaker.is_convicted(2, start + 1s));
        CHECK(!here.breaker.is_convicted(0, start + 1s));
        CHECK(!here.judge(2, start + 2s, 1).newly);
    }
    SECTION("not while they did nothing")
    {
        CHECK(!here.judge(1, start + 1s, 1).proxy);
    }
    SECTION("not where one behind another proxy has failed within 5 s")
    {
        CHECK(!here.judge(1, start + 1s, 2).proxy);
        here.counted.others = 1;
        CHECK(!here.judge(2, start + 2s, 1).proxy);
    }
    SECTION("accounts that name no proxy are on neither side")
    {
        CHECK(!here.judge(1, start + 1s, 0).proxy);
        here.counted.others = 1;
        CHECK(here.judge(2, start + 2s, 1).proxy);
    }
}

TEST_CASE("the prober may rotate its proxy once each time the outage's age doubles")
{
    bench here;
    CHECK(here.breaker.may_rotate(start));
    here.begin(start);
    CHECK(here.breaker.may_rotate(start + 5s));
    here.breaker.rotated(start + 5s);
    CHECK(!here.breaker.may_rotate(start + 9'999ms));
    CHECK(here.breaker.may_rotate(start + 10s));
    here.breaker.rotated(start + 15s);
    CHECK(!here.breaker.may_rotate(start + 29s));
    CHECK(here.breaker.may_rotate(start + 30s));
}
