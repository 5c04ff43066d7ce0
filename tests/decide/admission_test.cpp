// The conditions of an account, without I/O: holds, gates, quarantines.
#include "decide/senders.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace support;
using mend::category;
using mend::scope;
using mend::stop_reason;
using mend::detail::admission_control;

namespace {

admission_control::wall flood(std::chrono::milliseconds wait, scope where = scope::method)
{
    return {where, category::flood_wait, wait, 0.0, 24h, true};
}

}  // namespace

TEST_CASE("an account without conditions lets all operations go")
{
    admission_control all;
    sender one;
    CHECK(goes(all.enter(one, start)));
    CHECK(all.clear());
}

TEST_CASE("a hold makes its method wait until its end, and no other")
{
    admission_control all;
    sender one, two, other{"read"};
    REQUIRE(goes(all.enter(one, start)));
    all.set_hold(one, flood(37s), start, 0.5);
    auto const answer = all.enter(two, start + 1s);
    CHECK(answer.what == admission_decision::kind::wait);
    CHECK(answer.until == start + 37s);
    CHECK(goes(all.enter(other, start + 1s)));
    all.leave(two, start + 1s);
}

TEST_CASE("the head of a queue wakes by itself when the hold ends, and the others 30 s later")
{
    admission_control all;
    sender one;
    REQUIRE(goes(all.enter(one, start)));
    all.set_hold(one, flood(37s), start, 0.5);
    sender first, second;
    CHECK(all.enter(first, start).until == start + 37s);
    CHECK(all.enter(second, start).until == start + 67s);
    all.leave(first, start + 1s);
    CHECK(second.wakes == 1);
    CHECK(all.enter(second, start + 1s).until == start + 37s);
    all.leave(second, start + 1s);
}

TEST_CASE("a place that was passed on for lateness is not passed on again when the late one comes back")
{
    admission_control all;
    sender breaker{"send", 7};
    REQUIRE(goes(all.enter(breaker, start)));
    all.set_hold(breaker, {scope::peer, category::slow_mode, 10s, 0.0, 24h, true}, start, 0);
    time_point const open = start + 10s;
    sender late{"send", 7}, second{"send", 7}, third{"send", 7}, other{"send"};
    REQUIRE(goes(all.enter(late, open)));
    all.set_hold(other, flood(10s), open + 1s, 0);
    REQUIRE(goes(all.enter(other, open + 12s)));
    CHECK_FALSE(goes(all.enter(second, open + 31s)));  // the chat's gate would let it pass, the method's does not
    all.return_permit(late, open + 32s);
    all.on_success(other, true, open + 33s);
    CHECK(goes(all.enter(second, open + 33s)));
    CHECK_FALSE(goes(all.enter(third, open + 33s)));
    all.leave(third, open + 34s);
}

TEST_CASE("of the operations that wait for a recovery when an outage ends, one goes first, too")
{
    admission_control all;
    all.close_for_outage(category::connection, time_point::max(), false, start);
    all.begin_recovery(mend::action::reconnect);
    sender first, second, third;
    for (sender* each : {&first, &second, &third})
        REQUIRE_FALSE(goes(all.enter(*each, start + 1s)));
    all.end_outage(false, start + 10s);
    all.end_recovery();
    CHECK(goes(all.enter(first, start + 11s)));
    CHECK_FALSE(goes(all.enter(second, start + 11s)));
    CHECK_FALSE(goes(all.enter(third, start + 11s)));
    all.on_success(first, true, start + 12s);
    CHECK(goes(all.enter(second, start + 12s)));
    CHECK(goes(all.enter(third, start + 12s)));
    all.on_success(second, true, start + 13s);
    all.on_success(third, true, start + 13s);
    CHECK(all.clear());
}

