#include "claim.hpp"

#include "client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace simulation {

namespace {

using namespace std::chrono_literals;

/// What became of the nights of one client.
struct tally {
    std::size_t operations = 0;
    std::size_t errors = 0;     ///< operations that met at least one
    std::size_t recovered = 0;  ///< and succeeded all the same
    std::size_t lost = 0;       ///< messages never delivered
    std::size_t doubled = 0;    ///< delivered more than once
    std::size_t banned = 0;     ///< accounts that ignored told waits
    double recovery_seconds = 0;
};

/// A night that patience can get through: what no retry cures is left out, and so is what the user does to himself.
plan make_night(std::uint64_t seed)
{
    dials from;
    from.seed = seed;
    from.operations = 400;
    from.length = 8h;
    using enum trouble;
    for (trouble const each : {bot_limits,
                               peer_floods,
                               chat_bans,
                               bans,
                               closed_chats,
                               bad_requests,
                               strange_errors,
                               house_rules,
                               hanging_requests,
                               failing_callbacks,
                               hanging_callbacks,
                               missing_callbacks,
                               cancellations,
                               stubborn_requests,
                               deadlines,
                               timeouts,
                               reloads,
                               releases,
                               closings,
                               throwing_observers,
                               throwing_rules,
                               other_threads,
                               moves,
                               wall_jumps,
                               looks,
                               tight_limits,
                               callback_errors,
                               vain_callbacks,
                               nested_operations,
                               named_methods,
                               spellings,
                               unset_idempotence,
                               shared_moments})
        from.without.set(static_cast<std::size_t>(each));
    plan night = make_plan(from);
    night.max_attempts = 20;
    night.max_concurrent_recoveries = 16;
    night.relogins_per_day = 3;
    night.own_callbacks = false;
    night.noise = 0.02;
    night.callbacks.fill(true);
    night.sockets_heal = true;  // many a client makes its connections anew by itself: loops by hand need it
    for (auto& each : night.acts) {
        if (each.what == planned_act::kind::outage)
            each.lasts = std::max<ms>(each.lasts, 1min);
    }
    for (auto& each : night.operations) {
        each.how = style::tries;
        each.idempotent = each.says_idempotent = true;
        each.reply = false;
        if (each.method.empty())
            each.method = "messages.sendMessage";
        if (each.peer == 0)
            each.peer = 1;
    }
    return night;
}

/// A lost session is noticed by a person half an hour later, in either program: not every one can log in by itself.
void hire_operator(plan const& night, clock& time, telegram& server)
{
    for (auto const& each : night.acts) {
        if (each.what == planned_act::kind::session_lost)
            time.at(each.at + 30min, [&server, account = each.account] { server.log_in(account); });
    }
}

void count(plan const& night, telegram const& server, tally& all)
{
    for (auto const& each : night.operations) {
        unsigned const times = server.delivered(each.index);
        all.lost += times == 0 ? 1U : 0U;
        all.doubled += times > 1 ? 1U : 0U;
    }
    all.operations += night.operations.size();
    all.banned += server.banned_for_ignoring();
}

void with_mend(unsigned policies, plan night, tally& all)
{
    if (policies != 0)
        night.acts.insert(night.acts.begin(), {planned_act::kind::policies, 0ms, 0, 0ms, policies});
    journal log{{}};
    clock time{night.one_by_one};
    telegram server{night, time};
    asio::io_context context{1};
    client sender{night, time, server, log, context};
    sender.begin();
    hire_operator(night, time, server);
    (void)time.run(context);

    std::map<int, ms> first_errors;
    for (entry const& each : log.entries()) {
        if (each.what == entry::kind::answer && each.reply != said::ok)
            first_errors.try_emplace(each.operation, each.at);
        if (each.what != entry::kind::operation_ended)
            continue;
        auto const first = first_errors.find(each.operation);
        if (first == first_errors.end())
            continue;
        ++all.errors;
        bool const good = each.ok || each.why == mend::stop_reason::already_sent;  // its message is there, and mend knows it
        all.recovered += good ? 1U : 0U;
        all.recovery_seconds += good ? static_cast<double>((each.at - first->second).count()) / 1000 : 0;
    }
    count(night, server, all);
}

/// Catch, sleep, try again: a loop as many a sender has it.
struct by_hand {
    unsigned tries = 3;
    ms first{5s};
    double factor = 1;
    double jitter = 0;
};

asio::awaitable<void> send(by_hand how, planned_operation const& which, std::uint64_t seed, clock& time, telegram& server,
                           tally& all)
{
    std::optional<ms> first_error;
    for (unsigned number = 1;; ++number) {
        randomness dice = randomness{seed}.of("by hand", which.index, number);
        // Each call of the client's send draws its own random_id.
        request asked{which.index, number, which.account, which.method, which.peer, static_cast<std::int64_t>(dice.next() | 1U)};
        reply const given = co_await server.send(asked);
        if (given.what == said::ok)
            break;
        if (!first_error) {
            first_error = time.elapsed();
            ++all.errors;
        }
        if (number == how.tries)
            co_return;
        double const delay = std::min(300'000.0, static_cast<double>(how.first.count()) * std::pow(how.factor, number - 1));
        auto const jittered = ms{static_cast<std::int64_t>(delay * (1 + how.jitter * (2 * dice.unit() - 1)))};
        co_await time.sleep_until(time.moment(time.elapsed() + jittered));
    }
    if (!first_error)
        co_return;
    ++all.recovered;
    all.recovery_seconds += static_cast<double>((time.elapsed() - *first_error).count()) / 1000;
}

void with_loop(by_hand how, plan const& night, tally& all)
{
    clock time{night.one_by_one};
    telegram server{night, time};
    asio::io_context context{1};
    for (auto const& each : night.operations) {
        time.at(each.at,
                [&, how] { asio::co_spawn(context, send(how, each, night.made_from.seed, time, server, all), asio::detached); });
    }
    for (auto const& each : night.acts)
        time.at(each.at, [&] { server.befall(each); });
    hire_operator(night, time, server);
    (void)time.run(context);
    count(night, server, all);
}

std::string line(std::string_view name, tally const& all)
{
    auto const share = [](std::size_t part, std::size_t whole) {
        return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    };
    return fmt::format("| {} | {:.1f} % | {} | {} | {:.0f} s | {} |\n", name, share(all.recovered, all.errors), all.lost,
                       all.doubled, all.recovered == 0 ? 0.0 : all.recovery_seconds / static_cast<double>(all.recovered),
                       all.banned);
}

}  // namespace

std::string claim(std::uint64_t first_seed, std::uint64_t seeds)
{
    std::array<tally, 4> all;
    std::size_t accounts = 0;
    for (std::uint64_t seed = first_seed; seed != first_seed + seeds; ++seed) {
        plan const night = make_night(seed);
        accounts += night.accounts;
        with_loop({}, night, all[0]);
        with_loop({8, 1s, 2.0, 0.1}, night, all[1]);
        with_mend(0, night, all[2]);
        with_mend(3, night, all[3]);
    }
    std::string page = fmt::format("{} nights, {} messages, {} accounts:\n\n", seeds, all[0].operations, accounts);
    page += "| client | errors recovered | messages lost | messages doubled | mean recovery | accounts banned "
            "|\n|---|---|---|---|---|---|\n";
    page += line("naive loop: 3 tries, 5 s apart", all[0]);
    page += line("backoff alone: 8 tries, 1 s doubling", all[1]);
    page += line("mend, as it comes", all[2]);
    page += line("mend, 8 tries for everything that it tries again", all[3]);
    return page;
}

}  // namespace simulation
