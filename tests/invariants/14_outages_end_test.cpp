// Invariant 14: what ends an outage, how soon after its cause, and how it opens.
#include "field/half_a_minute.hpp"

#include <set>

using namespace field;
using mend::event_kind;
using mend::stop_reason;

namespace {

/// Every request in [1 s, 61 s) fails; the first one after that is answered by `answer`.
void first_after_the_end(lab& in, step answer)
{
    in.down(1s, 61s, bad_gateway());
    in.answers([answer, met = false](request& what) mutable -> std::optional<step> {
        if (what.at < 61s || std::exchange(met, true))
            return std::nullopt;
        return answer;
    });
}

}  // namespace

TEST_CASE("14.8 any answer of Telegram ends an outage", "[invariant-14]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>({
        {"success", ok()},
        {"a permanent failure", rpc(400, "MESSAGE_EMPTY")},
        {"a chat that is not to be written to", rpc(403, "USER_IS_BLOCKED")},
        {"a flood wait", flood(5)},
    }));
    lab in;
    first_after_the_end(in, answer);
    in.queue(2000, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE(ended.size() == 1);
    auto const first = requests_of(in, [](request const& each) { return each.at >= 61s; }).front();
    CHECK(ended[0].at == first.at + 50ms);
}

TEST_CASE("14.9 what proves nothing does not end an outage: the next goes after the gap", "[invariant-14]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>({
        {"temporary", bad_gateway()},
        {"connection", broken()},
        {"unknown", raises(std::runtime_error{"odd"})},
        {"custom", rpc(499, "ODD")},
    }));
    auto made = default_options();
    auto rules = mend::classifier{};
    rules.when_code(499, mend::category::custom_0);
    made.rules = rules.then(mend::telegram::rules());
    lab in{{.options = made}};
    first_after_the_end(in, answer);
    in.queue(2000, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    auto const after = requests_of(in, [](request const& each) { return each.at >= 61s; });
    REQUIRE(after.size() > 2);
    CHECK(after[1].at - after[0].at >= 5s);
    CHECK(in.outages(event_kind::outage_ended).back().at == after[1].at + 50ms);
}

TEST_CASE("14.10 a success of an attempt that began before the outage ends it", "[invariant-14]")
{
    lab in;
    in.answers([](request& what) { return what.context == "early" ? std::optional{ok(10s)} : std::nullopt; });
    in.down(1s, 5s, bad_gateway());
    auto early = once();
    early.context = "early";
    in.send(500ms, early);
    in.queue(2000, once());
    in.down(5s, 3600s, bad_gateway());
    in.at(12s, [] {});
    in.run();

    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended.front().at >= 10500ms);
    CHECK(ended.front().at <= 10500ms + 1s);  // seen at the next probe: a success leaves no trace but a count
}

TEST_CASE("14.11 a server's outage opens two accounts at first, and twice as many every quarter of a second", "[invariant-14]")
{
    lab in{{.accounts = 200, .workers = 1}};
    in.down(1s, 61s, bad_gateway());
    in.queue(200 * 40, repeatable());
    in.run();

    INFO(in.summary());
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE_FALSE(ended.empty());
    CHECK(ended.size() == 1);
    auto const accounts_within = [&](ms time) {
        std::set<std::size_t> seen;
        for (auto const& each : in.requests)
            if (each.at >= ended[0].at && each.at < ended[0].at + time)
                seen.insert(each.account);
        return seen.size();
    };
    CHECK(accounts_within(240ms) <= 3);  // the prober, and two
    CHECK(accounts_within(490ms) <= 7);
    CHECK(accounts_within(740ms) <= 15);
    CHECK(accounts_within(990ms) <= 31);
    CHECK(accounts_within(2s) == 200);
}

TEST_CASE("14.12 when the cause has ended, an outage ends within a tenth of its age, half a second, settle, one callback and one "
          "attempt",
          "[invariant-14]")
{
    auto const lasts = GENERATE(ms{5s}, ms{47s}, ms{301s}, ms{3607s});
    auto const sockets = GENERATE(dead_socket::heals, dead_socket::resets, dead_socket::hangs);
    auto const accounts = GENERATE(std::size_t{1}, std::size_t{20});
    auto made = default_options();
    made.attempt_timeout = 5s;
    lab in{{.accounts = accounts, .workers = 2, .sockets = sockets, .options = made, .limit = 4h, .starts = 900ms}};
    in.with_disconnect();
    in.with_reconnect();
    in.cut(outage_begin, outage_begin + lasts);
    in.queue(800, once());
    in.run();

    INFO(lasts.count() << " ms, sockets " << static_cast<int>(sockets) << ", " << accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.ended(stop_reason::closed) == 0);
    auto const ends = in.outages(mend::event_kind::outage_ended);
    ms const gap = std::clamp(ms{lasts.count() / 10}, ms{500}, ms{30'000});
    // Accounts' outages that became part of the server's have ended, too.
    auto const first = std::find_if(ends.begin(), ends.end(), [&](outage_event const& each) {
        return accounts == 1 || each.extent == mend::outage_extent::server;
    });
    REQUIRE(first != ends.end());
    ms const first_end = first->at;
    CHECK(first_end >= outage_begin + lasts);
    CHECK(first_end <= outage_begin + lasts + gap + 500ms + 2s + 50ms + 5s + 1s);
    CHECK(in.last_sent() <= outage_begin + lasts + gap + 500ms + 2s + 50ms + 5s + 30s + 75ms * 400 / accounts);
}

TEST_CASE("14.13 an outage that returns within half a minute goes on with its age, a later one begins anew", "[invariant-14]")
{
    auto const [pause, at_most, at_least] = GENERATE(table<ms, std::size_t, std::size_t>({
        {ms{5s}, std::size_t{6}, std::size_t{1}},  // a gap of 3.5 s and more
        {ms{60s}, std::size_t{24}, std::size_t{9}},  // half a second again
    }));
    lab in;
    half_a_minute(in);
    ms const again = outage_end + pause;
    in.down(again, again + 30s, bad_gateway());
    for (ms const from : {outage_begin, again}) {
        for (int index = 0; index < 8; ++index)
            in.send(from, once());
        for (int index = 0; index < 100; ++index)
            in.send(from + 100ms, once());
    }
    in.run();

    INFO("after " << pause.count() << " ms: " << in.summary());
    CHECK(in.all_ended());
    CHECK(in.outages(mend::event_kind::outage_began).size() == 2);
    auto const probes = in.requests_between(again + 100ms, again + 10s);
    CHECK(probes <= at_most);
    CHECK(probes >= at_least);
}
