// What a failure means and teaches: classification, limits, holds, quarantines.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace simulation {

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::scope;
using mend::stop_reason;

namespace {

ms later(ms from, ms by)
{
    return by == ms::max() || from > ms::max() - by ? ms::max() : from + by;
}

}  // namespace

void checker::on_failed(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    int const index = happened.operation;
    if (it.planned->nested)
        return on_nested_failed(happened);
    demand(it.now == phase::answered && it.answer.reply != said::ok, 1, index, "a failure is told that nobody has seen");
    demand(!it.cancelled, 9, index, "a cancelled attempt counts as a failure");
    failures_.push_back(happened);
    it.last_told = happened;
    it.in_trouble = true;
    if (it.failures == 0)
        it.first_failed = now_;
    it.now = phase::waiting;
    ++it.failures;
    it.must_end.reset();
    it.interrupted = false;
    it.needs.reset();
    it.needed.reset();
    it.recovery_ended.reset();
    it.not_before = it.not_after = it.waits_since = now_;

    it.free_since.reset();
    it.else_holds.reset();
    it.was_in_outage = perhaps_in_outage(from);
    meaning const meant = meaning_of(it.answer.reply, it.answer.number, it.answer.method, rules_);
    terms given = terms_of(meant.what, policies_);
    given.act = meant.instead.value_or(given.act);
    // By the ladder; or it is the proxy, perhaps, and then any failure of the network or the server calls for another.
    bool const may_climb = given.act == action::reconnect || (night_.tells_proxies && is_evidence(meant));
    bool const climbs = may_climb && happened.act == action::rotate_proxy && has_callback(happened.act);
    // In a server's outage a rotation that comes too soon is a reconnect.
    bool const lowered = given.act == action::rotate_proxy && happened.act == action::reconnect && has_callback(happened.act) &&
                         servers_[static_cast<std::size_t>(from.server)].on;
    demand(happened.category == meant.what && (happened.act == given.act || climbs || lowered) &&
               happened.delivered == meant.delivered,
           0, index,
           fmt::format("{} is taken for {}, {}, delivery {}", to_string(it.answer.reply), to_string(happened.category),
                       to_string(happened.act), to_string(happened.delivered)));
    if (climbs || lowered)
        given.act = happened.act;
    it.unknown = meant.delivered == mend::delivery::unknown;
    if (it.worst != mend::delivery::sent && meant.delivered != mend::delivery::not_sent)
        it.worst = meant.delivered;
    it.duplicate = it.duplicate || meant.what == category::duplicate;

    bool const stale =
        strength_of(given.act) != 0 && it.recoveries_seen != from.recoveries && from.last_strength >= strength_of(given.act);
    // One that failed and is repeated has not ended: perhaps the one before it counts, which has replaced the connection.
    bool const repeated = from.login_waits || from.login_tried != long_ago || from.repeats || from.repeating || from.owed;
    bool const perhaps_stale = !stale && repeated && strength_of(given.act) != 0 && it.recoveries_seen < from.good_until &&
                               from.good_strength >= strength_of(given.act);
    it.retries_allowed = given.retries;
    it.failed_recoveries = 0;
    unsigned& retries = it.retries[static_cast<std::size_t>(meant.what)];
    bool const spares = meant.ours && given.retries != 0;  // a shortage on our own side costs no retry of its category
    (spares ? it.shortages : retries) += stale ? 0U : 1U;
    unsigned& uncharged = it.uncharged[static_cast<std::size_t>(meant.what)];
    uncharged += perhaps_stale ? 1U : 0U;
    it.retries_used = retries;
    unsigned const least_retries = retries - std::min(retries, uncharged);
    unsigned const so_many = meant.ours ? std::max(retries, it.shortages) : retries;
    bool const missing = (strength_of(given.act) != 0 || given.act == action::refresh) && !has_callback(given.act);
    bool const helpless =
        missing && (given.act == action::relogin || (given.act == action::refresh && is_blind(it.planned->how)));
    if (given.act == action::fail || helpless)
        it.must_end = stop_reason::not_retryable;
    else if (from.closed)
        it.must_end = stop_reason::closed;
    else if ((!stale && least_retries > given.retries) || it.attempts >= night_.max_attempts)
        it.must_end = stop_reason::retries_exhausted;
    else if (!it.planned->idempotent && it.unknown)
        it.must_end = stop_reason::delivery_unknown;
    else if (meant.told && *meant.told > given.max_wait)
        it.must_end = stop_reason::wait_too_long;

    if (is_answer(meant.what)) {
        from.climbed = false;
        from.in_row_least = {};
        from.ladder_fresh = ms::max();
    }
    judge_probe(it, from, meant);
    note_evidence(it, from, meant);
    bool wall = false;
    if (given.act == action::wait || meant.told)
        wall = learn_wait(it, from, meant, given, retries);
    if (given.act == action::wait) {
    } else if (given.act == action::retry || (missing && !stale)) {
        it.not_before = now_ + backoff_of(given, std::max(so_many - std::min(so_many, uncharged), 1U)).least;
        it.not_after = now_ + backoff_of(given, so_many + it.charged).most;
    } else if (given.act == action::refresh) {
        it.refreshing = !it.must_end;
    }
    if (given.act == action::relogin && missing && !stale)
        learn_quarantine(sender_of(it), from, scope::account, meant.what, 10min);
    if (it.must_end && it.must_end != stop_reason::closed && given.quarantine > 0ms)
        learn_quarantine(sender_of(it), from, meant.where, meant.what, given.quarantine);
    for (auto& each : from.chats)  // any but a wall has come through, perhaps
        each.through = each.through || !wall;
    bool const lost = given.act == action::relogin && !stale;
    bool const closed_gate = wall || (it.must_end && given.quarantine > 0ms);
    come_back(it, from, closed_gate ? 1 : 2, closed_gate || lost ? 1 : 2);
    if (strength_of(given.act) != 0 && !missing && it.must_end != stop_reason::closed && !from.closed)
        learn_recovery(it, from, meant, given, stale, retries);
    if (perhaps_stale)
        it.delay.least = 0ms;
}

