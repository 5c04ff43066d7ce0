// Invariant 3: holds are scoped.
#include "support/scenario.hpp"

using namespace support;
using mend::account_state;
using mend::category;
using mend::stop_reason;

namespace {
using times = std::vector<ms>;
}

TEST_CASE("3.1 a flood wait holds the account's method, other methods and accounts go on", "[invariant-3]")
{
    scenario in;
    auto& second = in.another("second");
    in.spawn({.method = "send", .peer = 1}, {flood(37)});
    auto& other_peer = in.spawn(1s, {.method = "send", .peer = 2}, {ok()});
    auto& other_method = in.spawn(1s, {.method = "edit", .peer = 1}, {ok()});
    auto& other_account = in.spawn(second, 1s, {.method = "send", .peer = 1}, {ok()});
    in.run();

    CHECK(other_peer.starts() == times{37s});
    CHECK(other_method.starts() == times{1s});
    CHECK(other_account.starts() == times{1s});
}

TEST_CASE("3.2 slow mode holds the account's peer alone", "[invariant-3]")
{
    scenario in;
    auto& second = in.another("second");
    auto& met = in.spawn({.method = "send", .peer = 1}, {slow_mode(37)});
    auto& other_peer = in.spawn(1s, {.method = "send", .peer = 2}, {ok()});
    auto& no_peer = in.spawn(1s, {.method = "send"}, {ok()});
    auto& other_method = in.spawn(1s, {.method = "edit", .peer = 1}, {ok()});
    auto& other_account = in.spawn(second, 1s, {.method = "send", .peer = 1}, {ok()});
    in.run();

    CHECK(met.starts() == times{0s, 37s});
    CHECK(other_peer.starts() == times{1s});
    CHECK(no_peer.starts() == times{1s});
    CHECK(other_method.starts() == times{37s});
    CHECK(other_account.starts() == times{1s});
}

TEST_CASE("3.3 the flood wait of an operation that names no method holds the whole account", "[invariant-3]")
{
    scenario in;
    auto& second = in.another("second");
    in.spawn({}, {flood(37)});
    auto& named = in.spawn(1s, {.method = "send", .peer = 1}, {ok()});
    auto& nameless = in.spawn(1s, {}, {ok()});
    auto& other_account = in.spawn(second, 1s, {}, {ok()});
    in.run();

    CHECK(named.starts() == times{37s});
    CHECK(nameless.starts() == times{37s});
    CHECK(other_account.starts() == times{1s});
}

TEST_CASE("3.4 an operation that names no method waits for any method's hold", "[invariant-3]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10)});
    in.spawn({.method = "edit"}, {flood(40)});
    in.spawn({.method = "read"}, {flood(20)});
    auto& nameless = in.spawn(1s, {}, {ok()});
    auto& named = in.spawn(1s, {.method = "read"}, {ok()});
    in.run();

    CHECK(nameless.starts() == times{40s});
    CHECK(named.starts() == times{20s});
}

TEST_CASE("3.5 a hold is only ever extended: the later moment wins", "[invariant-3]")
{
    scenario in;
    SECTION("an earlier moment changes nothing")
    {
        auto& second = in.spawn({.method = "send"}, {flood(5, 1s)});
        auto& first = in.spawn({.method = "send"}, {flood(37)});
        auto& third = in.spawn(2s, {.method = "send"}, {ok()});
        in.run();
        CHECK(first.starts() == times{0s, 37s});
        CHECK(second.starts() == times{0s, 37s});
        CHECK(third.starts() == times{37s});
    }
    SECTION("a later moment is looked at by all who wait already")
    {
        auto& second = in.spawn({.method = "send"}, {flood(100, 1s)});
        auto& first = in.spawn({.method = "send"}, {flood(37)});
        auto& third = in.spawn(500ms, {.method = "send"}, {ok()});
        in.run();
        CHECK(first.starts() == times{0s, 101s});
        CHECK(second.starts() == times{0s, 101s});
        CHECK(third.starts() == times{101s});
    }
    SECTION("an action wait without a told wait does not shorten it either")
    {
        in.spawn({.method = "send"}, {rpc(420, "SLOW_DOWN_PLEASE", 1s)});
        auto& first = in.spawn({.method = "send"}, {flood(37)});
        in.run();
        CHECK(first.starts() == times{0s, 37s});
    }
}

