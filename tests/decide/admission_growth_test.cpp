// What an account with many holds answers without walking all of them.
#include "decide/senders.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <memory>
#include <vector>

using namespace support;
using mend::account_state;
using mend::category;
using mend::scope;
using mend::detail::admission_control;

namespace {

/// Holds the sender's chat or method after an attempt.
scope hold(admission_control& all, sender& who, category what, std::chrono::milliseconds wait, time_point now,
           scope where = scope::peer)
{
    REQUIRE(goes(all.enter(who, now)));
    scope const held = all.set_hold(who, {where, what, wait, 0.0, 24h, true}, now, 0).where;
    all.return_permit(who, now);
    return held;
}

}  // namespace

TEST_CASE("an operation is spared by the holds of other chats and methods, and not by its own")
{
    admission_control all;
    sender slow{"sendMessage", 7}, flooded{"messages.getHistory", 8};
    CHECK_FALSE(all.spares("sendMessage", 1, start));  // nothing is held: there is nothing to look past
    hold(all, slow, category::slow_mode, 30s, start);
    CHECK(all.spares("sendMessage", 1, start));
    CHECK(all.spares("sendMessage", 0, start));
    CHECK(all.spares({}, 0, start));
    CHECK_FALSE(all.spares("sendMessage", 7, start));
    CHECK_FALSE(all.spares({}, 7, start));
    hold(all, flooded, category::flood_wait, 60s, start, scope::method);
    CHECK(all.spares("sendMessage", 1, start));
    CHECK_FALSE(all.spares("GetHistoryRequest", 1, start));  // the same method in another client's spelling
    CHECK_FALSE(all.spares({}, 1, start));  // a method that is not named may be any
    CHECK(all.spares("getHist", 1, start));
    CHECK(all.spares("getHistoryToo", 1, start));
}

TEST_CASE("nothing is spared while the whole account, all sending or a recovery is in the way")
{
    admission_control all;
    sender slow{"send", 7};
    hold(all, slow, category::slow_mode, 30s, start);
    REQUIRE(all.spares("send", 1, start));
    SECTION("a recovery")
    {
        all.begin_recovery(mend::action::reconnect);
    }
    SECTION("a hold of the account")
    {
        sender one{"send", 1};
        hold(all, one, category::flood_wait, 30s, start, scope::account);
    }
    SECTION("a hold of all groups")
    {
        sender one{"send", -1};
        hold(all, one, category::flood_wait, 30s, start, scope::groups);
    }
    SECTION("a quarantine of the account")
    {
        all.quarantine_account(category::session_lost, start + 1h, start);
    }
    SECTION("an outage")
    {
        all.close_for_outage(category::connection, start + 1s, false, start);
    }
    CHECK_FALSE(all.spares("send", 1, start));
}

TEST_CASE("nothing is spared while the next success decides whether a told wait is one chat's or all chats'")
{
    admission_control all;
    sender one{"send", 1}, two{"send", 2};
    hold(all, one, category::rate_limit, 30s, start);
    CHECK_FALSE(all.spares("send", 3, start));
    CHECK_FALSE(all.spares("send", 3, start + 31s));  // a chat may be told the same end a little later
    CHECK(all.spares("send", 3, start + 32s));
    CHECK_FALSE(all.spares("send", 1, start + 32s));  // its gate is still there
    hold(all, two, category::rate_limit, 30s, start + 40s);
    sender three{"send", 3};
    REQUIRE(goes(all.enter(three, start + 41s)));
    all.on_success(three, true, start + 41s);
    CHECK(all.spares("send", 4, start + 41s));  // it is the chat's own
    CHECK_FALSE(all.spares("send", 2, start + 41s));
}

