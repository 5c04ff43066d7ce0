// The simulated world: what dies together, and what stays dead.
#include "support/catch.hpp"

#include "telegram.hpp"

#include <utility>

using namespace simulation;
using namespace std::chrono_literals;
using kind = planned_act::kind;

namespace {

/// Four accounts on two servers behind two proxies; nothing happens but what the test says.
struct world {
    world()
    {
        night.accounts = 4;
        night.servers = night.proxies = 2;
        night.noise = 0;
        night.callbacks.fill(true);
        night.made_from.without.set(static_cast<std::size_t>(trouble::floods));
    }

    said ask(unsigned account)
    {
        said answer = said::nothing;
        asio::io_context context;
        auto question = [](telegram& whom, unsigned number, unsigned from, said& got) -> asio::awaitable<void> {
            request asked;
            asked.operation = number;
            asked.account = from;
            asked.method = "messages.sendMessage";
            asked.peer = 1;
            reply const given = co_await whom.send(asked);
            got = given.what;
        };
        asio::co_spawn(context, question(server(), ++asked_, account, answer), asio::detached);
        REQUIRE(time.run(context));
        return answer;
    }

    void befall(kind what, unsigned account, ms lasts, unsigned how)
    {
        server().befall({what, time.elapsed(), account, lasts, how, false});
    }

    void pass(ms how_long)
    {
        time.at(time.elapsed() + how_long, [] {});
        asio::io_context context;
        REQUIRE(time.run(context));
    }

    said reconnect(unsigned account)
    {
        server().disconnect(account);
        pass(2s);
        return server().connect(account).what;
    }

    telegram& server()
    {
        if (!server_)
            server_.emplace(night, time);
        return *server_;
    }

    plan night;
    simulation::clock time{true};

private:
    std::optional<telegram> server_;
    unsigned asked_ = 0;
};

constexpr unsigned refuses = 0;
constexpr unsigned resets = 1;

}  // namespace

TEST_CASE("a server's outage reaches all accounts of the server, and no other")
{
    world here;
    here.befall(kind::outage, 0, 5min, refuses);
    for (unsigned const account : {0U, 2U}) {
        said const met = here.ask(account);
        CHECK((met == said::internal || met == said::overloaded || met == said::bad_gateway));
    }
    CHECK(here.ask(1) == said::ok);
    here.pass(5min);
    CHECK(here.ask(0) == said::ok);
}

TEST_CASE("a connection that died in an outage stays dead until it is made anew")
{
    world here;
    here.befall(kind::outage, 0, 1min, resets);
    CHECK(here.reconnect(0) != said::ok);
    here.pass(1h);
    CHECK(here.ask(0) != said::ok);
    CHECK(here.ask(2) != said::ok);
    CHECK(here.reconnect(0) == said::ok);
    CHECK(here.ask(0) == said::ok);
    CHECK(here.ask(2) != said::ok);
}

TEST_CASE("a client that connects by itself gets through once the outage is over")
{
    world here;
    here.night.sockets_heal = true;
    here.befall(kind::outage, 0, 1min, resets);
    CHECK(here.ask(0) != said::ok);
    here.pass(1min);
    CHECK(here.ask(0) == said::ok);
}

TEST_CASE("a proxy dies for all accounts behind it, and another one helps")
{
    world here;
    here.befall(kind::proxy_dies, 0, 1h, refuses);
    CHECK(here.reconnect(0) == said::proxy_refused);
    CHECK(here.reconnect(2) == said::proxy_refused);
    CHECK(here.ask(1) == said::ok);
    here.server().disconnect(0);
    here.pass(2s);
    CHECK(here.server().rotate(0).what == said::ok);
    CHECK(here.ask(0) == said::ok);
}
