#include "plan.hpp"

#include <algorithm>

namespace simulation {

namespace {

using namespace std::chrono_literals;

/// How the night as a whole is: long or short, few accounts or many, quiet or wild.
void draw_night(plan& night, randomness dice)
{
    night.length = dice.pick<ms>({20min, 2h, 8h, 30h, 72h});
    if (night.made_from.length != 0ms)
        night.length = night.made_from.length;
    night.accounts = static_cast<unsigned>(dice.between(1, 6));
    night.one_by_one = dice.chance(0.5);
    night.max_attempts = dice.pick<unsigned>({3, 20, 20, 20});
    night.max_concurrent_recoveries = dice.pick<unsigned>({1, 2, 16});
    night.relogins_per_day = dice.pick<unsigned>({0, 1, 3, 3, 3});
    night.bucket = static_cast<unsigned>(dice.between(2, 30));
    night.refill = dice.pick<ms>({100ms, 1s, 10s});
    night.noise = dice.pick<double>({0.0, 0.02, 0.1, 0.3});
    for (bool& each : night.callbacks)
        each = !night.made_from.has(trouble::missing_callbacks) || dice.chance(0.9);
    if (!night.made_from.has(trouble::probes) || dice.chance(0.5))
        night.callbacks[static_cast<std::size_t>(callback::probe)] = false;
    night.own_callbacks = dice.chance(0.3);
    night.history_size = dice.pick<unsigned>({0, 1, 100, 100, 1000});
    if (night.made_from.has(trouble::tight_limits) && dice.chance(0.6)) {
        night.bucket = static_cast<unsigned>(dice.between(1, 4));
        night.refill = dice.pick<ms>({10s, 1min, 5min});
    }
    night.idempotent = dice.chance(0.8);
    if (night.made_from.has(trouble::unset_idempotence) && dice.chance(0.5))
        night.idempotent.reset();
    night.meddling = dice.pick<double>({0.0, 0.02, 0.1, 0.3});
    night.callback_noise = dice.pick<double>({0.0, 0.1, 0.1, 0.5});
    if (dice.chance(0.2))
        night.accounts = static_cast<unsigned>(dice.between(7, 14));
    if (night.made_from.has(trouble::named_servers) && dice.chance(0.5))
        night.servers = 2;
    night.tells_proxies = night.made_from.has(trouble::named_proxies) && dice.chance(0.5);
    night.proxies = static_cast<unsigned>(dice.between(1, 4));
    night.sockets_heal =
        !night.made_from.has(trouble::dead_sockets) || !night.callbacks[static_cast<std::size_t>(callback::reconnect)];
}

ms draw_beginning(plan const& night, randomness& dice, ms burst)
{
    // Most come in bursts: that is when holds, gates and single flight have something to do.
    return dice.chance(0.7) ? burst + dice.between(0ms, dice.pick<ms>({0ms, 5ms, 2s, 20s})) : dice.between(0ms, night.length);
}

planned_operation draw_operation(plan const& night, unsigned index)
{
    randomness const all{night.made_from.seed};
    randomness dice = all.of("operation", index);
    dials const& from = night.made_from;
    planned_operation made;
    made.index = index;
    made.context = "op" + std::to_string(index);
    made.account = static_cast<unsigned>(dice.between(0, static_cast<std::int64_t>(night.accounts) - 1));
    made.method = dice.pick<std::string_view>(
        {"messages.sendMessage", "messages.sendMessage", "messages.sendMedia", "contacts.resolveUsername", ""});
    if (all.of("spelling", index).chance(0.3) && from.has(trouble::spellings)) {
        if (made.method == "messages.sendMessage")
            made.method = all.of("spelling", index, 1)
                              .pick<std::string_view>({"sendMessage", "messages.SendMessage", "SendMessageRequest"});
        else if (made.method == "contacts.resolveUsername")
            made.method = "ResolveUsernameRequest";
    }
    made.peer = dice.between(0, 5);
    if (all.of("group", index).chance(0.4) && from.has(trouble::groups))
        made.peer = -made.peer;
    made.at = draw_beginning(night, dice, all.of("burst", index / 20).between(0ms, night.length));
    made.how = static_cast<style>(dice.between(0, 7));
    made.reply = dice.chance(0.15);
    made.idempotent = !dice.chance(0.25);
    made.says_idempotent = !made.idempotent || dice.chance(0.5);
    if (!made.says_idempotent)
        made.idempotent = night.idempotent.value_or(sends_id(made.how) || !sends(made.method));
    made.stubborn = dice.chance(0.05) && from.has(trouble::stubborn_requests);
    if (dice.chance(0.3) && from.has(trouble::timeouts))
        made.attempt_timeout = dice.pick<ms>({300ms, 5s, 40s});
    if (dice.chance(0.2) && from.has(trouble::deadlines))
        made.deadline = made.at + dice.pick<ms>({0ms, 500ms, 10s, 5min, 1h});
    if (dice.chance(0.12) && from.has(trouble::cancellations))
        made.cancel_at = made.at + dice.between(0ms, dice.pick<ms>({300ms, 5s, 60s, 20min}));
    if (all.of("own id", index).chance(0.2))
        made.own_id = 1'000 + static_cast<std::int64_t>(index);
    return made;
}

void draw_acts(plan& night)
{
    dials const& from = night.made_from;
    randomness const all{from.seed};
    auto add = [&](trouble needs, planned_act::kind what, std::string_view name, unsigned account, double a_night, ms shortest,
                   ms longest) {
        if (!from.has(needs))
            return;
        randomness dice = all.of(name, account);
        auto count = static_cast<unsigned>(a_night);
        count += dice.chance(a_night - count) ? 1U : 0U;
        for (unsigned each = 0; each != count; ++each) {
            // Half of them when a burst is on its way.
            ms const burst = all.of("burst", static_cast<std::uint64_t>(dice.between(0, 24))).between(0ms, night.length);
            ms const at = dice.chance(0.5) ? burst + dice.between(0ms, 3s) : dice.between(0ms, night.length);
            night.acts.push_back({what, at, account, dice.between(shortest, longest), static_cast<unsigned>(dice.between(0, 2)),
                                  dice.chance(0.3) && from.has(trouble::dead_proxies)});
        }
    };
    using kind = planned_act::kind;
    for (unsigned account = 0; account != night.accounts; ++account) {
        add(trouble::broken_connections, kind::connection_breaks, "break", account, 6, 1s, 3min);
        add(trouble::dead_proxies, kind::proxy_dies, "proxy", account, 2, 5s, 10min);
        add(trouble::lost_sessions, kind::session_lost, "session", account, 2.5, 0ms, 0ms);
        add(trouble::peer_floods, kind::limited, "limited", account, 0.7, 10min, 3h);
        add(trouble::bans, kind::banned, "banned", account, 0.1, 0ms, 0ms);
        add(trouble::moves, kind::moves, "move", account, 0.5, 0ms, 0ms);
        add(trouble::looks, kind::looks, "look", account, 8, 0ms, 0ms);
        add(trouble::releases, kind::release, "release", account, 1, 0ms, 0ms);
        add(trouble::closings, kind::replaces, "replace", account, 0.3, 0ms, 0ms);
        add(trouble::closings, kind::close_account, "close", account, 0.08, 0ms, 0ms);
    }
    for (unsigned server = 0; server != night.servers; ++server)
        add(trouble::outages, kind::outage, "outage", server, 6, 1s, 5min);
    add(trouble::reloads, kind::policies, "policies", 0, 2, 0ms, 0ms);
    add(trouble::reloads, kind::rules, "rules", 0, 2, 0ms, 0ms);
    add(trouble::wall_jumps, kind::wall_jumps, "wall", 0, 3, -3h, 3h);
    add(trouble::closings, kind::close_manager, "close all", 0, 0.1, 0ms, 0ms);
}

}  // namespace

bool sends(std::string_view method) noexcept
{
    return plain_name(method).starts_with("send");
}

std::string plain_name(std::string_view method)
{
    std::string name{method.substr(method.rfind('.') + 1)};
    for (char& each : name)
        each = static_cast<char>(each >= 'A' && each <= 'Z' ? each - 'A' + 'a' : each);
    if (name.ends_with("request"))
        name.resize(name.size() - 7);
    return name;
}

planned_operation nested_operation(plan const& night, unsigned number, unsigned account)
{
    randomness dice = randomness{night.made_from.seed}.of("nested", number);
    planned_operation made;
    made.index = night.made_from.operations + number;
    made.context = "op" + std::to_string(made.index);
    made.account = account;
    made.method = "users.getMe";
    made.how = style::tries;
    made.nested = true;
    made.in_recovery = dice.chance(0.5);
    return made;
}

plan make_plan(dials const& from)
{
    plan night;
    night.made_from = from;
    draw_night(night, randomness{from.seed}.of("night"));
    auto const& only = from.only;
    for (unsigned index = 0; index != from.operations; ++index) {
        if (only.empty() || std::find(only.begin(), only.end(), index) != only.end())
            night.operations.push_back(draw_operation(night, index));
    }
    draw_acts(night);
    return night;
}

std::string arguments(dials const& from)
{
    std::string line = "--seed " + std::to_string(from.seed) + " --operations " + std::to_string(from.operations);
    std::string list;
    for (unsigned const each : from.only)
        list += (list.empty() ? "" : ",") + std::to_string(each);
    if (!list.empty())
        line += " --only " + list;
    list.clear();
    for (std::size_t each = 0; each != trouble_count; ++each) {
        if (from.without[each])
            (list += list.empty() ? "" : ",") += to_string(static_cast<trouble>(each));
    }
    if (!list.empty())
        line += " --without " + list;
    if (!from.open.empty())
        line += " --open tests/simulation/open.txt";
    for (auto const& each : from.known)
        line += " --known '" + each + "'";
    return line;
}

}  // namespace simulation
