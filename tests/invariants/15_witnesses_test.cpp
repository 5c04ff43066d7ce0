// Invariant 15: witnesses before action. Who connects in an outage, and whether it is one proxy that fails, or more.
#include "field/errors.hpp"

#include <array>
#include <map>

using namespace field;
using mend::action;

namespace {

/// Twelve accounts in three groups of four; where a group is behind a proxy, it has that proxy's name.
struct three_groups : lab {
    static constexpr std::size_t each_has = 4;
    std::array<std::string_view, 3> names;

    explicit three_groups(std::array<std::string_view, 3> behind) : lab{{.accounts = 3 * each_has, .workers = 2}}, names{behind}
    {
        for (std::size_t account = 0; account != clients.size(); ++account)
            clients[account].account.via(names[group_of(account)]);
        with_reconnect();
        with_rotation();
        on_connect([this](std::size_t account, action act) -> std::optional<step> {
            if (act == action::rotate_proxy)
                clients[account].account.via("another");
            return std::nullopt;
        });
    }
    static std::size_t group_of(std::size_t account) { return account / each_has; }

    /// From 1 s on, and until they have another, the proxies of these groups close every tunnel.
    void fails_from_1s(std::vector<std::size_t> groups)
    {
        answers([this, groups](request& what) -> std::optional<step> {
            bool const is_bad = std::find(groups.begin(), groups.end(), group_of(what.account)) != groups.end();
            bool const fails = is_bad && clients[what.account].proxy == 0 && what.at >= 1s;
            return fails ? std::optional{closed_by_proxy()} : std::nullopt;
        });
    }
    /// No two accounts keep step.
    void run_all()
    {
        answers([](request& what) {
            what.took_effect = true;
            return std::optional{ok(ms{40 + 2 * static_cast<int>(what.account)})};
        });
        queue(clients.size() * 200, repeatable());
        run();
    }
    [[nodiscard]] std::size_t connects_of(std::size_t group, action act, ms to = forever) const
    {
        return static_cast<std::size_t>(std::count_if(connected.begin(), connected.end(), [&](connect_record const& each) {
            return group_of(each.account) == group && each.act == act && each.at < to;
        }));
    }
};

/// Two seconds of settle, and the failures before it.
constexpr ms at_once = 3200ms;

}  // namespace

TEST_CASE("15.1 in a server's outage only the account that probes connects", "[invariant-15]")
{
    lab in{{.accounts = 100, .workers = 1, .sockets = dead_socket::resets}};
    in.with_reconnect();
    in.cut(1s, 61s);
    in.queue(100 * 24, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.connects(action::reconnect, 0s, 61s) <= 60);        // about 45 probes
    CHECK(in.connects(action::reconnect, 61s, forever) <= 110);  // each once
    CHECK(in.sent() >= 100 * 24 - 20);
}

TEST_CASE("15.2 a server's outage in which no operation waits ends with the first recovery that succeeds", "[invariant-15]")
{
    lab in{{.accounts = 5, .workers = 1, .sockets = dead_socket::resets}};
    in.with_reconnect();
    in.cut(1s, 61s);
    for (std::size_t account = 0; account < 5; ++account) {
        in.send(1s + 100ms, once(), account);  // ends in doubt; its account owes a reconnect
        in.send(90s, once(), account);
    }
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    auto const began = in.outages(mend::event_kind::outage_began);
    REQUIRE(began.size() == 1);
    CHECK(began[0].extent == mend::outage_extent::server);
    auto const ended = in.outages(mend::event_kind::outage_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].at >= 61s);
    CHECK(ended[0].at <= 61s + 6s + 500ms + 2s + 1s);  // liveness
    CHECK(in.sent() == 5);
    CHECK(in.last_sent() <= 95s);
}

TEST_CASE("15.3 300 accounts owe a reconnect: all is sent soon after the end, the pauses being outside the slots",
          "[invariant-15]")
{
    lab in{{.accounts = 300, .workers = 1, .sockets = dead_socket::resets}};
    in.with_disconnect();
    in.with_reconnect();
    in.cut(1s, 61s);
    in.queue(300 * 24, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 300 * 24);
    CHECK(in.last_sent() <= 61s + 27600ms);  // 23.0 s were measured
}

