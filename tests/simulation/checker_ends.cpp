// How operations end: for a reason, reported once and truly, and counted.
#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {

using mend::event_kind;
using mend::stop_reason;

void checker::on_ended(entry const& happened)
{
    operation& it = at(happened.operation);
    account& from = of(happened.account);
    demand(it.now == phase::waiting || it.now == phase::answered, 1, happened.operation,
           "ended twice, or before its attempt had ended");
    release_turn(from, happened.operation);
    if (it.planned->nested) {  // who cancels its callback cancels it
        --from.nested;
        it.cancelled = !happened.ok && happened.why == stop_reason::cancelled;
    } else {
        check_end(it, happened);
    }
    if (happened.facts && !it.planned->nested)
        check_facts(it, happened);
    if (it.now == phase::answered)
        leave_attempt(it, from, happened.ok);
    it.now = phase::ended;
    it.said = happened.facts;
    it.good = happened.ok;
    std::erase(from.operations, happened.operation);

    ++ended_;
    bool const cancelled = !happened.ok && it.cancelled && !it.has_given_up();
    if (it.failures != 0) {
        auto const expected = happened.ok ? event_kind::recovered : cancelled ? event_kind::cancelled : event_kind::gave_up;
        demand(it.told_end == expected, 1, happened.operation, "its end was told wrongly, or not at all");
        ++(happened.ok ? recovered_ : cancelled ? cancelled_ : gave_up_);
        if (happened.ok)
            recovery_time_ += now_ - it.first_failed;
    } else {
        demand(happened.ok || cancelled || it.told_end == event_kind::refused, 1, happened.operation,
               "nothing was tried, and nobody was told");
    }
    if (happened.ok && !it.in_trouble)
        demand(it.events == 0, 10, happened.operation, "a success without any trouble made an event");
}

void checker::leave_attempt(operation& it, account& from, bool came_through)
{
    if (!std::exchange(it.left, true))
        come_back(it, from, came_through ? 2 : 1, came_through ? 2 : 1);
}

/// Does what the caller gets agree with what has happened?
void checker::check_end(operation const& it, entry const& happened)
{
    int const index = happened.operation;
    bool const good = it.now == phase::answered && it.answer.reply == said::ok;
    demand(happened.ok == good, 9, index, happened.ok ? "a success without a good answer" : "a good answer is lost");
    if (happened.ok || good)
        return;
    if (it.now == phase::answered)
        demand(it.cancelled, 1, index, "the last failure was not judged");
    if (happened.text == "operation_aborted")
        demand(it.cancelled, 9, index, "operation_aborted, and nobody cancelled");
    bool const of_operation = it.told_why == stop_reason::not_retryable || it.told_why == stop_reason::retries_exhausted;
    if (happened.text == "recovery_error" && it.planned->how != style::by_code)
        demand(it.attempts == 0 || !of_operation, 1, index, "what the last attempt threw is lost");
    if (!happened.why)
        return;
    if (it.has_given_up())
        demand(happened.why == it.told_why, 1, index,
               fmt::format("told as {}, it ended as {}", to_string(it.told_why), to_string(*happened.why)));
    else
        demand(happened.why == stop_reason::cancelled && it.cancelled, 9, index,
               fmt::format("it ended without a word: {}", to_string(*happened.why)));
}

