// Keeps the health of each proxy, and selects the proxy of an account.
#pragma once

#include <mend/proxy_pool.hpp>

#include <mend/classifier.hpp>
#include <mend/detail/category_facts.hpp>
#include <mend/detail/saturating_time.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace mend {
namespace {

/// Matches the texts with which proxies refuse credentials: any category except unknown is a match.
classifier const& texts_about_credentials()
{
    static classifier const texts = [] {
        classifier made;
        for (auto const* text : {"response 407", "code 407", "connect with 407", "username or password", "user was rejected",
                                 "authentication", "credentials", "proxy secret"})
            made.when_message(text, category::auth);
        return made;
    }();
    return texts;
}

/// Returns whether Telegram itself sent this answer. Others also report failed authorization and invalid requests (a certificate
/// that cannot be verified), but without a code.
bool is_answer_of_telegram(failure const& what, category meant) noexcept
{
    bool const said_by_others = meant == category::auth || meant == category::permanent;
    return detail::facts_of(meant).answered && (what.code != 0 || !said_by_others);
}

void check(std::chrono::milliseconds time, char const* field)
{
    if (time <= std::chrono::milliseconds{0})
        throw std::invalid_argument{std::string{"mend::proxy_pool: "} + field + " is " + std::to_string(time.count()) +
                                    " ms; allowed: above 0"};
}

}  // namespace

std::string_view to_string(proxy_evidence evidence) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"none", "works", "outage", "credentials"};
    auto const index = static_cast<std::size_t>(evidence);
    return index < names.size() ? names[index] : "?";
}

std::string_view to_string(proxy_state state) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"healthy", "cooling", "half_open", "rejected"};
    auto const index = static_cast<std::size_t>(state);
    return index < names.size() ? names[index] : "?";
}

proxy_evidence evidence_of(failure const& what, category meant)
{
    if (meant == category::proxy) {
        failure const text{.message = what.message};
        bool const refused = texts_about_credentials().classify(text).what != category::unknown;
        return refused ? proxy_evidence::credentials : proxy_evidence::outage;
    }
    return is_answer_of_telegram(what, meant) ? proxy_evidence::works : proxy_evidence::none;
}

proxy_pool::proxy_pool(std::vector<std::string> names, proxy_pool_options options) : options_(options)
{
    check(options.cooldown, "cooldown");
    check(options.longest_cooldown, "longest_cooldown");
    check(options.credentials_cooldown, "credentials_cooldown");
    check(options.network_window, "network_window");
    entries_.reserve(names.size());
    for (auto& name : names) {
        if (name.empty())
            throw std::invalid_argument{"mend::proxy_pool: empty proxy name"};
        if (find(name) != nullptr)
            throw std::invalid_argument{"mend::proxy_pool: duplicate proxy name \"" + name + "\""};
        entries_.push_back({.name = std::move(name)});
        by_name_.emplace(entries_.back().name, &entries_.back());
    }
}

proxy_pool::entry* proxy_pool::find(std::string_view proxy) noexcept
{
    auto const found = by_name_.find(proxy);
    return found != by_name_.end() ? found->second : nullptr;
}

proxy_state proxy_pool::state_of(entry const& each, time_point now) const noexcept
{
    if (each.strikes == 0)
        return proxy_state::healthy;
    if (now < each.until)
        return each.rejected ? proxy_state::rejected : proxy_state::cooling;
    return proxy_state::half_open;
}

bool proxy_pool::may_take(entry const& each, std::string_view account, time_point now) const noexcept
{
    switch (state_of(each, now)) {
    case proxy_state::healthy:
        return true;
    case proxy_state::half_open:
        return each.prober.empty() || each.prober == account || now >= each.probe_ends;
    default:
        return false;
    }
}

/// Returns whether several proxies have failed lately, none has worked since, and none is left to try: then the cause is more
/// likely the network than all of the proxies.
bool proxy_pool::is_own_network(time_point now) const noexcept
{
    std::size_t failing = 0;
    for (auto const& each : entries_) {
        bool const recent = each.failed_at != time_point::min() && detail::between(each.failed_at, now) < options_.network_window;
        auto const state = state_of(each, now);
        if (recent && each.failed_at > worked_at_ && !each.rejected)
            ++failing;
        else if (state == proxy_state::healthy || state == proxy_state::half_open)
            return false;  // it has not been tried since
    }
    return failing >= 2;
}

/// Returns the proxy with the fewest accounts. A half-open one counts as if it had one more, so it is probed only if that
/// relieves another.
proxy_pool::entry* proxy_pool::best_for(std::string_view account, entry const* current, time_point now) noexcept
{
    auto const burden = [&](entry const& each) { return each.accounts + (each.strikes == 0 ? 0 : 1); };
    std::size_t const start = current != nullptr ? static_cast<std::size_t>(current - entries_.data()) + 1 : 0;
    entry* best = nullptr;
    for (std::size_t step = 0; step != entries_.size(); ++step) {
        entry& each = entries_[(start + step) % entries_.size()];
        if (&each != current && may_take(each, account, now) && (best == nullptr || burden(each) < burden(*best)))
            best = &each;
    }
    return best;
}