TEST_CASE("of the operations that wait for a recovery when the probe has come through, one goes first as well")
{
    admission_control all;
    all.close_for_outage(category::connection, time_point::max(), false, start);
    sender probe, first, second, third;
    REQUIRE_FALSE(goes(all.enter(probe, start)));
    all.let_probe(start + 1s, false);
    REQUIRE(goes(all.enter(probe, start + 1s)));
    all.begin_recovery(mend::action::reconnect);
    for (sender* each : {&first, &second, &third})
        REQUIRE_FALSE(goes(all.enter(*each, start + 2s)));
    all.end_outage(all.was_let_through(probe), start + 10s);
    all.on_success(probe, true, start + 10s);
    all.end_recovery();
    int gone = 0;
    for (sender* each : {&first, &second, &third})
        gone += goes(all.enter(*each, start + 11s)) ? 1 : 0;
    CHECK(gone >= 1);
    CHECK(gone <= 2);  // the probe that came through has admitted two
    all.leave(first, start + 12s);
    all.leave(second, start + 12s);
    all.leave(third, start + 12s);
}

TEST_CASE("an opened gate lets one through, then two for each that comes back")
{
    admission_control all;
    sender breaker;
    REQUIRE(goes(all.enter(breaker, start)));
    all.set_hold(breaker, flood(10s), start, 0.5);
    std::vector<std::unique_ptr<sender>> queue;
    for (int index = 0; index != 7; ++index) {
        queue.push_back(std::make_unique<sender>());
        REQUIRE_FALSE(goes(all.enter(*queue.back(), start)));
    }
    time_point const open = start + 10s;
    auto const go_on = [&](std::size_t index) { return goes(all.enter(*queue[index], open)); };
    REQUIRE(go_on(0));
    for (std::size_t index = 1; index != 7; ++index)
        CHECK_FALSE(go_on(index));
    all.on_success(*queue[0], true, open);
    CHECK(go_on(1));
    CHECK(go_on(2));
    CHECK_FALSE(go_on(3));
    all.on_success(*queue[1], true, open);
    CHECK_FALSE(go_on(5));  // first come, first served
    CHECK(go_on(3));
    CHECK(go_on(4));
    all.on_success(*queue[2], true, open);
    CHECK(go_on(5));
    CHECK(go_on(6));
    for (std::size_t index = 3; index != 7; ++index)
        all.on_success(*queue[index], true, open);
    CHECK(all.clear());
}

TEST_CASE("a probe that takes longer than 30 s lets the next one go")
{
    admission_control all;
    sender breaker, slow, next;
    REQUIRE(goes(all.enter(breaker, start)));
    all.set_hold(breaker, flood(10s), start, 0.5);
    time_point const open = start + 10s;
    REQUIRE(goes(all.enter(slow, open)));
    auto const answer = all.enter(next, open + 1s);
    CHECK(answer.what == admission_decision::kind::wait);
    CHECK(answer.until == open + 30s);
    CHECK_FALSE(goes(all.enter(next, open + 29s)));
    CHECK(goes(all.enter(next, open + 30s)));
}

TEST_CASE("a quarantine refuses at once, and a reply passes the one of a limited account")
{
    admission_control all;
    sender cold{"send"}, reply{"send", 0, time_point::max(), true};
    REQUIRE(goes(all.enter(cold, start)));
    all.quarantine(cold, scope::method, category::account_limited, start + 24h, start);
    auto const answer = all.enter(cold, start + 1h);
    CHECK(answer.what == admission_decision::kind::refuse);
    CHECK(answer.why == stop_reason::quarantined);
    CHECK(answer.until == start + 24h);
    CHECK(goes(all.enter(reply, start + 1h)));
    CHECK(all.lift_quarantines());
    CHECK(goes(all.enter(cold, start + 1h)));
}

TEST_CASE("a second chat's flood during the first one's hold holds the method")
{
    admission_control all;
    sender first{"send", 1}, second{"send", 2}, third{"send", 3};
    CHECK(all.set_hold(first, flood(10s, scope::peer), start, 0).where == scope::peer);
    CHECK(goes(all.enter(third, start)));
    CHECK(all.set_hold(second, flood(10s, scope::peer), start + 1s, 0).where == scope::method);
    CHECK_FALSE(goes(all.enter(third, start + 1s)));
    all.leave(third, start + 1s);
}

