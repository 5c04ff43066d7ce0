// on_probe: who is asked, when, and what each answer means.
#include "field/errors.hpp"

using namespace field;
using mend::event_kind;
using mend::stop_reason;

namespace {

struct probe_run {
    ms at{0};
    std::string account;
    mend::action act{};
};

/// Sends fail from 1 s to 61 s; `answer` is what on_probe meets all the time.
struct probe_lab : lab {
    std::vector<probe_run> runs;

    explicit probe_lab(settings made, step answer) : lab{std::move(made)}
    {
        down(1s, 61s, bad_gateway());
        manager.on_probe(recording(answer));
    }
    mend::recovery_manager::callback recording(step answer)
    {
        return [this, answer](mend::recovery_request const& asked) {
            runs.push_back({now(), std::string{asked.account_id}, asked.act});
            return play(*this, answer);
        };
    }
    static asio::awaitable<void> play(lab& in, step answer)
    {
        co_await in.time.sleep_for(50ms);
        if (answer.error)
            std::rethrow_exception(answer.error);
    }
};

}  // namespace

TEST_CASE("on_probe receives the probing account, and the action retry", "[field]")
{
    probe_lab in{{.accounts = 20, .workers = 1}, bad_gateway()};
    in.queue(20 * 40, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.runs.size() > 20);
    std::map<std::string, std::size_t> asked;
    for (auto const& each : in.runs) {
        CHECK(each.act == mend::action::retry);
        ++asked[each.account];
    }
    CHECK(asked.size() == 20);  // each time another account, the longest waiting first
    for (auto const& [account, times] : asked)
        CHECK(times <= in.runs.size() / 20 + 1);
}

TEST_CASE("While on_probe answers that the server is away, no message is spent, and the probes keep their gaps", "[field]")
{
    auto const [accounts, workers] = GENERATE(table<std::size_t, unsigned>({{std::size_t{1}, 8U}, {std::size_t{50}, 1U}}));
    probe_lab in{{.accounts = accounts, .workers = workers}, bad_gateway()};
    in.queue(accounts * 400, once());
    in.run();

    INFO(accounts << " accounts, " << in.summary());
    REQUIRE(in.runs.size() > 30);
    CHECK(in.requests_between(1200ms, in.runs.back().at) == 0);
    for (std::size_t index = 1; index < in.runs.size(); ++index) {
        ms const age = in.runs[index - 1].at - 1s;
        ms const gap = in.runs[index].at - in.runs[index - 1].at;
        if (in.runs[index].at < 61s) {
            CHECK(gap >= std::clamp(ms{age.count() / 10}, ms{500}, ms{30'000}));
            CHECK(gap <= std::clamp(ms{age.count() / 10}, ms{500}, ms{30'000}) + 700ms);
        }
    }
}

TEST_CASE("After any answer of Telegram to on_probe one operation goes", "[field]")
{
    auto const [name, answer] = GENERATE(table<std::string, step>({{"success", ok()},
                                                                   {"a permanent failure", rpc(400, "METHOD_INVALID")},
                                                                   {"a refusal", rpc(403, "CHAT_WRITE_FORBIDDEN")}}));
    probe_lab in{{}, answer};
    in.queue(400, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    auto const probes = requests_of(in, [](request const& each) { return each.at > 1050ms && each.at < 61s; });
    REQUIRE(probes.size() >= 30);
    for (auto const& each : probes) {
        auto const before = std::find_if(in.runs.begin(), in.runs.end(),
                                         [&](probe_run const& run) { return run.at <= each.at && run.at + 100ms >= each.at; });
        CHECK(before != in.runs.end());
    }
    CHECK(in.in_doubt() <= 52);
}

TEST_CASE("A told wait that on_probe meets holds its account, and is an event", "[field]")
{
    probe_lab in{{}, rpc(420, "FLOOD_WAIT_100")};
    struct seen {
        mend::category what;
        mend::scope where;
        std::chrono::milliseconds delay;
    };
    std::vector<seen> held;
    in.manager.subscribe([&](mend::event const& what) {
        if (what.kind == mend::event_kind::held)
            held.push_back({what.what, what.where, what.delay});
    });
    in.queue(400, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(!in.runs.empty());
    REQUIRE(!held.empty());
    CHECK(held.front().what == mend::category::flood_wait);
    CHECK(held.front().where == mend::scope::account);
    CHECK(held.front().delay >= 100s);
    CHECK(in.requests_between(in.runs.front().at + 50ms, in.runs.front().at + 100s) == 0);
}

TEST_CASE("An account's own on_probe goes before the manager's", "[field]")
{
    probe_lab in{{}, bad_gateway()};
    std::size_t own = 0;
    in.clients[0].account.on_probe([&](mend::recovery_request const&) {
        ++own;
        return probe_lab::play(in, in.now() < 61s ? bad_gateway() : ok());
    });
    in.queue(400, once());
    in.run();

    CHECK(own >= 30);
    CHECK(in.runs.empty());
    CHECK(in.in_doubt() <= 8 + 3);  // in flight, and begun before the fourth failure
    CHECK(in.sent() == 400 - in.in_doubt());
}

TEST_CASE("on_probe takes no slot of the recoveries", "[field]")
{
    auto made = default_options();
    made.max_concurrent_recoveries = 1;
    lab in{{.accounts = 2, .workers = 8, .options = made}};
    in.clients[1].account.server("another");
    in.with_probe();
    in.answers([](request& what) -> std::optional<step> {
        return what.account == 1 && what.attempt == 1 ? std::optional{broken()} : std::nullopt;
    });
    in.clients[1].account.on_reconnect([&in](mend::recovery_request const&) { return in.time.sleep_for(50s); });
    in.down(1s, 31s, bad_gateway());
    in.send(0s, repeatable(), 1);
    for (int count = 0; count < 8; ++count)
        in.send(1s, once());
    std::vector<message*> waiting;
    for (int count = 0; count < 20; ++count)
        waiting.push_back(&in.send(1100ms, once()));
    in.run();

    INFO(in.summary());
    CHECK(in.asked() >= 20);
    for (auto const* each : waiting) {
        CHECK(each->sent());
        CHECK(each->ended.value() <= 36s);
    }
}

TEST_CASE("A probe that learns of the account's death quarantines the account, and the next account is asked", "[field]")
{
    lab in{{.accounts = 10, .workers = 1}};
    in.with_probe();
    std::optional<std::size_t> dead;
    in.answers([&dead](request& what) -> std::optional<step> {
        if (what.method == "getMe" && !dead)
            dead = what.account;
        return what.account == dead ? std::optional{rpc(401, "USER_DEACTIVATED_BAN")} : std::nullopt;
    });
    in.down(1s, 61s, bad_gateway());
    in.queue(10 * 40, once());
    mend::account_state seen;
    in.at(100s, [&] {
        if (dead)
            seen = in.clients[*dead].account.state();
    });
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(dead);
    CHECK(seen.what == mend::account_state::kind::quarantined);
    CHECK(seen.why == mend::category::account_dead);
    for (auto const& each : in.messages)
        if (each.account == *dead && each.ended.value() > 2s)
            CHECK(each.why() == stop_reason::quarantined);
    CHECK(in.sent() >= 9 * 39 - 2);  // what was in flight, and the operation that went after the answer
}
