#include "support/catch.hpp"

#include <mend/errors.hpp>
#include <mend/network.hpp>
#include <mend/proxy_pool.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace mend;
using namespace std::chrono_literals;
using evidence = proxy_evidence;
using result = proxy_pool::rotation::result;

namespace {

constexpr proxy_pool::time_point start = proxy_pool::time_point{} + 1000h;

std::vector<std::string> names(int count)
{
    std::vector<std::string> all;
    for (int i = 1; i <= count; ++i)
        all.push_back("p" + std::to_string(i));
    return all;
}

proxy_state state_of(proxy_pool const& pool, std::string_view name, proxy_pool::time_point now)
{
    for (auto const& each : pool.health_of_all(now)) {
        if (each.name == name)
            return each.state;
    }
    throw std::out_of_range{"no such proxy"};
}

evidence read(failure const& what)
{
    return evidence_of(what, telegram::rules().classify(what).what);
}

}  // namespace

TEST_CASE("an account keeps its proxy until it is rotated, and accounts spread evenly")
{
    proxy_pool pool{names(3)};
    std::map<std::string, int> carried;
    for (int account = 0; account != 9; ++account)
        ++carried[pool.proxy_of("account " + std::to_string(account), start)];
    CHECK(carried == std::map<std::string, int>{{"p1", 3}, {"p2", 3}, {"p3", 3}});
    auto const mine = pool.proxy_of("account 4", start);
    pool.note(mine, evidence::outage, start);
    CHECK(pool.proxy_of("account 4", start + 100h) == mine);
}

TEST_CASE("an account takes up the proxy of an earlier run")
{
    proxy_pool pool{names(3)};
    CHECK(pool.assign("a", "p3"));
    CHECK(pool.proxy_of("a", start) == "p3");
    CHECK(!pool.assign("b", "gone since"));
    CHECK(pool.proxy_of("b", start) == "p1");
    pool.forget("a");
    pool.forget("nobody");
    CHECK(pool.health_of_all(start)[2].accounts == 0);
}

TEST_CASE("a proxy that failed is left alone until its cooldown is over, then one account alone tries it")
{
    proxy_pool pool{names(3)};
    for (auto const* account : {"a", "b", "c"})
        REQUIRE(pool.assign(account, "p1"));
    REQUIRE(pool.assign("d", "p2"));
    pool.note("p2", evidence::outage, start);
    pool.note("p3", evidence::works, start);
    CHECK(state_of(pool, "p2", start + 59s) == proxy_state::cooling);
    CHECK(pool.rotate("a", start + 59s).proxy == "p3");
    CHECK(state_of(pool, "p2", start + 60s) == proxy_state::half_open);
    pool.note("p3", evidence::credentials, start + 60s);
    CHECK(pool.rotate("b", start + 60s).proxy == "p2");  // it tries
    auto const refused = pool.rotate("c", start + 61s);
    CHECK(refused.what == result::no_other);
    CHECK(refused.proxy == "p1");
    CHECK(refused.retry_at == start + 120s);

    SECTION("a probe that works makes it healthy")
    {
        pool.note("p2", evidence::works, start + 62s);
        CHECK(state_of(pool, "p2", start + 62s) == proxy_state::healthy);
        CHECK(pool.rotate("c", start + 62s).proxy == "p2");
    }
    SECTION("a probe that fails doubles the cooldown")
    {
        pool.note("p2", evidence::outage, start + 62s);
        CHECK(state_of(pool, "p2", start + 62s + 119s) == proxy_state::cooling);
        CHECK(state_of(pool, "p2", start + 62s + 120s) == proxy_state::half_open);
    }
    SECTION("a probe of which nothing is heard does not block it for ever")
    {
        CHECK(pool.rotate("c", start + 121s).proxy == "p2");
    }
}

TEST_CASE("one outage that many attempts meet counts once")
{
    proxy_pool pool{names(2)};
    for (int i = 0; i != 1000; ++i)
        pool.note("p1", evidence::outage, start + 1s * (i % 60));
    CHECK(state_of(pool, "p1", start + 60s) == proxy_state::half_open);
    CHECK(pool.health_of_all(start).front().outages == 1000);
}

