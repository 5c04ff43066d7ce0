// The parts of the public interface that the field asked for.
#include "field/errors.hpp"

using namespace field;
using mend::event_kind;
using mend::stop_reason;
using kind = mend::account_state::kind;

namespace {

constexpr std::string_view token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0";
constexpr std::string_view secret = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0";

step tells(std::string text)
{
    mend::failure made;
    made.code = 400;
    made.message = std::move(text);
    return fails(std::move(made));
}

asio::awaitable<void> wait_until_drained(lab& in, std::optional<ms>& when)
{
    co_await in.manager.drained();
    when = in.now();
}

}  // namespace

// --- outages, as a program sees them

TEST_CASE("An account's state is outage, with since when and of what kind, and well after it", "[field]")
{
    lab in;
    in.down(10s, 70s, bad_gateway());
    in.queue(3000, once());
    mend::account_state before, during, after;
    in.at(9s, [&] { before = in.clients[0].account.state(); });
    in.at(40s, [&] { during = in.clients[0].account.state(); });
    in.at(200s, [&] { after = in.clients[0].account.state(); });
    in.run();

    INFO(in.summary());
    CHECK(before.what == kind::healthy);
    CHECK(during.what == kind::outage);
    CHECK(during.why == mend::category::temporary);
    REQUIRE(during.since);
    CHECK(in.since_began(*during.since) >= 10s);
    CHECK(in.since_began(*during.since) <= 10s + 100ms);
    CHECK(after.what == kind::healthy);
}

TEST_CASE("The events of an outage name whose it is, and the statistics count it, its probes and its time", "[field]")
{
    lab in;
    in.down(10s, 70s, bad_gateway());
    in.queue(3000, once());
    in.run();

    INFO(in.summary());
    auto const began = in.outages(event_kind::outage_began);
    auto const probes = in.outages(event_kind::probing);
    auto const ended = in.outages(event_kind::outage_ended);
    REQUIRE(began.size() == 1);
    REQUIRE(ended.size() == 1);
    CHECK(began[0].extent == mend::outage_extent::account);
    CHECK(began[0].account == "0");
    CHECK(began[0].at >= 10s);
    CHECK(began[0].at <= 10s + 200ms);
    CHECK(ended[0].extent == mend::outage_extent::account);
    CHECK(ended[0].at >= 70s);
    CHECK(ended[0].at - ended[0].delay >= 10s);  // since the outage's first failure
    CHECK(ended[0].at - ended[0].delay <= 10s + 100ms);
    for (auto const& each : probes)
        CHECK(each.extent == mend::outage_extent::account);
    auto const stats = in.manager.stats();
    CHECK(stats.outages == 1);
    CHECK(stats.probes == probes.size());
    CHECK(stats.probes >= 30);
    CHECK(stats.outage_time >= 60s - 100ms);
    CHECK(stats.outage_time <= 68s);
}

