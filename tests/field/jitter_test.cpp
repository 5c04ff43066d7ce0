// Many that failed in one moment do not come back in one moment: delays are spread by the policy's jitter, and told waits by a
// jitter of their own that only adds.
#include "field/errors.hpp"

#include <set>

using namespace field;
using mend::action;
using mend::category;

namespace {

constexpr ms latency{50};
constexpr double cap_of_all = 300'000;

/// The defaults, but for the jitter of one category.
mend::options jittered(category what, double jitter, std::optional<unsigned> retries = {})
{
    auto made = default_options();
    made.policies.update(what, [=](mend::policy& plan) {
        plan.delay.jitter = jitter;
        plan.max_retries = retries.value_or(plan.max_retries);
    });
    return made;
}

/// What no rule of mend's knows, and is the user's own category: it holds nothing, and proves nothing about the server.
step odd()
{
    return rpc(499, "ODD");
}
mend::options odd_is_custom(mend::options made)
{
    made.rules = mend::classifier{}.when_code(499, category::custom_0).then(mend::telegram::rules());
    return made;
}

/// For each retry, from 1, how long each message waited before it.
std::vector<std::vector<ms>> delays(lab const& in, ms takes = latency)
{
    std::vector<std::vector<ms>> found;
    std::map<std::int64_t, ms> before;
    for (auto const& each : in.requests) {
        auto const last = before.find(each.peer);
        if (last != before.end()) {
            found.resize(std::max<std::size_t>(found.size(), each.attempt - 1));
            found[each.attempt - 2].push_back(each.at - last->second - takes);
        }
        before[each.peer] = each.at;
    }
    return found;
}

/// So many of them at most lie within any tenth of the interval.
std::size_t most_in_a_tenth(std::vector<ms> all, ms interval)
{
    std::sort(all.begin(), all.end());
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last != all.size(); ++last) {
        while (all[last] - all[first] > interval / 10)
            ++first;
        most = std::max(most, last - first + 1);
    }
    return most;
}

void check_spread(std::vector<ms> const& waited, double nominal, double jitter)
{
    auto const [least, most] = std::minmax_element(waited.begin(), waited.end());
    double const low = nominal * (1 - jitter);
    double const high = std::min(nominal * (1 + jitter), cap_of_all);
    INFO("of " << waited.size() << " delays about " << nominal << " ms, from " << least->count() << " to " << most->count());
    CHECK(static_cast<double>(least->count()) >= low - 1);
    CHECK(static_cast<double>(most->count()) <= high + 1);
    if (jitter == 0)
        return;
    // They reach into both ends of the interval, and none of its tenths has more than a fair share and a half.
    CHECK(static_cast<double>(least->count()) <= low + nominal * jitter * 0.1);
    CHECK(static_cast<double>(most->count()) >= high - nominal * jitter * 0.1);
    if (nominal * (1 + jitter) < cap_of_all) {
        ms const interval{static_cast<ms::rep>(nominal * jitter * 2)};
        CHECK(most_in_a_tenth(waited, interval) <= waited.size() * 3 / 20);
    }
}

/// The wait of each account that met one, from the moment in which it met it.
std::vector<ms> waits_after(lab const& in, ms told)
{
    std::vector<ms> found;
    for (std::size_t account = 0; account != in.clients.size(); ++account) {
        auto const first = std::find_if(in.requests.begin(), in.requests.end(),
                                        [&](request const& each) { return each.account == account && each.at >= told; });
        REQUIRE(first != in.requests.end());
        found.push_back(first->at - told);
    }
    return found;
}

}  // namespace

TEST_CASE("A thousand messages that fail in one moment are repeated over the policy's jitter, and never after its cap", "[field]")
{
    auto const jitter = GENERATE(0.0, 0.1, 0.3, 1.0);
    lab in{{.options = odd_is_custom(jittered(category::custom_0, jitter, 11U))}};
    in.answers([](request& what) { return what.attempt <= 11 ? std::optional{odd()} : std::nullopt; });
    for (int chat = 1; chat <= 1000; ++chat) {
        auto about = repeatable();
        about.peer = chat;
        in.send(1s, about);
    }
    in.run();

    INFO("jitter " << jitter << ": " << in.summary());
    REQUIRE(in.sent() == 1000);
    auto const found = delays(in);
    REQUIRE(found.size() == 11);
    double nominal = 1000;
    for (auto const& each : found) {
        REQUIRE(each.size() == 1000);
        check_spread(each, std::min(nominal, cap_of_all), jitter);
        nominal *= 2;
    }
}

TEST_CASE("By default the delays of a shortage, and of an unknown failure, vary by ten per cent both ways", "[field]")
{
    auto const [name, answer, retries] = GENERATE(table<std::string, step, unsigned>({
        {"a shortage", raises(std::system_error{std::make_error_code(std::errc::too_many_files_open)}), 3U},
        {"the user's own category", odd(), 2U},
    }));
    lab in{{.options = odd_is_custom(default_options())}};
    in.answers([=](request& what) { return what.attempt <= retries ? std::optional{answer} : std::nullopt; });
    for (int chat = 1; chat <= 1000; ++chat) {
        auto about = repeatable();
        about.peer = chat;
        in.send(1s, about);
    }
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.sent() == 1000);
    auto const found = delays(in);
    REQUIRE(found.size() == retries);
    for (std::size_t retry = 0; retry != found.size(); ++retry)
        check_spread(found[retry], 1000.0 * static_cast<double>(1U << retry), 0.1);
}