TEST_CASE("a second chat is found by the end of its told wait among thousands")
{
    admission_control all;
    std::vector<std::unique_ptr<sender>> chats;
    for (std::int64_t peer = 1; peer <= 2000; ++peer) {
        chats.push_back(std::make_unique<sender>("send", peer));
        CHECK(hold(all, *chats.back(), category::flood_wait, peer * 10s, start) == scope::peer);
    }
    sender same{"send", 5000}, between{"send", 5001}, answered{"read", 5002}, late{"send", 5003};
    SECTION("and its wait is that of all chats")
    {
        CHECK(hold(all, same, category::flood_wait, 12'340s + 1s, start) == scope::method);
    }
    SECTION("not if no other ends then")
    {
        CHECK(hold(all, between, category::flood_wait, 12'345s, start) == scope::peer);
    }
    SECTION("not if it is of another category")
    {
        CHECK(hold(all, same, category::rate_limit, 12'340s, start) == scope::peer);
    }
    SECTION("not if an attempt was answered in between, and the next chat is compared with later ones only")
    {
        REQUIRE(goes(all.enter(answered, start)));
        all.on_success(answered, true, start);
        CHECK(hold(all, same, category::flood_wait, 12'340s, start) == scope::peer);
        CHECK(hold(all, late, category::flood_wait, 12'340s, start) == scope::method);
    }
}

TEST_CASE("the state names the longest hold or quarantine, also after others have been forgotten")
{
    using kind = account_state::kind;
    admission_control all;
    CHECK(all.sum_up(start).what == kind::healthy);
    sender a{"send", 1}, b{"send", 2}, c{"send", 3};
    hold(all, a, category::slow_mode, 10s, start);
    hold(all, b, category::slow_mode, 40s, start);
    hold(all, c, category::rate_limit, 20s, start);
    CHECK(all.sum_up(start).what == kind::waiting);
    CHECK(all.sum_up(start).until == start + 40s);
    CHECK(all.sum_up(start).because == category::slow_mode);
    REQUIRE(goes(all.enter(a, start + 11s)));
    all.on_success(a, true, start + 12s);  // its gate is forgotten
    CHECK(all.sum_up(start + 12s).until == start + 40s);
    CHECK(all.sum_up(start + 40s).what == kind::healthy);

    all.quarantine(a, scope::peer, category::target_unavailable, start + 1min, start);
    all.quarantine(b, scope::peer, category::target_unavailable, start + 2min, start);
    CHECK(all.sum_up(start + 41s).what == kind::quarantined);
    CHECK(all.sum_up(start + 41s).until == start + 2min);
    all.begin_recovery(mend::action::reconnect);
    CHECK(all.sum_up(start + 41s).what == kind::quarantined);
    REQUIRE(all.lift_quarantines());
    CHECK(all.sum_up(start + 41s).what == kind::recovering);
    all.end_recovery();
    CHECK(all.sum_up(start + 41s).what == kind::healthy);
}

TEST_CASE("the state is right after the oldest quarantines of chats were dropped")
{
    admission_control all;
    std::vector<std::unique_ptr<sender>> chats;
    auto const most = static_cast<std::int64_t>(admission_control::most_quarantined_peers);
    for (std::int64_t peer = 1; peer <= most + 1; ++peer) {  // the older, the longer
        chats.push_back(std::make_unique<sender>("send", peer));
        all.quarantine(*chats.back(), scope::peer, category::target_unavailable, start + 24h - peer * 1s, start);
    }
    auto const longest = all.sum_up(start);
    CHECK(longest.until < start + 24h - most / 10 * 1s);
    CHECK(longest.until >= start + 24h - (most / 10 + 2) * 1s);
}

TEST_CASE("a limited chat that has been sent to since is not the first of two")
{
    admission_control all;
    sender one{"send", -1}, two{"send", -2}, three{"send", -3};
    CHECK(all.quarantine(one, scope::peer, category::account_limited, start + 1min, start).where == scope::peer);
    REQUIRE(goes(all.enter(one, start + 2min)));
    all.on_success(one, true, start + 2min);
    CHECK(all.quarantine(two, scope::peer, category::account_limited, start + 4min, start + 3min).where == scope::peer);
    CHECK(all.quarantine(three, scope::peer, category::account_limited, start + 4min, start + 3min).where == scope::groups);
}

TEST_CASE("a limited chat that has been closed for another reason since is not the first of two")
{
    admission_control all;
    sender one{"send", -1}, two{"send", -2};
    all.quarantine(one, scope::peer, category::account_limited, start + 1min, start);
    all.quarantine(one, scope::peer, category::target_unavailable, start + 1h, start + 1s);
    CHECK(all.quarantine(two, scope::peer, category::account_limited, start + 1min, start + 2s).where == scope::peer);
}

TEST_CASE("a quarantine of a chat wakes the chat's waiters at every gate, and no others")
{
    admission_control all;
    sender flooded{"send", 0}, slow{"read", 2};
    hold(all, flooded, category::flood_wait, 30s, start, scope::method);
    hold(all, slow, category::slow_mode, 30s, start);
    sender first{"send", 9}, here{"send", 1}, elsewhere{"send", 3}, there{"read", 2}, behind{"read", 2};
    for (sender* each : {&first, &here, &elsewhere, &there, &behind})
        REQUIRE_FALSE(goes(all.enter(*each, start)));
    sender asleep{"other", 1}, other_asleep{"other", 4};
    all.sleep(asleep);
    all.sleep(other_asleep);
    all.quarantine(here, scope::peer, category::target_unavailable, start + 1h, start);
    CHECK(here.wakes == 1);
    CHECK(asleep.wakes == 1);
    CHECK(first.wakes + elsewhere.wakes + there.wakes + behind.wakes + other_asleep.wakes == 0);
    for (sender* each : {&first, &here, &elsewhere, &there, &behind, &asleep, &other_asleep})
        all.leave(*each, start);
}