/// Its attempt no longer counts at the gates that it passed.
void checker::come_back(operation& it, account& from, int most, int least)
{
    bool const answered =
        it.answer.reply == said::ok || is_answer(meaning_of(it.answer.reply, it.answer.number, it.answer.method, rules_).what);
    from.told.came_through(sender_of(it), most, least, answered ? std::nullopt : std::optional{it.attempt_began});
    if (most < 2)
        return;
    from.told.forget(now_, [&](scope_key const& key) {
        int waits = 0;
        for (int const each : from.operations) {
            operation const& other = at(each);
            sender const waiting = sender_of(other);
            if (&other == &it || other.now != phase::waiting || other.told_end || !key.matches(waiting))
                continue;
            if (key.opening && other.needs) {  // after the recovery it comes to this gate
                waits = std::max(waits, is_recovering(from) ? 2 : 1);
                continue;
            }
            bool const elsewhere = now_ < other.not_before || other.refreshing || other.needs;
            bool const may_be_here = !elsewhere;
            int gates = 0;
            bool held = false;
            for (auto const& [another, its] : from.told.all()) {
                if (!another.matches(waiting))
                    continue;
                held = held || now_ < its.floor;
                ++gates;
            }
            bool const surely =
                may_be_here && !is_recovering(from) && !perhaps_in_outage(from) && !held && gates == 1 && now_ >= other.not_after;
            waits = std::max(waits, surely ? 2 : may_be_here ? 1 : 0);
        }
        return least < 2 && waits == 0 ? 1 : waits;
    });
}

/// It was the probe of an outage, perhaps: one that Telegram has answered ends it.
void checker::judge_probe(operation& it, account& from, meaning const& meant)
{
    outage* const its = outage_of(from);
    if (its == nullptr)
        return;
    if (is_answer(meant.what))  // of any attempt
        its->end_due = true;
    if (is_answer(meant.what) || its->attempt_of != static_cast<int>(it.planned->index))
        return;
    if (now_ < it.attempt_began + 30s)
        return fail_turn(*its);
    its->over = now_;  // it has lost its turn, perhaps, though no operation has gone since
    its->turn_of = its->attempt_of = nobody;
    its->recovering = its->asking = its->turn_told = its->tried = false;
}