TEST_CASE("3.6 after waking, an operation looks at all its holds again", "[invariant-3]")
{
    scenario in;
    in.spawn({.method = "send", .peer = 9}, {flood(10)});
    auto& waiting = in.spawn(1s, {.method = "send", .peer = 1}, {ok()});
    in.spawn({.method = "edit", .peer = 1}, {slow_mode(30, 5s)});
    in.run();

    CHECK(waiting.starts() == times{35s});
    CHECK(waiting.result->waited() == 34s);
}

TEST_CASE("3.7 an operation under several holds waits for the longest", "[invariant-3]")
{
    scenario in;
    in.spawn({.method = "send", .peer = 9}, {flood(50)});
    in.spawn({.method = "edit", .peer = 1}, {slow_mode(20)});
    auto& both = in.spawn(1s, {.method = "send", .peer = 1}, {ok()});
    auto& peer_only = in.spawn(1s, {.method = "read", .peer = 1}, {ok()});
    in.run();

    CHECK(both.starts() == times{50s});
    CHECK(peer_only.starts() == times{20s});
}

TEST_CASE("3.8 a rule's scope goes before the category's own", "[invariant-3]")
{
    auto options = exact_options();
    options.rules = mend::classifier{}
                        .when_name("ALL_SLOW_{seconds}", category::flood_wait, mend::scope::account)
                        .when_name("CHAT_SLOW_{seconds}", category::flood_wait, mend::scope::peer)
                        .when_name("THIS_SLOW_{seconds}", category::flood_wait, mend::scope::operation)
                        .then(mend::telegram::rules());
    SECTION("account")
    {
        scenario in{options};
        in.spawn({.method = "send", .peer = 1}, {rpc(420, "ALL_SLOW_30")});
        auto& other = in.spawn(1s, {.method = "edit", .peer = 2}, {ok()});
        in.run();
        CHECK(other.starts() == times{30s});
    }
    SECTION("peer")
    {
        scenario in{options};
        in.spawn({.method = "send", .peer = 1}, {rpc(420, "CHAT_SLOW_30")});
        auto& same_peer = in.spawn(1s, {.method = "edit", .peer = 1}, {ok()});
        auto& other_peer = in.spawn(1s, {.method = "send", .peer = 2}, {ok()});
        in.run();
        CHECK(same_peer.starts() == times{30s});
        CHECK(other_peer.starts() == times{1s});
    }
    SECTION("operation")
    {
        scenario in{options};
        auto& met = in.spawn({.method = "send", .peer = 1}, {rpc(420, "THIS_SLOW_30")});
        auto& other = in.spawn(1s, {.method = "send", .peer = 1}, {ok()});
        in.run();
        CHECK(met.starts() == times{0s, 30s});
        CHECK(other.starts() == times{1s});
    }
}

TEST_CASE("3.9 failures that hold nothing leave every other operation alone", "[invariant-3]")
{
    scenario in;
    in.spawn({.method = "send", .peer = 1}, {rpc(403, "CHAT_WRITE_FORBIDDEN")});
    in.spawn({.method = "send", .peer = 1}, {rpc(401, "SOME_AUTH_ERROR")});
    in.spawn({.method = "send", .peer = 1}, {unavailable()});
    in.spawn({.method = "send", .peer = 1}, {refused()});
    in.spawn({.method = "send", .peer = 1}, {rpc(500, "RANDOM_ID_DUPLICATE")});
    auto& other = in.spawn(500ms, {.method = "send", .peer = 1}, {ok()});
    in.run();

    CHECK(other.starts() == times{500ms});
    CHECK(in.events->count(mend::event_kind::held) == 0);
}

