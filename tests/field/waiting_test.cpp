// Operations that wait for the end of an outage, and how soon after it everything is sent.
#include "field/half_a_minute.hpp"

using namespace field;
using mend::stop_reason;

namespace {

ms last_of(std::vector<message*> const& all)
{
    ms last{0};
    for (auto const* each : all)
        last = std::max(last, each->ended.value_or(forever));
    return last;
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
