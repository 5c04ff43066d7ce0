// What an account of a server knows that has not been used since the server's outage ended.
#include "field/errors.hpp"

using namespace field;
using mend::event_kind;

namespace {

/// Three accounts whose server is down until 5 s; a message of account 0 is repeated until that is over.
struct outage_of_three : lab {
    outage_of_three() : lab{{.accounts = 3, .workers = 0}}
    {
        down(0s, 5s, bad_gateway());
        for (std::size_t account = 0; account != 3; ++account)
            send(1s, once(), account);
        send(1100ms, repeatable(), 0);
    }
    [[nodiscard]] ms ended() const { return outages(event_kind::outage_ended).at(0).at; }
};

}  // namespace

TEST_CASE("An account that has not been used since its server's outage ended is healthy again", "[field]")
{
    outage_of_three in;
    mend::account_state during, after;
    in.at(3s, [&] { during = in.clients[1].account.state(); });
    in.at(60s, [&] { after = in.clients[1].account.state(); });
    in.run();

    INFO(in.summary());
    REQUIRE(in.ended() < 10s);
    CHECK(during.what == mend::account_state::kind::outage);
    CHECK(after.what == mend::account_state::kind::healthy);
}

TEST_CASE("The first message of an account after its server's outage neither is nor counts as a probe", "[field]")
{
    outage_of_three in;
    in.send(60s, repeatable(), 1);
    in.run();

    INFO(in.summary());
    REQUIRE(in.ended() < 10s);
    CHECK(in.requests_between(60s, 61s) == 1);
    for (auto const& each : in.outages(event_kind::probing))
        CHECK(each.at <= in.ended());
}

TEST_CASE("An outage of an account does not go on with the age of its server's, which ended long ago", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    in.answers([](request& what) -> std::optional<step> {
        return what.method == "getHistory" && what.at < 10s ? std::optional{too_many(100)} : std::nullopt;
    });
    in.down(0s, 5s, bad_gateway());
    in.answers([](request& what) { return what.account == 1 && what.at >= 90s ? std::optional{bad_gateway()} : std::nullopt; });
    mend::call held = repeatable();
    held.method = "getHistory";
    in.send(500ms, held, 1);
    for (std::size_t account = 0; account != 3; ++account)
        in.send(1s, once(), account);
    in.send(1100ms, repeatable(), 0);
    in.run();

    INFO(in.summary());
    auto const began = in.outages(event_kind::outage_began);
    REQUIRE(began.size() == 2);
    CHECK(began[1].account == "1");
    CHECK(began[1].at >= 100s);
    CHECK(began[1].delay <= 5s);
}

TEST_CASE("on_probe that still runs when its server's outage ends keeps no operation waiting", "[field]")
{
    lab in{{.accounts = 3, .workers = 0}};
    in.answers([](request& what) -> std::optional<step> {
        if (what.method == "getMe")
            return ok(2h);
        if (what.method == "getChat")  // begun before the outage; its answer ends that
            return fails(mend::telegram::bot_api_failure(400, 400, "Bad Request: chat not found"), 7500ms);
        return std::nullopt;
    });
    in.down(0s, 5s, bad_gateway());
    in.with_probe();
    mend::call slow = once();
    slow.method = "getChat";
    in.send(500ms, slow, 1);
    for (std::size_t account = 0; account != 3; ++account)
        in.send(1s, once(), account);
    in.send(1100ms, repeatable(), 0);
    in.run();

    INFO(in.summary());
    CHECK(in.asked() == 1);
    REQUIRE(in.outages(event_kind::outage_ended).at(0).at == 8s);
    CHECK(in.last_sent() >= 8s);
    CHECK(in.last_sent() <= 9s);
}