TEST_CASE("3.10 account_limited quarantines the account's method for 24 h, a reply passes", "[invariant-3]")
{
    scenario in;
    auto& met = in.spawn({.method = "send", .peer = 1}, {rpc(400, "PEER_FLOOD")});
    auto& same = in.spawn(1h, {.method = "send", .peer = 2}, {ok()});
    auto& reply = in.spawn(1h, {.method = "send", .peer = 3, .reply = true}, {ok()});
    auto& other_method = in.spawn(1h, {.method = "read", .peer = 1}, {ok()});
    auto& next_day = in.spawn(25h, {.method = "send", .peer = 2}, {ok()});
    in.run();

    REQUIRE(in.all_ended());
    CHECK(met.why() == stop_reason::not_retryable);
    CHECK(same.why() == stop_reason::quarantined);
    CHECK(same.ended == 1h);
    CHECK(in.retry_at(same) == 24h);
    CHECK(same.result->category() == category::account_limited);
    CHECK(reply.succeeded());
    CHECK(other_method.starts() == times{1h});
    CHECK(next_day.starts() == times{25h});
}

TEST_CASE("3.11 the account's state has what it waits for, and until when", "[invariant-3]")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(37)});
    in.spawn({.method = "edit"}, {flood(20)});
    account_state before = in.sender.state();
    account_state during;
    account_state after;
    in.at(1s, [&] { during = in.sender.state(); });
    in.at(100s, [&] { after = in.sender.state(); });
    in.run();

    CHECK(before.what == account_state::kind::healthy);
    CHECK(during.what == account_state::kind::waiting);
    CHECK(during.why == category::flood_wait);
    REQUIRE(during.until);
    CHECK(in.since_began(*during.until) == 37s);
    CHECK(after.what == account_state::kind::healthy);
}

TEST_CASE("3.12 a chat that cannot be written to is left alone only if the policy has it so, and a reply goes all the same",
          "[invariant-3]")
{
    auto const blocked = rpc(403, "USER_IS_BLOCKED");
    scenario by_default;
    by_default.spawn({.method = "send", .peer = 1}, {blocked});
    auto& tries_again = by_default.spawn(1h, {.method = "send", .peer = 1}, {ok()});
    by_default.run();
    CHECK(tries_again.starts() == times{1h});

    scenario opted_in{
        with_policy(exact_options(), category::target_unavailable, [](mend::policy& changed) { changed.quarantine = 24h; })};
    opted_in.spawn({.method = "send", .peer = 1}, {blocked});
    auto& refused = opted_in.spawn(1h, {.method = "send", .peer = 1}, {ok()});
    auto& other_method = opted_in.spawn(1h, {.method = "forward", .peer = 1}, {ok()});
    auto& other_chat = opted_in.spawn(1h, {.method = "send", .peer = 2}, {ok()});
    auto& reply = opted_in.spawn(1h, {.method = "send", .peer = 1, .reply = true}, {ok()});
    opted_in.run();
    CHECK(refused.why() == stop_reason::quarantined);
    CHECK(refused.starts().empty());
    CHECK(other_method.why() == stop_reason::quarantined);
    CHECK(other_chat.starts() == times{1h});
    CHECK(reply.starts() == times{1h});
}

TEST_CASE("3.13 a chat's limit that is met again counts from then: a second chat within the hour holds all groups",
          "[invariant-3]")
{
    scenario in;
    mend::call const first{.method = "send", .peer = -1};
    mend::call const second{.method = "send", .peer = -2};
    mend::call const third{.method = "send", .peer = -3};
    auto const banned = rpc(400, "USER_BANNED_IN_CHANNEL");
    in.spawn(0ms, first, {banned});
    in.spawn(24h + 30min, first, {banned});
    in.spawn(24h + 40min, second, {banned});
    auto& other = in.spawn(24h + 41min, third, {});
    auto& user = in.spawn(24h + 41min, {.method = "send", .peer = 4}, {});
    in.run();
    CHECK(other.why() == mend::stop_reason::quarantined);
    CHECK(user.succeeded());
}
