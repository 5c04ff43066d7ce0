// Operations that wait for the end of an outage, and how soon after it everything is sent.
#include "field/errors.hpp"

using namespace field;
using mend::stop_reason;

namespace {

/// An outage of half a minute from 1 s on.
constexpr ms outage_begin = 1s;
constexpr ms outage_end = 31s;

void half_a_minute(lab& in)
{
    in.down(outage_begin, outage_end, bad_gateway());
}

/// The operations that fail first and so begin the outage, in doubt all of them.
void begin_outage(lab& in)
{
    for (int index = 0; index < 6; ++index)
        in.send(outage_begin, once());
}

ms last_of(std::vector<message*> const& all)
{
    ms last{0};
    for (auto const* each : all)
        last = std::max(last, each->ended.value_or(forever));
    return last;
}

/// Between two probes of an outage that began at 1 s there is a tenth of its age, and no more than what is allowed on top.
void check_gaps(std::vector<ms> const& probes, ms more)
{
    std::vector<ms> early, late;
    for (std::size_t index = 1; index < probes.size(); ++index) {
        auto const due = [](ms at) { return std::clamp(ms{(at - outage_begin).count() / 10}, ms{500}, ms{30'000}); };
        ms const gap = probes[index] - probes[index - 1];
        if (gap < due(probes[index - 1]))
            early.push_back(probes[index - 1]);
        if (gap > due(probes[index]) + more)
            late.push_back(probes[index - 1]);
    }
    CHECK(early == std::vector<ms>{});
    CHECK(late == std::vector<ms>{});
}

}  // namespace

TEST_CASE("If the operation that probes fails in any way, the others are sent soon after the end", "[field]")
{
    // What was measured after the end: 1.9, 0.9, 3.0 and 2.2 s. Any design may be late by one gap, a tenth of the age (3 s).
    auto const what = GENERATE(as<std::string>{}, "is cancelled", "hangs", "has a deadline", "throws what is not known");
    lab in;
    if (what == "hangs")
        in.answers([](request& which) -> std::optional<step> {
            return which.context == "prober" && which.attempt == 1 ? std::optional{ok(3h)} : std::nullopt;
        });
    if (what == "throws what is not known")
        in.answers([](request& which) -> std::optional<step> {
            return which.context == "prober" ? std::optional{raises(std::runtime_error{"odd"})} : std::nullopt;
        });
    half_a_minute(in);
    begin_outage(in);
    mend::call about = repeatable();
    about.context = "prober";
    if (what == "has a deadline")
        about.deadline = in.moment(10s);
    auto& prober = in.send(outage_begin + 100ms, about);
    if (what == "is cancelled")
        in.at(outage_begin + 570ms, [&prober] { prober.stop.emit(asio::cancellation_type::terminal); });
    std::vector<message*> others;
    for (int index = 0; index < 40; ++index)
        others.push_back(&in.send(outage_begin + 200ms, repeatable()));
    in.run();

    INFO("The prober " << what << "; the last of the others ended at " << last_of(others).count() << " ms; " << in.summary());
    for (auto const* each : others)
        CHECK(each->sent());
    CHECK(last_of(others) <= outage_end + 3s + 500ms + 1s);
}

TEST_CASE("No attempt is made inside a told wait because of an outage", "[field]")
{
    lab in;
    std::optional<ms> told;
    in.answers([&told](request& what) -> std::optional<step> {
        if (what.at < 5s || told)
            return std::nullopt;
        told = what.at + 50ms;
        return fails(mend::telegram::bot_api_failure(429, 0, "", 60));  // a gateway's: for the whole account
    });
    in.down(1s, 40s, bad_gateway());
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(told);
    CHECK(in.requests_between(*told, *told + 60s) == 0);
    CHECK(in.sent() == 400);
}

TEST_CASE("An outage that one chat's wait ended too early returns, and all others are sent soon after its real end", "[field]")
{
    lab in;
    std::optional<std::int64_t> told;
    in.answers([&told](request& what) -> std::optional<step> {
        if (what.at < 5s || told)
            return std::nullopt;
        told = what.peer;
        return too_many(60);  // Telegram's answer, about this chat alone
    });
    in.down(1s, 40s, bad_gateway());
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(told);
    ms last{0};
    for (auto const& each : in.messages)
        if (each.about.peer != *told)
            last = std::max(last, each.ended.value());
    CHECK(last <= 40s + 4s + 500ms + 5s);  // liveness, and two seconds to send the rest with seven workers
    CHECK(in.sent() >= 390);               // those that were spent as probes
}

TEST_CASE("Thousands that wait, in one account or in as many, are sent within seconds after the end", "[field]")
{
    auto const accounts = GENERATE(std::size_t{1}, std::size_t{100}, std::size_t{2000});
    lab in{{.accounts = accounts, .workers = static_cast<unsigned>(2000 / accounts), .starts = 950ms}};
    half_a_minute(in);
    in.queue(2000 * 2, repeatable());
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() >= 2000 * 2 - 10);      // those that were spent as probes
    CHECK(in.last_sent() <= outage_end + 8500ms);  // 4.7, 5.6 and 7.1 s were measured of 10,000
}

TEST_CASE("Ten thousand that wait in one account, in a hundred, or each in its own, are sent within seconds after the end",
          "[field]")
{
    auto const [accounts, soon] = GENERATE(table<std::size_t, ms>({
        {std::size_t{1}, ms{5600}},       // 4.7 s were measured
        {std::size_t{100}, ms{6700}},     // 5.6 s
        {std::size_t{10'000}, ms{8500}},  // 7.1 s
    }));
    lab in{{.accounts = accounts, .workers = 0}};
    half_a_minute(in);
    for (std::size_t index = 0; index != 6; ++index)
        in.send(outage_begin, once(), index % accounts);
    for (std::size_t index = 0; index != 10'000; ++index)
        in.send(outage_begin + 200ms, repeatable(), index % accounts);
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.requests_between(outage_begin + 200ms, outage_end) <= 40);  // the probes
    CHECK(in.sent() >= 10'000 - 10);                         // those that were spent as probes
    CHECK(in.last_sent() <= outage_end + soon);
}

TEST_CASE("Accounts that are closed one by one while one of them probes: all operations end", "[field]")
{
    lab in{{.accounts = 20, .workers = 2, .starts = 900ms}};
    in.down(1s, 3600s, bad_gateway());
    in.queue(20 * 30, repeatable());
    for (std::size_t account = 0; account < 20; ++account)
        in.at(2s + 700ms * static_cast<int>(account), [&in, account] { in.clients[account].account.close(); });
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.last_ended() <= 2s + 700ms * 19 + 1s);
    CHECK(in.requests_between(2s + 700ms * 19 + 1s, forever) == 0);
}

TEST_CASE("Replies wait and probe like other operations", "[field]")
{
    lab in;
    half_a_minute(in);
    begin_outage(in);
    std::vector<message*> replies;
    mend::call about = repeatable();
    about.reply = true;
    for (int index = 0; index < 20; ++index)
        replies.push_back(&in.send(outage_begin + 100ms, about));
    in.run();

    INFO(in.summary());
    auto const sent = std::count_if(replies.begin(), replies.end(), [](message const* each) { return each->sent(); });
    CHECK(sent >= 17);
    CHECK(in.requests_between(outage_begin + 100ms, outage_end) <= 40);
}

TEST_CASE("Operations with a deadline end with it while an outage lasts", "[field]")
{
    lab in;
    in.down(outage_begin, 61s, bad_gateway());
    begin_outage(in);
    std::vector<message*> all;
    mend::call about = repeatable();
    about.deadline = in.moment(31s);
    for (int index = 0; index < 20; ++index)
        all.push_back(&in.send(outage_begin + 100ms, about));
    in.run();

    INFO(in.summary());
    for (auto const* each : all) {
        REQUIRE(each->has_ended());
        CHECK(each->why() == stop_reason::deadline);
        CHECK(each->ended.value() <= 31s);
        CHECK(each->ended.value() >= 31s - 3100ms);  // if the next probe is later; 2.6 s were measured
    }
}

TEST_CASE("An operation that waits for the end of an outage can be cancelled at once", "[field]")
{
    lab in;
    half_a_minute(in);
    begin_outage(in);
    for (int index = 0; index < 20; ++index)
        in.send(outage_begin + 100ms, repeatable());
    auto& waits = in.send(outage_begin + 200ms, repeatable());
    in.at(10s, [&waits] { waits.stop.emit(asio::cancellation_type::terminal); });
    in.run();

    REQUIRE(waits.has_ended());
    CHECK(waits.why() == stop_reason::cancelled);
    CHECK(waits.ended.value() == 10s);
}

TEST_CASE("An operation that has waited its category's max_wait for the end of an outage ends wait_too_long", "[field]")
{
    auto made = default_options();
    made.policies.update(mend::category::temporary, [](mend::policy& what) { what.max_wait = 20s; });
    lab in{{.options = made}};
    in.down(outage_begin, 600s, bad_gateway());
    begin_outage(in);
    std::vector<message*> all;
    for (int index = 0; index < 60; ++index)
        all.push_back(&in.send(outage_begin + 100ms, repeatable()));
    in.run();

    INFO(in.summary());
    CHECK(in.ended(stop_reason::wait_too_long) >= 30);
    for (auto const* each : all) {
        REQUIRE(each->has_ended());
        if (each->attempts == 0) {  // the others were spent as probes, and wait anew
            CHECK(each->why() == stop_reason::wait_too_long);
            CHECK(each->ended.value() >= outage_begin + 20s);
            CHECK(each->ended.value() <= outage_begin + 20s + 500ms);
        }
    }
}

TEST_CASE("The gap between probes is a tenth of the outage's age, at least half a second and at most half a minute", "[field]")
{
    auto const [accounts, workers] = GENERATE(table<std::size_t, unsigned>({{std::size_t{1}, 8U}, {std::size_t{50}, 1U}}));
    lab in{{.accounts = accounts, .workers = workers}};
    in.down(outage_begin, 1000s, bad_gateway());
    in.queue(accounts == 1 ? 2000 : 4000, once());
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    REQUIRE(in.all_ended());
    std::vector<ms> probes;
    for (auto const& each : in.requests)
        if (each.at > outage_begin + 100ms && each.at < 1000s)
            probes.push_back(each.at);
    check_gaps(probes, 100ms);
    REQUIRE_FALSE(probes.empty());
    CHECK(probes.back() >= 1000s - 31s);
}

TEST_CASE("In an outage in which sockets died, the recoveries that fail are the probes and keep the same gaps", "[field]")
{
    auto const accounts = GENERATE(std::size_t{1}, std::size_t{50});
    lab in{{.accounts = accounts, .workers = 2, .sockets = dead_socket::resets}};
    in.with_disconnect();
    in.with_reconnect();
    in.cut(outage_begin, 1000s);
    in.queue(4000, once());
    in.run();

    INFO(accounts << " accounts: " << in.summary());
    std::vector<ms> probes;
    for (auto const& each : in.connected)
        if (each.act == mend::action::reconnect && each.at < 1000s)
            probes.push_back(each.at);
    if (accounts > 1)
        probes.erase(probes.begin(), probes.begin() + 5);  // of those that began before it was the server's
    check_gaps(probes, 2200ms);                            // settle is 2 s
    REQUIRE_FALSE(probes.empty());
    CHECK(probes.back() >= 1000s - 33s);
}

TEST_CASE(
    "When the cause has ended, an outage ends within a tenth of its age, half a second, settle, one callback and one attempt",
    "[field]")
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

TEST_CASE("An outage that returns within half a minute goes on with its age, a later one begins anew", "[field]")
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
