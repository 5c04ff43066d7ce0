// on_probe that answers when its outage has ended: what it says of the account is so, what it says of the network is old.
#include "field/errors.hpp"

#include <set>

using namespace field;
using mend::action;
using mend::event_kind;
using kind = mend::account_state::kind;

namespace {

/// An outage of one account, or of a server with three, from 1 s on. on_probe is asked at 1.6 s, and answers 9 s later what the
/// scenario says. An attempt from before ends the outage at 8 s; from 5 s on the server is well.
struct late_probe : lab {
    std::size_t asked_of = 0;  ///< the account
    ms answered{0};            ///< when on_probe did

    late_probe(std::size_t accounts, step answer) : lab{{.accounts = accounts, .workers = 0}}
    {
        with_disconnect();
        with_reconnect();
        with_rotation();
        with_probe();
        answers([this, answer](request& what) -> std::optional<step> {
            if (what.method == "getChat")
                return fails(mend::telegram::bot_api_failure(400, 400, "Bad Request: chat not found"), 7500ms);
            if (what.method != "getMe")
                return std::nullopt;
            asked_of = what.account;
            answered = what.at + 9s;
            return answer.after(9s);
        });
        down(1s, 5s, bad_gateway());
        mend::call slow = once();
        slow.method = "getChat";
        send(500ms, slow, accounts - 1);
        for (std::size_t account = 0; account != accounts; ++account) {
            send(1s, once(), account);
            send(1s, once(), account);
        }
        for (std::size_t account = 0; account != accounts; ++account)
            send(1100ms, repeatable(), account);
    }
    /// More messages of every account at this moment.
    void send_all(ms when)
    {
        for (std::size_t account = 0; account != clients.size(); ++account)
            for (int more = 0; more != 5; ++more)
                later.push_back(&send(when, repeatable(), account));
    }
    /// What is so in every case: one outage, which has ended before on_probe answered.
    void check() const
    {
        CHECK(asked() == 1);
        auto const ended = outages(event_kind::outage_ended);
        REQUIRE_FALSE(ended.empty());
        CHECK(ended.back().at == 8s);
        CHECK(answered > 10s);
        CHECK(answered < 11s);
    }

    std::vector<message*> later;
};

auto one_account_or_three()
{
    return GENERATE(std::size_t{1}, std::size_t{3});
}

}  // namespace

TEST_CASE("on_probe that answers after its outage and finds the session lost leads to one login", "[field]")
{
    auto const accounts = one_account_or_three();
    auto const name = GENERATE(as<std::string>{}, "SESSION_REVOKED", "AUTH_KEY_UNREGISTERED");
    late_probe in{accounts, rpc(401, name)};
    in.with_login();
    in.send_all(20s);
    in.run();

    INFO(name << ", " << accounts << " accounts: " << in.summary());
    in.check();
    REQUIRE(in.logins() == 1);
    CHECK(in.reconnects() == 0);
    CHECK(in.rotations() == 0);
    auto const login = std::find_if(in.connected.begin(), in.connected.end(),
                                    [](connect_record const& each) { return each.act == action::relogin; });
    CHECK(login->account == in.asked_of);
    CHECK(login->at == in.answered + 2s);  // settle
    for (auto const* each : in.later) {
        CHECK(each->sent());
        CHECK(each->attempts == 1);
        CHECK(each->ended.value() <= 20s + 150ms);  // after a login one goes first, and then two more each time
    }
}

TEST_CASE("Messages that meet the lost session beside the late on_probe share its login", "[field]")
{
    late_probe in{1, lost_session()};
    bool renewed = false;
    in.answers([&](request& what) { return what.at >= 10s && !renewed ? std::optional{lost_session()} : std::nullopt; });
    in.on_connect([&](std::size_t, action) -> std::optional<step> {
        renewed = true;
        return std::nullopt;
    });
    in.with_login();
    auto const when = GENERATE(ms{10s}, ms{10600ms}, ms{11s});  // before, about as, and after it answers
    in.send_all(when);
    in.run();

    INFO("sent at " << when.count() << " ms: " << in.summary());
    in.check();
    CHECK(in.logins() == 1);
    for (auto const* each : in.later)
        CHECK(each->sent());
}