TEST_CASE("a cooldown never exceeds the longest")
{
    proxy_pool pool{names(1), {.cooldown = 1s, .longest_cooldown = 10s}};
    auto now = start;
    for (int i = 0; i != 100; ++i) {
        pool.note("p1", evidence::outage, now);
        auto const until = pool.health_of_all(now).front().until;
        CHECK(until - now <= 10s);
        now = until;
    }
}

TEST_CASE("credentials that are refused set a proxy apart from those that are out of order")
{
    proxy_pool pool{names(2)};
    REQUIRE(pool.assign("a", "p1"));
    pool.note("p1", evidence::credentials, start);
    CHECK(state_of(pool, "p1", start + 59min) == proxy_state::rejected);
    pool.note("p1", evidence::outage, start + 1min);  // no reason to try it earlier
    CHECK(state_of(pool, "p1", start + 59min) == proxy_state::rejected);
    CHECK(state_of(pool, "p1", start + 60min) == proxy_state::half_open);
    CHECK(pool.rotate("a", start).proxy == "p2");
}

TEST_CASE("when everything fails it is our own network, and nothing is rotated")
{
    proxy_pool pool{names(3)};
    REQUIRE(pool.assign("a", "p1"));
    pool.note("p1", evidence::outage, start);
    CHECK(pool.rotate("a", start).proxy == "p2");
    pool.note("p2", evidence::outage, start + 5s);
    CHECK(pool.rotate("a", start + 5s).proxy == "p3");
    pool.note("p3", evidence::outage, start + 10s);
    auto const kept = pool.rotate("a", start + 10s);
    CHECK(kept.what == result::own_network);
    CHECK(kept.proxy == "p3");

    SECTION("once one works again, all get a new chance at once")
    {
        pool.note("p3", evidence::works, start + 20s);
        CHECK(state_of(pool, "p1", start + 20s) == proxy_state::half_open);
        CHECK(state_of(pool, "p3", start + 20s) == proxy_state::healthy);
        pool.note("p3", evidence::outage, start + 21s);
        CHECK(pool.rotate("a", start + 21s).what == result::moved);
    }
    SECTION("a success between the failures clears the network")
    {
        proxy_pool other{names(3)};
        REQUIRE(other.assign("a", "p3"));
        other.note("p1", evidence::outage, start);
        other.note("p2", evidence::works, start + 1s);
        other.note("p3", evidence::outage, start + 2s);
        CHECK(other.rotate("a", start + 3s).proxy == "p2");
    }
    SECTION("a proxy that refuses the credentials has been reached: the network is well")
    {
        pool.note("p2", evidence::credentials, start + 11s);
        CHECK(pool.rotate("a", start + 12s).what == result::no_other);
    }
    SECTION("outages of long ago prove nothing")
    {
        pool.note("p3", evidence::outage, start + 71s);
        CHECK(pool.rotate("a", start + 71s).what == result::moved);
    }
}

TEST_CASE("every proxy that can be tried is tried before the network is blamed")
{
    int const count = GENERATE(2, 4, 5, 10);
    proxy_pool pool{names(count)};
    REQUIRE(pool.assign("a", "p1"));
    for (int bad = 1; bad != count; ++bad) {
        INFO("p" << bad << " of " << count << " fails");
        pool.note("p" + std::to_string(bad), evidence::outage, start + 2s * bad);
        auto const next = pool.rotate("a", start + 2s * bad);
        CHECK(next.what == result::moved);
        CHECK(next.proxy == "p" + std::to_string(bad + 1));
    }
    pool.note(pool.proxy_of("a", start), evidence::outage, start + 2s * count);
    CHECK(pool.rotate("a", start + 2s * count).what == result::own_network);
}

TEST_CASE("a proxy that another account is trying has not failed yet: the network is not blamed")
{
    proxy_pool pool{names(3)};
    REQUIRE(pool.assign("a", "p2"));
    REQUIRE(pool.assign("b", "p3"));
    pool.note("p1", evidence::outage, start);
    pool.note("p2", evidence::outage, start + 59s);
    pool.note("p3", evidence::outage, start + 59s);
    REQUIRE(pool.rotate("a", start + 60s).proxy == "p1");
    CHECK(pool.rotate("b", start + 61s).what == result::no_other);
    pool.note("p1", evidence::outage, start + 62s);
    CHECK(pool.rotate("b", start + 62s).what == result::own_network);
}