/// Returns the proxy whose cooldown ends first, for use if none can be taken.
proxy_pool::entry& proxy_pool::free_first() noexcept
{
    return *std::ranges::min_element(entries_, {}, &entry::until);
}

void proxy_pool::take(entry& chosen, std::string_view account, time_point now)
{
    auto const [place, added] = proxy_of_.try_emplace(std::string{account}, nullptr);
    if (place->second != nullptr)
        --place->second->accounts;
    place->second = &chosen;
    ++chosen.accounts;
    if (state_of(chosen, now) == proxy_state::half_open) {
        chosen.prober = account;
        chosen.probe_ends = detail::later(now, options_.cooldown);
    }
}

std::string proxy_pool::proxy_of(std::string_view account, time_point now)
{
    std::lock_guard const lock{mutex_};
    if (auto const found = proxy_of_.find(account); found != proxy_of_.end())
        return found->second->name;
    if (entries_.empty())
        return {};
    entry* const chosen = best_for(account, nullptr, now);
    entry& taken = chosen != nullptr ? *chosen : free_first();
    take(taken, account, now);
    return taken.name;
}

bool proxy_pool::assign(std::string_view account, std::string_view proxy)
{
    std::lock_guard const lock{mutex_};
    entry* const wanted = find(proxy);
    if (wanted != nullptr)
        take(*wanted, account, time_point::min());
    return wanted != nullptr;
}

void proxy_pool::forget(std::string_view account)
{
    std::lock_guard const lock{mutex_};
    auto const found = proxy_of_.find(account);
    if (found == proxy_of_.end())
        return;
    --found->second->accounts;
    if (found->second->prober == account)
        found->second->prober.clear();
    proxy_of_.erase(found);
}

void proxy_pool::note(std::string_view proxy, proxy_evidence evidence, time_point now)
{
    std::lock_guard const lock{mutex_};
    entry* const noted = find(proxy);
    if (noted == nullptr)
        return;
    switch (evidence) {
    case proxy_evidence::works:
        return has_worked(*noted, now);
    case proxy_evidence::outage:
    case proxy_evidence::credentials:
        return has_failed(*noted, evidence, now);
    default:
        return;
    }
}

void proxy_pool::has_worked(entry& noted, time_point now) noexcept
{
    if (failed_at_ > worked_at_ && is_own_network(now)) {  // it was the network: the proxies need not cool down any longer
        for (auto& each : entries_) {
            if (!each.rejected && each.failed_at > worked_at_)
                each.until = std::min(each.until, now);
        }
    }
    ++noted.works;
    noted.strikes = 0;
    noted.rejected = false;
    noted.prober.clear();
    worked_at_ = std::max(worked_at_, now);
}

void proxy_pool::has_failed(entry& noted, proxy_evidence evidence, time_point now) noexcept
{
    bool const refuses = evidence == proxy_evidence::credentials;
    ++(refuses ? noted.rejections : noted.outages);
    if (refuses)
        worked_at_ = std::max(worked_at_, now);  // a proxy that refuses credentials was reached
    else
        noted.failed_at = failed_at_ = now;
    if (now < noted.until && (noted.rejected || !refuses))
        return;  // many attempts can meet the same failure
    noted.rejected = refuses;
    noted.prober.clear();
    auto pause = refuses ? options_.credentials_cooldown : options_.cooldown;
    for (unsigned strike = 0; !refuses && strike != noted.strikes && pause < options_.longest_cooldown; ++strike)
        pause = detail::sum(pause, pause);
    noted.until = detail::later(now, refuses ? pause : std::min(pause, options_.longest_cooldown));
    noted.strikes = std::min(noted.strikes + 1, 64U);
}

proxy_pool::rotation proxy_pool::rotate(std::string_view account, time_point now)
{
    using result = rotation::result;
    std::lock_guard const lock{mutex_};
    if (entries_.empty())
        return {result::no_other, {}};
    auto const found = proxy_of_.find(account);
    entry* const current = found != proxy_of_.end() ? found->second : nullptr;
    if (current != nullptr && !current->rejected && is_own_network(now))
        return {result::own_network, current->name};
    if (entry* const chosen = best_for(account, current, now); chosen != nullptr) {
        if (current != nullptr && current->prober == account)
            current->prober.clear();
        take(*chosen, account, now);
        return {result::moved, chosen->name};
    }
    time_point free_at = time_point::max();
    for (auto const& each : entries_) {
        if (&each != current)
            free_at = std::min(free_at, std::max(each.until, each.prober.empty() ? each.until : each.probe_ends));
    }
    if (current == nullptr) {
        entry& taken = free_first();
        take(taken, account, now);
        return {result::no_other, taken.name, free_at};
    }
    return {result::no_other, current->name, free_at};
}

std::vector<proxy_pool::health> proxy_pool::health_of_all(time_point now) const
{
    std::lock_guard const lock{mutex_};
    std::vector<health> all;
    all.reserve(entries_.size());
    for (auto const& each : entries_)
        all.push_back({each.name, state_of(each, now), each.until, each.accounts, each.works, each.outages, each.rejections});
    return all;
}

}  // namespace mend