TEST_CASE("slow mode of an unknown chat holds no other operation")
{
    admission_control all;
    sender nameless{"send", 0};
    admission_control::wall const slow{scope::peer, category::slow_mode, 60s, 0.0, 24h, true};
    auto const held = all.set_hold(nameless, slow, start, 0);
    CHECK(held.where == scope::operation);
    CHECK(held.until == start + 60s);
    CHECK(all.clear());
}

TEST_CASE("holds that are not asked for again are forgotten in bulk")
{
    admission_control all;
    for (std::int64_t peer = 1; peer != 20'000; ++peer) {
        sender each{"send", peer};
        all.set_hold(each, {scope::peer, category::slow_mode, 1s, 0.0, 24h, true}, start + std::chrono::minutes{peer}, 0);
        all.leave(each, start);
    }
    CHECK(all.size() <= admission_control::remembered_holds);
}

TEST_CASE("a chat quarantined for ever is remembered among thousands of others")
{
    admission_control all;
    for (std::int64_t peer = 1; peer != 5'000; ++peer) {
        sender each{"send", peer};
        all.quarantine(each, scope::peer, category::target_unavailable, time_point::max(), start);
    }
    sender first{"send", 1};
    CHECK(all.enter(first, start + 1h).why == stop_reason::quarantined);
}