TEST_CASE("After their reconnects, accounts do not send in one moment either", "[field]")
{
    auto const jitter = GENERATE(0.0, 0.1);
    lab in{{.accounts = 300, .workers = 0, .options = jittered(category::connection, jitter)}};
    in.manager.set_policies(jittered(category::connection, jitter).policies);
    for (auto& each : in.clients)
        each.account.server(each.id);  // none of them shares an outage
    in.with_reconnect();
    in.answers([](request& what) { return what.attempt == 1 ? std::optional{broken()} : std::nullopt; });
    for (std::size_t account = 0; account != 300; ++account) {
        auto about = repeatable();
        about.peer = static_cast<std::int64_t>(account) + 1;
        in.send(1s, about, account);
    }
    in.run();

    INFO("jitter " << jitter << ": " << in.summary());
    REQUIRE(in.sent() == 300);
    REQUIRE(in.reconnects() == 300);
    std::map<std::size_t, ms> connected;
    for (auto const& each : in.connected)
        connected[each.account] = each.at + latency;
    std::vector<ms> waited;
    for (auto const& each : in.requests)
        if (each.attempt == 2)
            waited.push_back(each.at - connected[each.account]);
    REQUIRE(waited.size() == 300);
    check_spread(waited, 1000, jitter);
}

TEST_CASE("The same seed gives the same delays, another seed others", "[field]")
{
    auto const starts = [](std::uint64_t seed) {
        auto made = odd_is_custom(default_options());
        made.seed = seed;
        lab in{{.options = made}};
        in.answers([](request& what) { return what.attempt == 1 ? std::optional{odd()} : std::nullopt; });
        in.queue(100, repeatable());
        in.run();
        std::vector<ms> found;
        for (auto const& each : in.requests)
            found.push_back(each.at);
        return found;
    };
    CHECK(starts(1) == starts(1));
    CHECK(starts(1) != starts(2));
}

// --- told waits

TEST_CASE("Accounts with the same told wait from one moment come back over a tenth of it, five seconds at most", "[field]")
{
    auto const [jitter, seconds, most] = GENERATE(table<double, int, ms>({
        {0.1, 30, ms{3000}},
        {1.0, 30, ms{3000}},    // a tenth, though the policy varies by more
        {0.01, 30, ms{300}},
        {0.1, 3600, ms{5000}},
        {0.0, 30, ms{0}},
    }));
    lab in{{.accounts = 200, .workers = 0, .options = jittered(category::flood_wait, jitter)}};
    in.answers([wait = seconds](request& what) { return what.at < 2s ? std::optional{flood(wait)} : std::nullopt; });
    for (std::size_t account = 0; account != 200; ++account) {
        for (int more = 0; more != 4; ++more)
            in.send(1s, repeatable(), account);
    }
    in.run();

    INFO(seconds << " s, jitter " << jitter << ": " << in.summary());
    REQUIRE(in.sent() == 800);
    ms const told = 1s + latency;
    auto const waited = waits_after(in, told);
    auto const [least, last] = std::minmax_element(waited.begin(), waited.end());
    CHECK(*least >= std::chrono::seconds{seconds});
    CHECK(*last <= std::chrono::seconds{seconds} + most);
    CHECK(*least <= std::chrono::seconds{seconds} + most / 10);
    CHECK(*last >= std::chrono::seconds{seconds} + most * 9 / 10);
    if (most > 0ms)
        CHECK(most_in_a_tenth(waited, most) <= 200 * 2 / 10);
    // One hold for each account, for any number that met it: one goes first, and the others follow when it has come through.
    for (std::size_t account = 0; account != 200; ++account) {
        auto const later = requests_of(in, [&](request const& each) { return each.account == account && each.at >= told; });
        REQUIRE(later.size() == 4);
        CHECK(later[1].at == later[0].at + latency);
        CHECK(later[2].at == later[0].at + latency);
        CHECK(later[3].at == later[0].at + 2 * latency);
    }
}

TEST_CASE("The jitter of a told wait is drawn once, by the first operation that meets it", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {  // all of them meet the same moment, as a server names it
        ms const rest = 100s - what.at - latency;
        return rest > 0ms ? std::optional{flood(static_cast<int>((rest.count() + 999) / 1000))} : std::nullopt;
    });
    for (int count = 0; count != 20; ++count)
        in.send(500ms * count, repeatable());  // the hold keeps all but the first back
    std::vector<ms> until;
    in.manager.subscribe([&](mend::event const& what) {
        if (what.kind == mend::event_kind::held)
            until.push_back(in.now() + what.delay);
    });
    in.run();

    INFO(in.summary());
    REQUIRE(in.sent() == 20);
    REQUIRE(until.size() == 1);
    CHECK(in.requests_between(latency, until[0]) == 0);
    CHECK(requests_of(in, [](request const& each) { return each.attempt == 2; }).at(0).at == until[0]);
    CHECK(until[0] >= 100s);
    CHECK(until[0] <= 105s);
}