/// What an outcome says beside that.
void checker::check_facts(operation const& it, entry const& happened)
{
    int const index = happened.operation;
    auto const& told = *happened.facts;
    bool const at_next = it.cancelled && it.now == phase::waiting;  // perhaps when its next attempt was about to begin
    demand(told.attempts == it.attempts || (at_next && told.attempts == it.attempts + 1), 1, index,
           fmt::format("{} attempts, it says, and there were {}", told.attempts, it.attempts));
    using mend::delivery;
    auto const worse = [](delivery a, delivery b) {
        constexpr auto rank = [](delivery each) { return each == delivery::sent ? 2 : each == delivery::unknown ? 1 : 0; };
        return rank(a) < rank(b) ? b : a;
    };
    delivery worst = it.worst;
    if (it.now == phase::answered)
        worst = worse(worst, happened.ok ? delivery::sent : delivery::unknown);
    demand(told.delivered == worst || (at_next && told.delivered == worse(worst, delivery::unknown)), 8, index,
           fmt::format("delivery {}, it says, and it is {}", to_string(told.delivered), to_string(worst)));
    ms const waited = it.waited + (it.now == phase::waiting ? now_ - it.waits_since : ms{0});
    demand(told.waited == waited, 1, index,
           fmt::format("it has waited {} ms, it says, and it is {}", told.waited.count(), waited.count()));
    bool const failed = !happened.ok && (it.failures != 0 || it.has_given_up());
    demand(!failed || told.what == it.last_told.category, 0, index, "the outcome names another category");
    demand(happened.ok || !it.has_given_up() || told.until == it.last_told.until, 2, index,
           "the outcome and the event name two moments to try again at");
    demand(told.elapsed <= now_ - it.began && (it.failures == 0 || told.elapsed >= now_ - it.first_failed), 1, index,
           fmt::format("{} ms have gone by, it says", told.elapsed.count()));
}

/// It gives up, or is refused: is there a reason?
void checker::check_reason(operation const& it, account& from, entry const& told)
{
    sender const who = sender_of(it);
    stop_reason const why = told.why.value_or(stop_reason::none);
    auto const some = [&](auto const& test) {
        auto const& all = from.told.all();
        return std::any_of(all.begin(), all.end(),
                           [&](auto const& entry) { return entry.first.matches(who) && test(entry.first, entry.second); });
    };
    // With the retries that are in doubt, and those of failed recoveries, there may be none left; the recovery that fails in this
    // moment is not counted here yet.
    unsigned const failing = it.charged != 0 ? it.charged + 1 : 0;
    bool const perhaps_exhausted = why == stop_reason::retries_exhausted && it.retries_used + failing > it.retries_allowed;
    bool justified = false;
    switch (why) {
    case stop_reason::none:
    case stop_reason::cancelled:
        break;
    case stop_reason::not_retryable:
    case stop_reason::retries_exhausted:
    case stop_reason::delivery_unknown:
        justified = it.must_end == why || perhaps_exhausted;
        break;
    case stop_reason::wait_too_long:
        justified = it.must_end == why || some([&](auto const& key, auto const& held) {
                        return !key.refuses && held.least_max_wait != ms::max() && held.ceiling - now_ > held.least_max_wait;
                    });
        // An outage is a wait, too: as long as the shortest max_wait of all policies. When it ends is unknown.
        // One that returns is there before it is reported.
        if (bool const in_outage = perhaps_in_outage(from);
            it.must_end != why && (in_outage || !told.until) && now_ - it.waits_since >= std::chrono::minutes{5}) {
            justified = true;
            if (!in_outage)
                from.tells_of_outage = told.operation;
        } else {
            demand(told.until.has_value(), 2, told.operation, "a wait is too long, and nobody hears when it ends");
        }
        break;
    case stop_reason::deadline:
        justified = it.planned->deadline.has_value();
        if (justified && now_ < *it.planned->deadline &&
            some([&](auto const& key, auto const& held) { return !key.refuses && held.floor >= *it.planned->deadline; }))
            demand(told.until.has_value(), 2, told.operation, "a hold ends after the deadline, and nobody hears when");
        break;
    case stop_reason::already_sent:
        justified = it.duplicate;
        break;
    case stop_reason::quarantined:
        justified = some([&](auto const& key, auto const& held) {
            // One that a callback has just thrown is learnt when mend looks at that, perhaps a little later.
            ms const end = told.until.value_or(forever);
            bool const its_end = held.ceiling == end || (held.since == now_ && held.earlier == end);
            bool const passes = is_exempt(key, held, who) && it.must_end != why;
            return key.refuses && now_ < held.ceiling && its_end && !passes;
        });
        break;
    case stop_reason::recovery_budget:
        justified = !has_login(from, now_) && told.until && now_ < *told.until;
        break;
    case stop_reason::closed:
        justified = from.closed;
        break;
    }
    demand(justified, 1, told.operation, fmt::format("it ended without cause: {}", to_string(why)));
    demand(!it.duplicate || why == stop_reason::already_sent || why == stop_reason::closed, 8, told.operation,
           fmt::format("the server has it, and it ended as {}", to_string(why)));
    bool const known = it.duplicate && why == stop_reason::already_sent;  // the server has it: that goes before everything
    if (it.must_end && told.told == event_kind::gave_up && why != stop_reason::closed)
        demand(why == it.must_end || known || perhaps_exhausted, 1, told.operation,
               fmt::format("it ended as {}, where {} comes first", to_string(why), to_string(*it.must_end)));
}