/// Returns whether it is a wall: one that reaches this operation alone, as a chat's where no chat is named, has come through.
bool checker::learn_wait(operation& it, account& from, meaning const& meant, terms const& given, unsigned retry)
{
    unsigned const uncharged = it.uncharged[static_cast<std::size_t>(meant.what)];
    span delay{backoff_of(given, std::max(retry, uncharged + 1) - uncharged).least, backoff_of(given, retry + it.charged).most};
    ms max_wait = ms::max();
    if (meant.told) {
        auto const jitter = std::min<double>(static_cast<double>(meant.told->count()) * std::min(0.1, given.jitter), 5000);
        delay = {*meant.told, *meant.told + ms{static_cast<std::int64_t>(std::ceil(jitter))}};
        max_wait = given.max_wait;
    }
    sender const who = sender_of(it);
    ms floor = now_ + delay.least;
    ms ceiling = now_ + delay.most;
    scope_key const key = chat_or_all(it, from, meant, floor, ceiling);
    // Where it holds nothing that concerns this operation, the operation waits all the same.
    bool const reaches_others = meant.where != scope::operation && key.where != scope::operation;
    if (!reaches_others || !key.matches(who)) {
        it.not_before = floor;
        it.not_after = ceiling;
    }
    if (reaches_others && !from.closed)
        from.told.close(key, who, meant.what, floor, ceiling, max_wait, now_);
    return reaches_others;
}

/// One chat's own limit, unless a second chat's told wait ends at the same moment and no operation has come through between.
scope_key checker::chat_or_all(operation& it, account& from, meaning const& meant, ms& floor, ms& ceiling)
{
    sender const who = sender_of(it);
    scope_key key = from.told.reach(who, meant.where, meant.what, meant.method, false, now_);
    if (key.where != scope::peer || meant.what != category::flood_wait || !meant.told)
        return key;
    chat_wait const* other = nullptr;
    bool certain = false;
    for (auto const& each : from.chats) {
        ms const apart = each.ends > floor ? each.ends - floor : floor - each.ends;
        if (each.peer == who.peer || apart > 1500ms)
            continue;
        bool const surely = !each.through && apart < 1500ms && each.ends > now_;
        if (other == nullptr || surely)
            other = &each;
        certain = certain || surely;
    }
    scope_key wide{who.method.empty() ? scope::account : scope::method, false, 0, plain_name(who.method)};
    // A method that shows no message to a person is not held with the groups, so the limit cannot be theirs.
    if (scope_key const groups{scope::groups, false, 0, {}}; other != nullptr && other->peer < 0 && groups.matches(who))
        wide = groups;
    ms const others_end = other != nullptr ? other->ends : floor;
    ms const others_ceiling = other != nullptr ? other->ceiling : ceiling;
    std::erase_if(from.chats, [&](chat_wait const& each) { return each.peer == who.peer; });
    from.chats.push_back({who.peer, floor, ceiling, now_});
    if (other == nullptr)
        return key;
    if (!certain) {
        it.else_holds = wide;
        it.else_until = std::max(others_ceiling, ceiling);
        held_scope const* const before = from.told.find(key);
        it.chat_before = before != nullptr ? std::optional{*before} : std::nullopt;
        return key;
    }
    floor = std::max(floor, others_end);
    ceiling = std::max(ceiling, others_ceiling);
    return wide;
}

void checker::learn_quarantine(sender const& who, account& from, scope where, category what, ms lasts)
{
    scope_key const key = from.told.reach(who, where, what, {}, true, now_);
    if (key.where != scope::operation)
        from.told.close(key, who, what, later(now_, lasts), later(now_, lasts), ms::max(), now_);
}