TEST_CASE("15.4 an account rotates at most once each time the age of a server's outage doubles", "[invariant-15]")
{
    lab in{{.accounts = 10, .workers = 1}};
    in.with_reconnect();
    in.with_rotation();
    in.down(1s, 601s, closed_by_proxy());
    in.queue(10 * 40, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    std::map<std::size_t, ms> before;  // when an account rotated last
    for (auto const& each : in.connected) {
        if (each.act != action::rotate_proxy || each.at >= 601s)
            continue;
        ms const age = each.at - 1s;
        if (before.contains(each.account))
            CHECK(age >= before[each.account] * 2 - 3s);  // decided before a settle of 2 s
        before[each.account] = age;
    }
    CHECK_FALSE(before.empty());
}

TEST_CASE("15.5 if only the accounts behind one proxy fail, it is the proxy: each rotates at once", "[invariant-15]")
{
    lab in{{.accounts = 12, .workers = 1}};
    in.with_reconnect();
    in.with_rotation();
    for (std::size_t account = 0; account < 12; ++account)
        in.clients[account].account.via(account % 2 == 0 ? "even" : "odd");
    in.on_connect([&in](std::size_t account, action act) -> std::optional<step> {
        if (act == action::rotate_proxy)
            in.clients[account].account.via("another");
        return std::nullopt;
    });
    in.answers([&in](request& what) -> std::optional<step> {
        bool const behind_it = what.account % 2 == 0 && in.clients[what.account].proxy == 0;
        return behind_it && what.at >= 1s ? std::optional{closed_by_proxy()} : std::nullopt;
    });
    in.queue(12 * 200, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 12 * 200);
    CHECK(in.rotations() == 6);
    for (auto const& each : in.connected)
        CHECK((each.account % 2 == 0));
    CHECK(in.connects(action::rotate_proxy, 0s, 6s) == 6);  // settle is 2 s
    for (auto const& each : in.outages(mend::event_kind::outage_began))
        CHECK(each.extent != mend::outage_extent::server);  // the others have come through
}

TEST_CASE("15.6 if one proxy fails and another works, every account behind the one rotates at once, and no other connects",
          "[invariant-15]")
{
    auto const third = GENERATE(as<std::string_view>{}, "", "third");
    three_groups in{{"bad", "good", third}};
    in.fails_from_1s({0});
    in.run_all();

    INFO("the third group is behind \"" << third << "\": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == in.messages.size());
    CHECK(in.connects_of(0, action::rotate_proxy, at_once) == 4);
    CHECK(in.rotations() == 4);
    CHECK(in.reconnects() == 0);
}

TEST_CASE("15.7 accounts without `via` do not show by their successes that it is another proxy's trouble", "[invariant-15]")
{
    three_groups in{{"bad", "", ""}};
    in.fails_from_1s({0});
    in.run_all();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == in.messages.size());
    CHECK(in.connects_of(0, action::reconnect) >= 4);  // the ladder: two reconnects, then the proxy
    CHECK(in.connects_of(0, action::rotate_proxy, at_once) == 0);
    CHECK(in.rotations() == 4);
}

TEST_CASE("15.8 accounts without `via` do not show by their failures that it is more than one proxy's trouble", "[invariant-15]")
{
    three_groups in{{"bad", "good", ""}};
    in.fails_from_1s({0, 2});
    in.run_all();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == in.messages.size());
    CHECK(in.connects_of(0, action::rotate_proxy, at_once) == 4);
    CHECK(in.connects_of(2, action::rotate_proxy, at_once) == 0);  // by the ladder, as it is not known whose trouble theirs is
    CHECK(in.connects_of(1, action::rotate_proxy) + in.connects_of(1, action::reconnect) == 0);
}

TEST_CASE("15.9 if all accounts are behind one proxy, its failure may be the network's, and the proxy is not rotated at once",
          "[invariant-15]")
{
    three_groups in{{"bad", "bad", "bad"}};
    in.fails_from_1s({0, 1, 2});
    in.run_all();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == in.messages.size());
    CHECK(in.connects(action::rotate_proxy, 0s, at_once) == 0);
    CHECK(in.connects(action::reconnect, 0s, at_once) >= 1);
}
