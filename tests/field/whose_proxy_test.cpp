// Is it one proxy that fails, or more? What accounts behind other proxies bear witness to, and who bears none.
#include "field/errors.hpp"

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

TEST_CASE("If one proxy fails and another works, every account behind the one rotates at once, and nobody else connects",
          "[field]")
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

TEST_CASE("Accounts that have not told their proxy do not show by their successes that it is another's trouble", "[field]")
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

TEST_CASE("Accounts that have not told their proxy do not show by their failures that it is more than one proxy's trouble",
          "[field]")
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

TEST_CASE("If all accounts are behind one proxy, its failure is no more the proxy's than the network's", "[field]")
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