TEST_CASE("a group, whose id is negative, counts as the second chat")
{
    admission_control all;
    sender first{"send", -100'500}, second{"send", 7};
    CHECK(all.set_hold(first, flood(10s, scope::peer), start, 0).where == scope::peer);
    CHECK(all.set_hold(second, flood(10s, scope::peer), start + 1s, 0).where == scope::method);
}

TEST_CASE("max_wait is asked of each hold, and of told waits alone")
{
    admission_control all;
    sender who{"send", 7};
    all.set_hold(who, {scope::peer, category::slow_mode, 50s, 0.0, 10s, true}, start, 0);
    all.set_hold(who, {scope::method, category::flood_wait, 100s, 0.0, 24h, true}, start, 0);
    CHECK(all.enter(who, start).why == stop_reason::wait_too_long);

    admission_control others;
    others.set_hold(who, {scope::method, category::rate_limit, 5s, 0.0, 1s, false}, start, 0);
    CHECK(others.enter(who, start).what == admission_decision::kind::wait);
    others.leave(who, start);
}

TEST_CASE("a permit kept for a waiter that never comes is given away after 30 s, and no waiter spins until then")
{
    admission_control all;
    sender breaker, probe, called, third;
    REQUIRE(goes(all.enter(breaker, start)));
    all.set_hold(breaker, flood(10s), start, 0.5);
    time_point const open = start + 10s;
    REQUIRE(goes(all.enter(probe, open)));
    REQUIRE_FALSE(goes(all.enter(called, open)));
    all.return_permit(probe, open + 1s);  // the permit is kept for the second, whose executor is stuck
    REQUIRE(called.wakes >= 1);
    auto const answer = all.enter(third, open + 40s);
    REQUIRE(goes(answer));
    all.leave(called, open + 41s);
}

TEST_CASE("a reply passes the quarantine of a chat that cannot be written to")
{
    admission_control all;
    sender cold{"send", 7}, other{"send", 8}, reply{"send", 7, time_point::max(), true};
    REQUIRE(goes(all.enter(cold, start)));
    all.quarantine(cold, scope::peer, category::target_unavailable, start + 24h, start);
    all.on_success(cold, true, start);
    CHECK(all.enter(cold, start + 1h).why == stop_reason::quarantined);
    CHECK(goes(all.enter(other, start + 1h)));
    CHECK(goes(all.enter(reply, start + 1h)));
}

TEST_CASE("at most 10,000 chats of an account are quarantined, and those of longest ago are let go first")
{
    admission_control all;
    auto const quarantine = [&](std::int64_t peer) {
        sender one{"send", peer};
        all.quarantine(one, scope::peer, category::target_unavailable, start + 24h, start);
    };
    auto const refused = [&](std::int64_t peer) {
        sender one{"send", peer};
        bool const goes_not = all.enter(one, start).why == stop_reason::quarantined;
        all.leave(one, start);
        return goes_not;
    };
    for (std::int64_t peer = 1; peer <= 10'000; ++peer)
        quarantine(peer);
    CHECK(all.size() == 10'000);
    CHECK(refused(1));
    quarantine(1);  // quarantined again: the youngest now
    for (std::int64_t peer = 10'001; peer <= 25'000; ++peer) {
        quarantine(peer);
        REQUIRE(all.size() <= 10'000);
    }
    CHECK(refused(25'000));
    CHECK(refused(17'000));
    CHECK(!refused(2));
    all.lift_quarantines();
    CHECK(all.size() == 0);
    quarantine(5);
    CHECK(refused(5));
}

TEST_CASE("among 10,000 quarantined chats one that was quarantined again outlasts its neighbours")
{
    admission_control all;
    for (std::int64_t peer = 1; peer <= 10'001; ++peer) {
        sender one{"send", peer};
        all.quarantine(one, scope::peer, category::target_unavailable, start + 24h, start);
        if (peer == 5'000) {
            sender again{"send", 1};
            all.quarantine(again, scope::peer, category::target_unavailable, start + 24h, start);
        }
    }
    sender kept{"send", 1}, gone{"send", 2};
    CHECK(all.enter(kept, start).why == stop_reason::quarantined);
    CHECK(goes(all.enter(gone, start)));
}

TEST_CASE("when two holds with common waiters have ended, one of them goes")
{
    admission_control all;
    sender nameless{"", 1}, read{"read", 1}, send{"send", 1}, other{"send"};
    for (auto* each : {&nameless, &read, &send})
        REQUIRE(goes(all.enter(*each, start)));
    all.set_hold(send, flood(3s, scope::method), start, 0);
    all.return_permit(send, start);
    REQUIRE_FALSE(goes(all.enter(send, start)));
    all.set_hold(nameless, flood(4s, scope::account), start, 0);
    all.return_permit(nameless, start);
    REQUIRE_FALSE(goes(all.enter(nameless, start)));
    all.on_success(read, true, start);
    REQUIRE_FALSE(goes(all.enter(other, start)));

    // Waiters whose time has come ask, then those that are woken, in turn.
    sender* const everybody[] = {&nameless, &send, &read, &other};
    for (auto* each : everybody)
        each->wakes = each != &other ? 1 : 0;
    int asked = 0;
    bool gone = false;
    while (!gone && asked < 1000) {
        for (auto* each : everybody) {
            if (each->wakes == 0 || gone)
                continue;
            each->wakes = 0;
            ++asked;
            gone = goes(all.enter(*each, start + 10s));
        }
    }
    CHECK(gone);
    for (auto* each : everybody)
        all.leave(*each, start + 10s);
}

TEST_CASE("a hold whose end no clock can count is too long for all operations")
{
    admission_control all;
    sender one, patient, hurried{"send", 0, start + 10h};
    REQUIRE(goes(all.enter(one, start)));
    all.set_hold(
        one, {scope::method, category::flood_wait, std::chrono::milliseconds::max(), 0.0, std::chrono::milliseconds::max(), true},
        start, 0);
    all.return_permit(one, start);
    CHECK(all.enter(patient, start).why == stop_reason::wait_too_long);
    CHECK(all.enter(hurried, start).why == stop_reason::wait_too_long);
}

TEST_CASE("a second chat that reports the account's limit within the hour quarantines all groups, a later one its own chat")
{
    admission_control all;
    sender first{"send", -1}, second{"send", -2}, third{"sendPhoto", -3}, user{"send", 4}, reader{"getChat", -3};
    auto const limited = [&](sender const& who, time_point now) {
        return all.quarantine(who, scope::peer, category::account_limited, now + 24h, now).where;
    };
    CHECK(limited(first, start) == scope::peer);
    CHECK(limited(first, start + 1min) == scope::peer);  // the same chat again
    SECTION("within the hour")
    {
        CHECK(limited(second, start + 59min) == scope::groups);
        CHECK(all.enter(third, start + 1h).why == stop_reason::quarantined);
    }
    SECTION("later")
    {
        CHECK(limited(second, start + 61min) == scope::peer);
        CHECK(goes(all.enter(third, start + 1h)));
    }
    CHECK(goes(all.enter(user, start + 1h)));
    CHECK(goes(all.enter(reader, start + 1h)));
}

TEST_CASE("a flood in one chat does not count as a second chat's if the first has another trouble, or had it long ago")
{
    admission_control all;
    sender first{"send", 1}, second{"send", 2};
    auto const flooded = [&](sender const& who, time_point now) {
        return all.set_hold(who, flood(10s, scope::peer), now, 0).where;
    };
    SECTION("a chat that cannot be written to")
    {
        all.quarantine(first, scope::peer, category::target_unavailable, start + 24h, start);
        CHECK(flooded(second, start) == scope::peer);
    }
    SECTION("slow mode")
    {
        all.set_hold(first, {scope::peer, category::slow_mode, 1h, 0.0, 24h, true}, start, 0);
        CHECK(flooded(second, start) == scope::peer);
    }
    SECTION("the same chat")
    {
        CHECK(flooded(second, start) == scope::peer);
        CHECK(flooded(second, start + 1s) == scope::peer);
    }
    SECTION("a flood that is over")
    {
        CHECK(flooded(first, start) == scope::peer);
        CHECK(flooded(second, start + 10s) == scope::peer);
    }
}

TEST_CASE("a hold that is extended beyond a deadline wakes the operations that it concerns, and no others")
{
    admission_control all;
    sender breaker{"send"}, other_breaker{"read"};
    sender concerned{"send", 0, start + 1min}, unconcerned{"read", 0, start + 1min};
    all.set_hold(breaker, flood(30s), start, 0);
    all.set_hold(other_breaker, flood(30s), start, 0);
    REQUIRE(all.enter(concerned, start).what == admission_decision::kind::wait);
    REQUIRE(all.enter(unconcerned, start).what == admission_decision::kind::wait);
    all.set_hold(breaker, flood(2min), start + 1s, 0);
    CHECK(concerned.wakes == 1);
    CHECK(unconcerned.wakes == 0);
    CHECK(all.enter(concerned, start + 1s).why == stop_reason::deadline);
    all.leave(unconcerned, start + 1s);
}

TEST_CASE("an operation that comes through opens the gates that it has passed, and none that was closed since")
{
    admission_control all;
    sender breaker{"send"}, probe{"send"}, nameless{""};
    all.set_hold(breaker, flood(10s), start, 0);
    REQUIRE(goes(all.enter(probe, start + 10s)));
    all.set_hold(nameless, flood(1s, scope::account), start + 11s, 0);
    REQUIRE(all.size() == 2);
    all.on_success(probe, true, start + 20s);
    CHECK(all.size() == 1);  // the account's: its own probe is still to come
    sender first{"read"}, second{"read"};
    CHECK(goes(all.enter(first, start + 20s)));
    CHECK_FALSE(goes(all.enter(second, start + 20s)));
    all.leave(second, start + 20s);
}

TEST_CASE("a lifted quarantine lets all operations at its gate go")
{
    admission_control all;
    sender cold, probe, second, third;
    all.quarantine(cold, scope::method, category::account_limited, start + 10s, start);
    REQUIRE(goes(all.enter(probe, start + 10s)));
    REQUIRE_FALSE(goes(all.enter(second, start + 10s)));
    REQUIRE_FALSE(goes(all.enter(third, start + 10s)));
    SECTION("while the first is under way")
    {
        CHECK(all.lift_quarantines());
        CHECK(second.wakes == 1);
        CHECK(third.wakes == 1);
    }
    SECTION("while the next has been called and has not come yet")
    {
        all.return_permit(probe, start + 11s);
        REQUIRE(second.wakes == 1);
        CHECK(all.lift_quarantines());
        CHECK(third.wakes >= 1);
    }
    CHECK(goes(all.enter(third, start + 12s)));
    CHECK(goes(all.enter(second, start + 12s)));
    sender late;
    CHECK(goes(all.enter(late, start + 12s)));
    CHECK_FALSE(all.refusal(cold, start + 12s));
}

TEST_CASE("a chat with waiters at its gate is not forgotten among ten thousand others, nor is anything but chats")
{
    admission_control all;
    sender limited{"other"}, cold{"send", 1}, probe{"send", 1}, next{"send", 1};
    all.quarantine(limited, scope::method, category::account_limited, start + 24h, start);
    all.quarantine(cold, scope::peer, category::target_unavailable, start + 1s, start);
    REQUIRE(goes(all.enter(probe, start + 1s)));
    REQUIRE_FALSE(goes(all.enter(next, start + 1s)));
    bool const called = GENERATE(false, true);
    if (called)
        all.return_permit(probe, start + 1s);
    CHECK(next.wakes == (called ? 1 : 0));
    for (std::int64_t peer = 2; peer <= 10'001; ++peer) {
        sender one{"send", peer};
        all.quarantine(one, scope::peer, category::target_unavailable, start + 24h, start + 1s);
    }
    sender forgotten{"send", 2}, kept{"send", 10'001}, newcomer{"send", 1};
    CHECK(goes(all.enter(forgotten, start + 2s)));
    CHECK(all.enter(kept, start + 2s).why == stop_reason::quarantined);
    CHECK(all.enter(limited, start + 2s).why == stop_reason::quarantined);
    CHECK_FALSE(goes(all.enter(newcomer, start + 2s)));  // after those who were there before
    all.leave(newcomer, start + 2s);
    all.leave(next, start + 2s);
}

TEST_CASE("a program that names each of its methods once does not make its account remember them for ever")
{
    admission_control all;
    std::vector<std::string> methods(20'000);
    time_point now = start;
    for (std::size_t number = 0; number != methods.size(); ++number, now += 1min) {
        methods[number] = "send/" + std::to_string(number);
        sender each{methods[number]};
        all.set_hold(each, {scope::method, category::flood_wait, 1s, 0.0, 24h, true}, now, 0);
        all.leave(each, now);
    }
    CHECK(all.size() <= admission_control::remembered_holds);
}

TEST_CASE("a chat's gate is kept for an hour, and longer for a waiter that was called and has not come")
{
    admission_control all;
    sender breaker{"send", 7}, probe{"send", 7}, called{"send", 7}, other{"send", 8};
    all.set_hold(breaker, {scope::peer, category::slow_mode, 10s, 0.0, 24h, true}, start, 0);
    SECTION("one was called")
    {
        REQUIRE(goes(all.enter(probe, start + 10s)));
        REQUIRE_FALSE(goes(all.enter(called, start + 10s)));
        all.return_permit(probe, start + 11s);
        REQUIRE(called.wakes == 1);
        CHECK(goes(all.enter(other, start + 3h)));
        CHECK(all.size() == 1);
        CHECK(goes(all.enter(called, start + 3h)));
    }
    SECTION("no operation asks for it")
    {
        CHECK(goes(all.enter(other, start + 3h)));
        CHECK(all.clear());
    }
}

TEST_CASE("the sum of it all names the hold that lasts longest")
{
    admission_control all;
    sender edit{"edit"}, read{"read"}, send{"send"};
    all.set_hold(edit, flood(100s), start, 0);
    all.set_hold(read, {scope::method, category::rate_limit, 50s, 0.0, 24h, false}, start, 0);
    CHECK(all.sum_up(start).because == category::flood_wait);
    CHECK(all.sum_up(start).until == start + 100s);
    all.quarantine(send, scope::method, category::account_limited, start + 10s, start);
    CHECK(all.sum_up(start).what == mend::account_state::kind::quarantined);
    CHECK(all.sum_up(start + 20s).because == category::flood_wait);
    CHECK(all.sum_up(start + 100s).what == mend::account_state::kind::healthy);
}
