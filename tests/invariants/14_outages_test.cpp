// Invariant 14: an outage costs one probe, not a campaign. When one begins, and what is spent while it lasts.
#include "field/half_a_minute.hpp"

using namespace field;
using mend::event_kind;
using mend::stop_reason;

namespace {

std::size_t outages_begun(lab const& in)
{
    return in.outages(event_kind::outage_began).size();
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

TEST_CASE("14.1 two failures in a row within half a minute are an outage of a lone sender, half a minute apart they are none",
          "[invariant-14]")
{
    auto const [apart, outages] = GENERATE(table<ms, std::size_t>({{ms{1s}, 1U}, {ms{28s}, 1U}, {ms{33s}, 0U}}));
    lab in;
    in.down(1s, 100s, bad_gateway());
    in.send(1s, once());
    in.send(1s + apart, once());
    in.run();

    INFO(apart.count() << " ms apart");
    CHECK(outages_begun(in) == outages);
}

TEST_CASE("14.2 a success between two failures prevents an outage", "[invariant-14]")
{
    lab in;
    in.answers([](request& what) { return what.peer == 2 ? std::nullopt : std::optional{bad_gateway()}; });
    for (int chat = 1; chat <= 3; ++chat) {
        auto about = once();
        about.peer = chat;
        in.send(1s * chat, about);
    }
    in.run();

    CHECK(outages_begun(in) == 0);
}

TEST_CASE("14.3 the more is in flight, the more failures in a row it takes: half of it, and five at most", "[invariant-14]")
{
    auto const [in_flight, failing, outages] = GENERATE(table<int, int, std::size_t>({
        {6, 2, 0U},
        {6, 3, 1U},
        {100, 4, 0U},
        {100, 5, 1U},
    }));
    lab in;
    in.answers([failing](request& what) -> std::optional<step> { return what.peer <= failing ? bad_gateway() : ok(10s); });
    for (int chat = 1; chat <= in_flight; ++chat) {
        auto about = once();
        about.peer = chat;
        in.send(0s, about);
    }
    in.run();

    INFO(failing << " of " << in_flight);
    CHECK(outages_begun(in) == outages);
}

TEST_CASE("14.4 three accounts of a server that fail within two seconds are its outage, and five if there are ten or more",
          "[invariant-14]")
{
    auto const [accounts, failing, server] = GENERATE(table<std::size_t, std::size_t, bool>({
        {9, 2, false},
        {9, 3, true},
        {10, 4, false},
        {10, 5, true},
        {200, 4, false},
        {200, 5, true},
    }));
    lab in{{.accounts = accounts}};
    in.answers([failing](request& what) -> std::optional<step> { return what.account < failing ? bad_gateway() : ok(5s); });
    for (std::size_t account = 0; account < accounts; ++account)
        in.send(1s, once(), account);
    in.run();

    INFO(failing << " of " << accounts);
    REQUIRE(outages_begun(in) == (server ? 1 : 0));
    if (server)
        CHECK(in.outages(event_kind::outage_began)[0].extent == mend::outage_extent::server);
}

TEST_CASE("14.5 the gap between probes is a tenth of the outage's age, at least half a second and at most half a minute",
          "[invariant-14]")
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

TEST_CASE("14.6 in an outage in which sockets died, the recoveries that fail are the probes and keep the same gaps",
          "[invariant-14]")
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

TEST_CASE("14.7 an operation that has waited its category's max_wait for the end of an outage ends wait_too_long",
          "[invariant-14]")
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