TEST_CASE("Accounts of one server share an outage, and those of another server go on", "[field]")
{
    lab in{{.accounts = 8, .workers = 1}};
    for (std::size_t account = 0; account < 8; ++account)
        in.clients[account].account.server(account < 4 ? "dc2" : "dc4");
    in.answers([](request& what) -> std::optional<step> {
        bool const down = what.account < 4 && what.at >= 1s && what.at < 61s;
        return down ? std::optional{bad_gateway()} : std::nullopt;
    });
    in.queue(8 * 100, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    auto const began = in.outages(event_kind::outage_began);
    REQUIRE(began.size() == 1);
    CHECK(began[0].extent == mend::outage_extent::server);
    CHECK(began[0].server == "dc2");
    for (auto const& each : in.messages)
        if (each.account >= 4)
            CHECK(each.ended.value() <= 5100ms);
    auto const down = requests_of(in, [](request const& each) { return each.account < 4 && each.at >= 1s && each.at < 61s; });
    CHECK(down.size() <= 4 + 50);  // one each, and the probes
    CHECK(in.sent() == 800 - in.in_doubt());
}

TEST_CASE("Four of twenty accounts in trouble do not make an outage of their server", "[field]")
{
    lab in{{.accounts = 20, .workers = 1}};
    in.answers([](request& what) -> std::optional<step> {
        bool const down = what.account < 4 && what.at >= 1s && what.at < 4s;  // the others send until 5 s
        return down ? std::optional{bad_gateway()} : std::nullopt;
    });
    in.queue(20 * 100, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    for (auto const& each : in.outages(event_kind::outage_began))
        CHECK(each.extent == mend::outage_extent::account);
    for (auto const& each : in.messages)
        if (each.account >= 4)
            CHECK(each.ended.value() <= 5100ms);
}

// --- the end of a program

TEST_CASE("drained() returns when the last attempt has ended", "[field]")
{
    lab in;
    std::optional<ms> drained;
    in.answers([](request&) { return std::optional{ok(30s)}; });
    in.send(0s, once());
    in.at(1s, [&] {
        in.manager.close();
        asio::co_spawn(in.context, wait_until_drained(in, drained), asio::detached);
    });
    in.run();

    CHECK(in.sent() == 1);  // it kept its result
    REQUIRE(drained);
    CHECK(*drained == 30s);
}

TEST_CASE("drained() returns when no callback runs", "[field]")
{
    scenario in;
    std::optional<ms> drained;
    auto& callback = in.on_reconnect({ok(20s).stubborn()});
    in.spawn({.method = "messages.getHistory"}, {broken()});
    in.at(5s, [&] {
        in.manager.close();
        asio::co_spawn(
            in.context,
            [](scenario& of, std::optional<ms>& when) -> asio::awaitable<void> {
                co_await of.manager.drained();
                when = of.now();
            }(in, drained),
            asio::detached);
    });
    in.run();

    REQUIRE(callback.count() == 1);
    REQUIRE(drained);
    CHECK(*drained >= callback.runs[0].ended.value());
}

TEST_CASE("drained() returns at once if nothing runs, for any number that wait", "[field]")
{
    lab in;
    std::optional<ms> first, second;
    in.at(1s, [&] {
        in.manager.close();
        asio::co_spawn(in.context, wait_until_drained(in, first), asio::detached);
        asio::co_spawn(in.context, wait_until_drained(in, second), asio::detached);
    });
    in.run();

    CHECK(first == 1s);
    CHECK(second == 1s);
}

// --- options

TEST_CASE("options.attempt_timeout applies to calls that set none", "[field]")
{
    auto made = default_options();
    made.attempt_timeout = 5s;
    lab in{{.options = made}};
    in.answers([](request& what) { return what.attempt == 1 ? std::optional{ok(forever)} : std::nullopt; });
    auto& by_option = in.send(0s, {.method = "messages.getHistory"});
    auto& by_call = in.send(0s, {.method = "messages.getHistory", .attempt_timeout = 12s});
    in.run();

    REQUIRE(by_option.sent());
    REQUIRE(by_call.sent());
    auto const second = requests_of(in, [](request const& each) { return each.attempt == 2; });
    REQUIRE(second.size() == 2);
    CHECK(second[0].at >= 5s + 900ms);  // the backoff of a connection failure
    CHECK(second[0].at <= 5s + 1200ms);
    CHECK(second[1].at >= 12s + 900ms);
}

TEST_CASE("policy_table::update changes what it names, and nothing if the change is not allowed", "[field]")
{
    mend::policy_table table;
    auto const before = table[mend::category::proxy];
    table.update(mend::category::proxy, [](mend::policy& what) { what.max_retries = 10; });
    CHECK(table[mend::category::proxy].max_retries == 10);
    CHECK(table[mend::category::proxy].act == before.act);
    CHECK(table[mend::category::proxy].settle == before.settle);
    CHECK(table[mend::category::proxy].escalate_after == 2);
    CHECK_THROWS_AS(table.update(mend::category::proxy, [](mend::policy& what) { what.delay.factor = 0.5; }),
                    std::invalid_argument);
    CHECK(table[mend::category::proxy].delay.factor == before.delay.factor);
}

TEST_CASE("A function that is subscribed sees every event, an empty one is refused", "[field]")
{
    scenario in;
    std::vector<event_kind> seen;
    in.manager.subscribe([&seen](mend::event const& what) { seen.push_back(what.kind); });
    CHECK_THROWS_AS(in.manager.subscribe(std::function<void(mend::event const&)>{}), std::invalid_argument);
    in.spawn({unavailable()});
    in.run();

    std::vector<event_kind> expected;
    for (auto const& each : in.events->all)
        expected.push_back(each.kind);
    CHECK_FALSE(seen.empty());
    CHECK(seen == expected);
}

TEST_CASE("The method that an error names can be read from the failure, and an adapter's own is kept", "[field]")
{
    scenario in;
    std::vector<std::string> methods;
    auto rules = mend::classifier{}.when([&methods](mend::failure const& what) -> std::optional<mend::classification> {
        methods.push_back(what.method);
        return std::nullopt;
    });
    in.manager.set_classifier(rules.then(mend::telegram::rules()));
    mend::failure own;
    own.code = 420;
    own.message = "FLOOD_WAIT_5 (caused by contacts.ResolveUsername)";
    own.method = "users.getUsers";
    in.spawn({rpc(420, "A wait of 5 seconds is required (caused by SendMessageRequest)")});
    in.spawn(100s, {}, {fails(own)});
    in.run();

    REQUIRE(methods.size() == 2);
    CHECK(methods[0].find("SendMessage") != std::string::npos);
    CHECK(methods[1] == "users.getUsers");
}

// --- secrets and sizes

TEST_CASE("redact replaces tokens, passwords in URLs and MTProxy secrets in any encoding", "[field]")
{
    auto const text = GENERATE(
        as<std::string>{}, "POST https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/sendMessage failed",
        "GET /bot123456789%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/getMe",
        "socks5://sven:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@127.0.0.1:1080",
        "https://user:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@example.org/",
        "tg://proxy?server=127.0.0.1&port=443&secret=AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "the token is 123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0");
    auto const clean = mend::redact(text);
    INFO(clean);
    CHECK(clean.find(secret) == std::string::npos);
    CHECK(mend::redact(clean) == clean);
    CHECK(mend::redact("Bad Request: chat not found, 12:30, 420: FLOOD_WAIT_37") ==
          "Bad Request: chat not found, 12:30, 420: FLOOD_WAIT_37");
}

TEST_CASE("Secrets reach neither events nor history unless the program asks for them", "[field]")
{
    bool const hides = GENERATE(true, false);
    auto made = exact_options();
    made.redact = hides;
    scenario in{made};
    in.spawn({tells("https://api.telegram.org/bot" + std::string{token} + "/sendMessage: no route")});
    in.run();

    REQUIRE(in.manager.history().size() == 1);
    CHECK((in.manager.history()[0].message.find(secret) == std::string::npos) == hides);
    for (auto const& each : in.events->all)
        if (!each.message.empty())
            CHECK((each.message.find(secret) == std::string::npos) == hides);
}

TEST_CASE("Longer texts are cut at a character's end, and show by how much", "[field]")
{
    auto made = exact_options();
    made.message_limit = 9;
    scenario in{made};
    in.spawn({tells("aaaaaaaa\xc3\xa9zzzzzzzzzz")});  // byte 9 is half of a character
    in.run();

    REQUIRE(in.manager.history().size() == 1);
    CHECK(in.manager.history()[0].message == "aaaaaaaa... (12 more bytes)");
    CHECK(in.events->of(event_kind::attempt_failed).at(0).message == "aaaaaaaa... (12 more bytes)");

    scenario whole;
    whole.spawn({tells(std::string(4096, 'x'))});
    whole.spawn({tells(std::string(4097, 'x'))});
    whole.run();
    CHECK(whole.manager.history().at(0).message.size() == 4096);
    CHECK(whole.manager.history().at(1).message == std::string(4096, 'x') + "... (1 more bytes)");
}
