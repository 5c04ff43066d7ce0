// Evidence: what shows an outage, and what ends one. When one has to begin.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using mend::category;

void checker::note_evidence(operation& it, account& from, meaning const& meant)
{
    outage const* const its = outage_of(from);
    // What began before the last outage, its last probe or the last recovery says nothing. In the same moment: who knows.
    ms bound = std::max(from.last_outage, from.recoveries != 0 ? from.recovered : long_ago);
    if (its != nullptr)
        bound = std::max({bound, its->declared, its->failed_turn.value_or(long_ago)});
    bool const first = it.failures == 1;
    ms const ended = std::max(from.own.ended, servers_[static_cast<std::size_t>(from.server)].ended);
    // A success counts when its operation has ended, which may be after others that have failed at the same moment.
    bool fresh = it.attempt_began > std::max(bound, ended) && from.came_through != now_;
    if (meant.what == category::unknown) {
        if (first && (from.strangers.empty() || from.strangers.back() != static_cast<int>(it.planned->index)))
            from.strangers.push_back(static_cast<int>(it.planned->index));
        if (from.strangers.size() >= 3)
            from.row.insert(from.row.end(), 3, {now_, false});
        return;
    }
    from.strangers.clear();
    if (is_answer(meant.what))
        from.row_most = 0;
    // Then the last recovery has not ended yet, perhaps.
    bool const goes_on = from.repeats || (from.running && from.repeating) || from.login_tried != long_ago;
    bool const repeated = from.last_strength == 0 && goes_on && it.attempt_began >= from.last_outage;
    if (!is_evidence(meant) || (!fresh && it.attempt_began < bound && !repeated))
        return;
    // A login closes healthy connections. At the moment it begins, either order is possible.
    bool const in_login = from.running == mend::action::relogin;
    if (in_login && from.running_since < now_)
        return;
    fresh = fresh && !in_login;
    from.row.push_back({now_, fresh});
    if (!fresh || from.row_most == 0 || now_ - from.row_since > 30s) {
        from.row_most = fresh ? 1 : 0;
        from.row_since = now_;
        // What of a row is older than 30 s does not count; of how many were in flight when it began, the most do.
        auto const under_way = static_cast<unsigned>(from.operations.size()) + from.nested;
        from.row_needs = std::max(from.row.size() == 1 ? 0U : from.row_needs, std::clamp((under_way + 1) / 2, 2U, 5U));
    } else {
        ++from.row_most;
    }
    if (from.ladder_since == long_ago)
        from.ladder_since = now_;
    if (fresh)
        note_trouble(from);
    else if (now_ - from.last_trouble > 30s)  // what came before is forgotten, if this counts
        from.ladder_fresh = ms::max();
}

/// Trouble of 30 s ago may be forgotten: failures that are further apart are not in a row.
void checker::note_trouble(account& from)
{
    if (now_ - from.last_trouble > 30s || from.ladder_fresh == ms::max())
        from.ladder_fresh = now_;
    from.last_trouble = now_;
}

/// Of the account, failures that have been answered and are not yet reported: the outage that they make may be reported first.
std::ptrdiff_t checker::untold_evidence(account const& from)
{
    return std::count_if(from.operations.begin(), from.operations.end(), [&](int index) {
        operation const& it = at(index);
        return it.now == phase::answered && it.answer.reply != said::ok;
    });
}

/// So many accounts of a server have met one in these 2 s, with no success of any between.
unsigned checker::servers_evidence(int server, bool certain, ms now)
{
    ms through = long_ago;
    ms const ended = servers_[static_cast<std::size_t>(server)].ended;
    for (account const& each : accounts_)
        through = each.server == server ? std::max({through, each.came_through, each.nested_success}) : through;
    return static_cast<unsigned>(std::count_if(accounts_.begin(), accounts_.end(), [&](account const& each) {
        if (each.server != server || (certain && each.closed))
            return false;
        bool const told = std::any_of(each.row.begin(), each.row.end(), [&](evidence const& one) {
            // A success of this very moment is counted when its operation has ended, perhaps only then.
            return now - one.at <= 2s &&
                   (certain ? one.certain && one.at > std::max(through, ended) : one.at >= through || through == now);
        });
        return told || (!certain && untold_evidence(each) != 0);
    }));
}

/// An operation of the account has come through.
void checker::note_success(operation const& it, account& from)
{
    bool const certain = !it.planned->nested;
    from.in_row_least = {};
    from.climbed = false;
    for (auto& each : from.chats)
        each.through = true;
    if (!certain) {
        from.row_most = 0;
        from.nested_success = now_;
        return;
    }
    // One that has taken longer than 30 s has lost its turn, and is the first to go no more.
    if (outage* const its = outage_of(from); its != nullptr && it.attempt_began > its->declared && now_ < it.attempt_began + 30s)
        from.probed_well = now_;
    // Of one that began before the outage it is noticed when the next probe fails, at the latest.
    if (outage* const its = outage_of(from); its != nullptr)
        (it.attempt_began > its->declared ? its->end_due : its->end_by_failure) = true;
    from.came_through = now_;
    from.in_row_most = {};
    from.ladder_since = long_ago;
    from.row.clear();
    from.row_most = 0;
    from.strangers.clear();
    // An answer to what began before the told wait may be older than that.
    std::erase_if(from.chats, [&](chat_wait const& each) { return it.attempt_began > each.told; });
}

/// When the instant is over: has an outage that had to begin begun?
void checker::judge_evidence(account& from, int number)
{
    for (outage const* each : {&from.own, &servers_[static_cast<std::size_t>(from.server)]})
        demand(!each->ended_early, 14, nobody, "an outage has ended that has not begun");
    outage const* const its = outage_of(from);
    demand(its == nullptr || !its->end_due, 14, nobody,
           its != nullptr && its->end_by_failure
               ? "an attempt from before the outage has come through, and a probe has failed since"
               : "an attempt has come through, and the outage goes on");
    int const tells = std::exchange(from.tells_of_outage, nobody);
    if (from.closed || perhaps_in_outage(from))
        return;
    demand(tells == nobody || from.last_outage == now_, 2, tells, "a wait is too long, and nobody hears when it ends");
    // No operation may go then, and a recovery that was called off before it was reported makes stragglers.
    bool const moot = quarantine_of(from) != nullptr;
    demand(moot || from.row_most == 0 || from.row_most < from.row_needs, 14, nobody,
           fmt::format("account{} has failed {} times in a row, of {} in flight, and nobody calls it an outage", number,
                       from.row_most, from.row_needs));
    // One that was closed counted until then, and for as long as something of its runs.
    auto const all = std::count_if(accounts_.begin(), accounts_.end(), [&](account const& each) {
        bool const runs = !each.operations.empty() || each.callback || each.probe;
        return each.server == from.server && (!each.closed || runs || now_ - each.closed_at <= 2s);
    });
    // The successes of all accounts are added up once for every so many failures: of those that are taken for
    // a row, all but one may turn out to have come before a success.
    unsigned const least = all >= 10 ? 5 : 3;
    unsigned const failing = servers_evidence(from.server, true, now_);
    // Failures behind a convicted proxy are not the server's. The journal does not name proxies; a rotation indicates a conviction.
    bool const perhaps_a_proxy =
        night_.tells_proxies && std::any_of(accounts_.begin(), accounts_.end(), [&](account const& each) {
            return each.server == from.server && each.running == mend::action::rotate_proxy;
        });
    demand(perhaps_a_proxy || failing < 2 * least - 1, 14, nobody,
           fmt::format("{} accounts of server{} fail, and nobody calls it an outage", failing, from.server));
}

}  // namespace simulation