/// mend says itself how long it holds what: within what was promised, and then exactly so.
void checker::on_held(entry const& happened)
{
    account& from = of(happened.account);
    scope_key key{happened.where, false, 0, {}};
    operation* const it = happened.operation != nobody ? &at(happened.operation) : nullptr;
    if (it != nullptr) {
        sender const who = sender_of(*it);
        key.peer = happened.where == scope::peer ? who.peer : 0;
        if (happened.where == scope::method)
            key.method = plain_name(it->answer.method.empty() ? who.method : it->answer.method);
        if (it->else_holds == key) {
            // It holds more than this chat, after all, and that no longer than before.
            scope_key const chat{scope::peer, false, who.peer, {}};
            held_scope* const narrow = from.told.find(chat);
            ms const floor = narrow != nullptr ? narrow->floor : now_;
            ms const max_wait = narrow != nullptr ? narrow->max_wait : ms::max();
            if (it->chat_before) {
                held_scope& before = *it->chat_before;
                if (before.admitted.erase(happened.operation) + before.doubtful.erase(happened.operation) != 0) {
                    ++before.most;  // it has met a wall: the next may go in its place
                    ++before.least;
                }
                from.told.all().insert_or_assign(chat, before);
            } else {
                from.told.all().erase(chat);
            }
            from.told.close(key, who, happened.category, floor, it->else_until, max_wait, now_);
        }
    }
    held_scope* const held = from.told.find(key);
    ms const until = now_ + happened.delay;
    demand(held != nullptr, 3, happened.operation,
           fmt::format("a {} is held that no failure concerns", to_string(happened.where)));
    if (held == nullptr)
        return;
    demand(until >= held->floor && until <= held->ceiling, 2, happened.operation,
           until < held->floor ? fmt::format("a wait is {} ms shorter than told", (held->floor - until).count())
                               : fmt::format("a wait is {} ms longer than told and jittered", (until - held->ceiling).count()));
    held->settle(until);
}

void checker::on_quarantined(entry const& happened)
{
    account& from = of(happened.account);
    scope_key key;
    key.where = happened.where;
    key.refuses = true;
    if (happened.operation != nobody && happened.where != scope::account) {
        auto const& planned = *at(happened.operation).planned;
        key.peer = happened.where == scope::peer ? planned.peer : 0;
        key.method = happened.where == scope::method ? plain_name(planned.method) : std::string{};
    }
    ms const until = later(now_, happened.delay);
    held_scope* const held = from.told.find(key);
    bool const nested = happened.operation != nobody && at(happened.operation).planned->nested;
    // What an operation inside a callback teaches when it gives up; or until the budget of logins is filled again. (Where there
    // is none in a day, that is a day from when the login's turn had come.)
    bool const no_login = !has_login(from, now_);
    bool const longer = held != nullptr && until > held->ceiling && (nested || (no_login && until == refill_of(from)));
    if (held == nullptr ? nested || no_login : longer) {
        sender teacher;
        teacher.operation = std::max(happened.operation, 0);
        from.told.close(key, teacher, happened.category, until, until, ms::max(), now_);
        return;
    }
    if (held == nullptr && from.released == now_) {  // it was learnt before that, or since
        sender teacher;
        teacher.operation = std::max(happened.operation, 0);
        from.told.close(key, teacher, happened.category, now_, until, ms::max(), now_).certain = false;
        return;
    }
    demand(held != nullptr, 3, happened.operation,
           fmt::format("a {} is quarantined that no failure concerns", to_string(happened.where)));
    if (held != nullptr)
        demand(until >= held->floor, 13, happened.operation, "a quarantine is shorter than it should be");
}

// --- operations inside callbacks --------------------------------------------------------------------------------------

/// It passes the recovery that it belongs to, gates, quarantines and outages, but no told wait.
void checker::on_nested_request(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    demand(it.now == phase::waiting && happened.attempt == it.attempts + 1, 1, happened.operation,
           "an attempt inside a callback starts out of order");
    for (auto const& [key, held] : from.told.all()) {
        bool const told = !key.refuses && !key.opening && key.matches(sender_of(it));
        demand(!told || now_ >= held.floor, 2, happened.operation, "an attempt inside a callback starts in a told wait");
    }
    it.attempts = happened.attempt;
    it.now = phase::attempting;
    it.attempt_began = now_;
}

void checker::on_nested_failed(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    demand(it.now == phase::answered && it.answer.reply != said::ok, 1, happened.operation,
           "a failure is told that nobody has seen");
    failures_.push_back(happened);
    if (it.failures++ == 0)
        it.first_failed = now_;
    it.now = phase::waiting;
    it.in_trouble = true;
    it.last_told = happened;
    learn_from_callback(from, it.answer, happened.operation);
    meaning const met = meaning_of(it.answer.reply, it.answer.number, it.answer.method, rules_);
    if (is_answer(met.what))
        from.nested_answer = now_;
    if (met.what == category::session_lost && !has_callback(action::relogin))
        learn_quarantine(sender_of(it), from, scope::account, met.what, 10min);
}

}  // namespace simulation