TEST_CASE("While the login runs that a late on_probe called for, messages of its account wait", "[field]")
{
    late_probe in{3, lost_session()};
    in.with_login();
    in.send_all(11s);
    in.run();

    INFO(in.summary());
    in.check();
    CHECK(in.logins() == 1);
    for (auto const* each : in.later) {
        CHECK(each->sent());
        CHECK(each->attempts == 1);
        if (each->account == in.asked_of)
            CHECK(each->ended.value() >= in.answered + 2s + 50ms);
        else
            CHECK(each->ended.value() == 11s + 50ms);
    }
}

TEST_CASE("Without on_relogin, a late on_probe that finds the session lost quarantines its account for ten minutes", "[field]")
{
    late_probe in{3, lost_session()};
    in.send_all(20s);
    std::vector<mend::account_state> seen;
    in.at(30s, [&] {
        for (auto const& each : in.clients)
            seen.push_back(each.account.state());
    });
    in.run();

    INFO(in.summary());
    in.check();
    REQUIRE(seen.size() == 3);
    for (std::size_t account = 0; account != 3; ++account)
        CHECK((seen[account].what == (account == in.asked_of ? kind::quarantined : kind::healthy)));
    auto const& quarantine = seen[in.asked_of];
    REQUIRE(quarantine.until);
    CHECK(in.since_began(*quarantine.until) == in.answered + 600s);
    for (auto const* each : in.later)
        CHECK(each->sent() == (each->account != in.asked_of));
}

TEST_CASE("What a late on_probe reports of the network is old, and does nothing", "[field]")
{
    auto const accounts = one_account_or_three();
    auto const [name, answer] = GENERATE(table<std::string, step>({
        {"success", ok()},
        {"temporary", bad_gateway()},
        {"connection", refused_connection()},
        {"a reset", broken()},
        {"the tunnel closed", closed_by_proxy()},
        {"proxy", bad_proxy()},
        {"what is not known", raises(std::runtime_error{"odd"})},
        {"a shortage on our own side", raises(std::system_error{std::make_error_code(std::errc::too_many_files_open)})},
    }));
    late_probe in{accounts, answer};
    in.with_login();
    in.send_all(11s);
    mend::account_state seen;
    in.at(10900ms, [&] { seen = in.clients[in.asked_of].account.state(); });
    in.run();

    INFO(name << ", " << accounts << " accounts: " << in.summary());
    in.check();
    CHECK(in.connected.empty());
    CHECK(seen.what == kind::healthy);
    auto const began = in.outages(event_kind::outage_began);
    CHECK(std::none_of(began.begin(), began.end(), [](outage_event const& each) { return each.at > 8s; }));
    for (auto const* each : in.later) {
        CHECK(each->sent());
        CHECK(each->attempts == 1);
        CHECK(each->ended.value() == 11s + 50ms);
    }
}

TEST_CASE("A late on_probe does not count as evidence of an outage: one failure beside it begins none", "[field]")
{
    auto const accounts = one_account_or_three();
    late_probe in{accounts, bad_gateway()};
    in.down(11s, 11s + 1ms, bad_gateway());
    in.at(10s, [&] { in.send(11s, once(), (in.asked_of + 1) % accounts); });
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    in.check();
    CHECK(in.requests_between(11s, 12s) == 1);
    auto const began = in.outages(event_kind::outage_began);
    CHECK(std::none_of(began.begin(), began.end(), [](outage_event const& each) { return each.at > 8s; }));
}

TEST_CASE("What a late on_probe learns of its account is kept: a told wait, and a death", "[field]")
{
    auto const accounts = one_account_or_three();
    bool const is_dead = GENERATE(false, true);
    late_probe in{accounts, is_dead ? rpc(401, "USER_DEACTIVATED_BAN") : rpc(420, "FLOOD_WAIT_100")};
    in.with_login();
    in.send_all(11s);
    in.run();

    INFO((is_dead ? "dead, " : "told 100 s, ") << accounts << " accounts: " << in.summary());
    in.check();
    CHECK(in.connected.empty());
    for (auto const* each : in.later) {
        if (each->account != in.asked_of) {
            CHECK(each->ended.value() == 11s + 50ms);
        } else if (is_dead) {
            CHECK(each->why() == mend::stop_reason::quarantined);
        } else {
            CHECK(each->sent());
            CHECK(each->ended.value() >= in.answered + 100s);
        }
    }
}