TEST_CASE("a single proxy has nothing to be rotated to, and an empty pool nothing at all")
{
    proxy_pool alone{names(1)};
    CHECK(alone.proxy_of("a", start) == "p1");
    alone.note("p1", evidence::outage, start);
    CHECK(alone.rotate("a", start).what == result::no_other);
    CHECK(alone.rotate("a", start).proxy == "p1");
    proxy_pool none{{}};
    CHECK(none.proxy_of("a", start).empty());
    CHECK(none.rotate("a", start).what == result::no_other);
    none.note("p1", evidence::works, start);
}

TEST_CASE("an account that never asked for a proxy gets one when it rotates")
{
    proxy_pool pool{names(2)};
    CHECK(pool.rotate("a", start).what == result::moved);
    pool.note("p1", evidence::credentials, start);
    pool.note("p2", evidence::credentials, start + 1s);
    auto const least_bad = pool.rotate("b", start + 2s);
    CHECK(least_bad.what == result::no_other);
    CHECK(least_bad.proxy == "p1");
    CHECK(pool.proxy_of("b", start + 2s) == "p1");
}

TEST_CASE("a proxy that is half open takes an account when the healthy ones carry more")
{
    proxy_pool pool{names(2)};
    pool.note("p1", evidence::outage, start);
    CHECK(pool.proxy_of("a", start + 60s) == "p2");
    CHECK(pool.proxy_of("b", start + 60s) == "p1");
    CHECK(pool.proxy_of("c", start + 60s) == "p2");  // p1 is being tried
}

TEST_CASE("the evidence about a proxy is read from its failure")
{
    CHECK(read(proxy_error{"the proxy refused"}.failure()) == evidence::outage);
    CHECK(read(socks5_failure(1)) == evidence::outage);
    CHECK(read(socks5_failure(5)) == evidence::none);
    CHECK(read(http_connect_failure(503)) == evidence::outage);
    CHECK(read(http_connect_failure(407)) == evidence::credentials);
    CHECK(read(telegram::tdlib_failure(400, "Wrong username or password")) == evidence::credentials);
    CHECK(read(telegram::tdlib_failure(400, "Unsupported authentication mode")) == evidence::credentials);
    CHECK(read(telegram::tdlib_failure(400, "Failed to connect to 10.0.0.1:4070")) == evidence::outage);
    CHECK(read({.message = "User was rejected by the SOCKS5 server (1 1).", .known = category::proxy}) == evidence::credentials);
    CHECK(read({.message = "CONNECT tunnel failed, response 407", .known = category::proxy}) == evidence::credentials);
    CHECK(read({.message = "Failed to connect to 127.0.0.1 port 4071", .known = category::proxy}) == evidence::outage);
    CHECK(read(rpc_error{420, "FLOOD_WAIT_37"}.failure()) == evidence::works);
    CHECK(read(rpc_error{400, "MESSAGE_EMPTY"}.failure()) == evidence::works);
    CHECK(read(telegram::bot_api_failure(403, 403, "Forbidden: bot was blocked by the user")) == evidence::works);
    CHECK(read(telegram::bot_api_failure(502, 0, "<html>Bad Gateway</html>")) == evidence::none);
    CHECK(read({.known = category::permanent}) == evidence::none);
    CHECK(read({}) == evidence::none);
}

TEST_CASE("a pool that makes no sense is refused with the field and what is allowed")
{
    CHECK_THROWS_WITH(proxy_pool({"p1", "p1"}), "mend::proxy_pool: duplicate proxy name \"p1\"");
    CHECK_THROWS_WITH(proxy_pool({""}), "mend::proxy_pool: empty proxy name");
    CHECK_THROWS_WITH(proxy_pool(names(1), {.cooldown = 0s}), "mend::proxy_pool: cooldown is 0 ms; allowed: above 0");
    CHECK_THROWS_AS(proxy_pool(names(1), {.longest_cooldown = -1s}), std::invalid_argument);
    CHECK_THROWS_AS(proxy_pool(names(1), {.credentials_cooldown = 0s}), std::invalid_argument);
    CHECK_THROWS_AS(proxy_pool(names(1), {.network_window = 0s}), std::invalid_argument);
}

TEST_CASE("times without end do not overflow")
{
    proxy_pool pool{names(2),
                    {.cooldown = std::chrono::milliseconds::max(), .longest_cooldown = std::chrono::milliseconds::max()}};
    pool.note("p1", evidence::outage, start);
    CHECK(state_of(pool, "p1", start + 100000h) == proxy_state::cooling);
    pool.note("p1", evidence::outage, start + 100000h);
    CHECK(pool.proxy_of("a", start) == "p2");
}