void checker::arrived(unsigned which, unsigned times)
{
    operation const& it = operations_[which];
    int const index = static_cast<int>(which);
    bool const known = sends_id(it.planned->how) || !it.planned->idempotent;  // by its id, or sent once at most
    demand(!known || times <= 1, 8, index, fmt::format("its message has arrived {} times", times));
    demand(times != 0 || !it.good, 8, index, "it succeeded, and nothing has arrived");
    if (it.said)
        demand(it.said->delivered != mend::delivery::not_sent || times == 0, 8, index, "called not sent, and it has arrived");
}

void checker::finish(mend::statistics const& stats, std::vector<mend::history_entry> const& history)
{
    settle(ms::max());
    for (auto const& each : operations_) {
        if (each.planned != nullptr)
            demand(each.now == phase::ended, 1, static_cast<int>(each.planned->index), "it never ended");
    }
    auto const same = [&](std::uint64_t told, std::uint64_t counted, std::string_view what) {
        demand(told == counted, 1, nobody, fmt::format("statistics: {} {}, counted {}", told, what, counted));
    };
    same(stats.operations, ended_, "operations");
    same(stats.failures, failures_.size(), "failures");
    same(stats.recovered, recovered_, "recovered");
    same(stats.gave_up, gave_up_, "gave_up");
    same(stats.cancelled, cancelled_, "cancelled");
    same(stats.recoveries, recovered_ + gave_up_ + cancelled_, "recoveries");
    same(stats.refused, refused_, "refused");
    same(stats.outages, outages_, "outages");
    same(stats.probes, probes_, "probes");
    demand(stats.outage_time == outage_time_, 14, nobody,
           fmt::format("statistics: {} ms of outages, told {}", stats.outage_time.count(), outage_time_.count()));
    demand(stats.recovery_time_sum == recovery_time_, 1, nobody,
           fmt::format("statistics: {} ms of recovery, counted {}", stats.recovery_time_sum.count(), recovery_time_.count()));
    for (std::size_t each = 0; each != mend::category_count; ++each) {
        auto const what = static_cast<mend::category>(each);
        auto const count =
            std::count_if(failures_.begin(), failures_.end(), [&](auto const& one) { return one.category == what; });
        same(stats.failures_of(what), static_cast<std::uint64_t>(count), to_string(what));
    }
    for (std::size_t each = 0; each != mend::action_count; ++each) {
        auto const act = static_cast<mend::action>(each);
        auto const told = stats.actions_of(act);
        bool const calls = strength_of(act) != 0 || act == mend::action::refresh;
        if (calls)
            same(told.started, actions_[each].started, to_string(act));
        if (calls)
            same(told.succeeded, actions_[each].succeeded, "of them successful");
        same(told.succeeded + told.failed, told.started, "ends of what was started");
    }

    same(history.size(), std::min<std::size_t>(night_.history_size, failures_.size()), "entries of history");
    for (std::size_t back = 1; back <= std::min(history.size(), failures_.size()); ++back) {
        auto const& kept = history[history.size() - back];
        auto const& told = failures_[failures_.size() - back];
        operation const& it = at(told.operation);
        using result = mend::history_entry::result;
        auto const end = it.told_end == event_kind::recovered   ? result::recovered
                         : it.told_end == event_kind::cancelled ? result::cancelled
                                                                : result::gave_up;
        demand(kept.context == it.planned->context && kept.attempt == told.attempt && kept.what == told.category &&
                   kept.ended == end,
               1, told.operation, "history does not say what happened");
    }
}

}  // namespace simulation