TEST_CASE("the words of a pool have names")
{
    CHECK(to_string(evidence::credentials) == "credentials");
    CHECK(to_string(proxy_state::half_open) == "half_open");
    CHECK(to_string(static_cast<evidence>(9)) == "?");
    CHECK(to_string(static_cast<proxy_state>(9)) == "?");
}

TEST_CASE("no account is lost and none counted twice, with any calls from many threads")
{
    proxy_pool pool{names(5)};
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread != 4; ++thread) {
        threads.emplace_back([&pool, thread] {
            for (unsigned step = 0; step != 5000; ++step) {
                auto const account = "a" + std::to_string((step * 7 + thread) % 50);
                auto const now = start + 1s * step;
                auto const proxy = pool.proxy_of(account, now);
                pool.note(proxy, static_cast<evidence>((step + thread) % 4), now);
                if (step % 3 == 0)
                    (void)pool.rotate(account, now);
                if (step % 17 == 0)
                    pool.forget(account);
            }
        });
    }
    for (auto& each : threads)
        each.join();
    std::size_t carried = 0;
    for (auto const& each : pool.health_of_all(start))
        carried += each.accounts;
    for (int account = 0; account != 50; ++account)
        pool.forget("a" + std::to_string(account));
    CHECK(carried <= 50);
    for (auto const& each : pool.health_of_all(start))
        CHECK(each.accounts == 0);
}

TEST_CASE("a proxy that was being tried is free to others when its account is moved on, forgotten or assigned elsewhere")
{
    proxy_pool pool{names(2)};
    pool.note("p1", evidence::outage, start);
    REQUIRE(pool.proxy_of("a", start + 60s) == "p2");
    REQUIRE(pool.proxy_of("b", start + 60s) == "p1");  // it tries
    SECTION("moved on")
    {
        CHECK(pool.rotate("b", start + 61s).proxy == "p2");
        CHECK(pool.proxy_of("c", start + 61s) == "p1");
    }
    SECTION("forgotten")
    {
        pool.forget("b");
        CHECK(pool.proxy_of("c", start + 61s) == "p1");
    }
    SECTION("assigned elsewhere, it may go on trying; others may not")
    {
        REQUIRE(pool.assign("b", "p2"));
        CHECK(pool.proxy_of("c", start + 61s) == "p2");
        CHECK(pool.rotate("b", start + 61s).proxy == "p1");
    }
}

TEST_CASE("when our own network is back, only what it has laid on the proxies is taken off")
{
    proxy_pool pool{names(5)};
    pool.note("p5", evidence::outage, start);           // its own fault: another has been reached since
    pool.note("p4", evidence::credentials, start + 1s);
    for (auto const* proxy : {"p1", "p2", "p3"})
        pool.note(proxy, evidence::outage, start + 2s);
    REQUIRE(pool.assign("a", "p3"));
    REQUIRE(pool.rotate("a", start + 3s).what == result::own_network);
    pool.note("p3", evidence::works, start + 20s);
    CHECK(state_of(pool, "p1", start + 20s) == proxy_state::half_open);
    CHECK(state_of(pool, "p2", start + 20s) == proxy_state::half_open);
    CHECK(state_of(pool, "p3", start + 20s) == proxy_state::healthy);
    CHECK(state_of(pool, "p4", start + 20s) == proxy_state::rejected);
    CHECK(state_of(pool, "p5", start + 20s) == proxy_state::cooling);
}

TEST_CASE("an answer that only Telegram gives has come through the proxy, and one that others give as well proves nothing")
{
    for (auto const what :
         {category::flood_wait, category::rate_limit, category::slow_mode, category::account_limited, category::account_dead,
          category::session_lost, category::target_unavailable, category::migrated, category::stale, category::duplicate}) {
        INFO(to_string(what));
        CHECK(evidence_of({}, what) == evidence::works);
    }
    for (auto const what : {category::auth, category::permanent}) {
        CHECK(evidence_of({.code = 401}, what) == evidence::works);
        CHECK(evidence_of({}, what) == evidence::none);
    }
    for (auto const what : {category::connection, category::temporary, category::unknown, category::custom_0})
        CHECK(evidence_of({.code = 500}, what) == evidence::none);
}
