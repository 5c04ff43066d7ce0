// Who may go: the queues and gates of an account's conditions.
#include <mend/detail/conditions.hpp>
#include <mend/detail/planted.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace mend::detail {

bool conditions::less::operator()(key_view const& a, key_view const& b) const noexcept
{
    return std::tie(a.where, a.method, a.peer, a.refuses) < std::tie(b.where, b.method, b.peer, b.refuses);
}

conditions::key_view conditions::key_of(waiter const& each, scope where, bool refuses) noexcept
{
    switch (where) {
    case scope::method:
        return {scope::method, refuses, 0, each.method_};
    case scope::peer:
        return {scope::peer, refuses, each.peer_, {}};
    default:
        return {scope::account, refuses, 0, {}};
    }
}

template <class Visit>
void conditions::for_each_matching(waiter const& each, Visit visit)
{
    if (holds_.empty())
        return;
    auto visit_key = [&](key_view const& wanted) {
        if (auto const found = holds_.find(wanted); found != holds_.end())
            visit(found->first, found->second);
    };
    for (bool const refuses : {false, true})
        visit_key(key_of(each, scope::account, refuses));
    if (each.peer_ != 0) {
        for (bool const refuses : {false, true})
            visit_key(key_of(each, scope::peer, refuses));
    }
    if (!each.method_.empty()) {
        for (bool const refuses : {false, true})
            visit_key(key_of(each, scope::method, refuses));
        return;
    }
    // Who names no method matches every method.
    for (auto found = holds_.lower_bound(key_view{scope::method, false, 0, {}});
         found != holds_.end() && found->first.where == scope::method; ++found)
        visit(found->first, found->second);
}

bool conditions::matches(key_view const& where, waiter const& who) noexcept
{
    switch (where.where) {
    case scope::account:
        return true;
    case scope::method:
        return who.method_.empty() || who.method_ == where.method;
    case scope::peer:
        return who.peer_ == where.peer;
    default:
        return false;
    }
}

/// A reply passes some quarantines; when they have ended it stands at their gates like everybody.
bool conditions::is_exempt(key const& where, hold const& each, waiter const& who) noexcept
{
    bool const reply_passes = each.what == category::account_limited || each.what == category::target_unavailable;
    return where.refuses && who.reply_ && reply_passes;
}

bool conditions::stops(key const& where, hold const& each, waiter const& who, time_point now) noexcept
{
    return each.until > now && !is_exempt(where, each, who);
}

/// Those who came before it have their tickets, and it comes before all who wait. A ticket that somebody younger has been
/// woken for is free to it: two gates would otherwise keep their tickets for two who need both, and nobody would go.
bool conditions::may_pass(hold const& gate, waiter const& who) noexcept
{
    if (gate.tickets <= 0 || gate.summoned.has_before(who, gate.tickets))
        return false;
    return gate.queue.empty() || who.arrival_ < gate.queue.front()->arrival_;
}

conditions::obstacles conditions::find_obstacles(waiter const& who, time_point now)
{
    obstacles found;
    auto const later_of = [](hold* a, hold& b) { return a == nullptr || b.until > a->until ? &b : a; };
    for_each_matching(who, [&](key const& where, hold& each) {
        if (!stops(where, each, who, now))
            return;
        if (where.refuses) {
            found.quarantine = later_of(found.quarantine, each);
            return;
        }
        found.longest = later_of(found.longest, each);
        if (is_too_long(each, now))
            found.too_long = &each;
    });
    return found;
}

std::optional<admission> conditions::refusal(waiter const& who, time_point now)
{
    return refusal(find_obstacles(who, now), who);
}

std::optional<admission> conditions::refusal(obstacles const& found, waiter const& who) noexcept
{
    using kind = admission::kind;
    auto const [quarantine, longest, too_long] = found;
    if (quarantine != nullptr)
        return admission{kind::refuse, stop_reason::quarantined, quarantine->what, quarantine->until};
    if (too_long != nullptr)
        return admission{kind::refuse, stop_reason::wait_too_long, too_long->what, longest->until};
    if (longest != nullptr && who.deadline_ != time_point::max() && longest->until >= who.deadline_)
        return admission{kind::refuse, stop_reason::deadline, longest->what, longest->until};
    return std::nullopt;
}

admission conditions::enter(waiter& who, time_point now)
{
    if (now >= sweep_after_) {
        sweep_after_ = now + gate_memory / 4;
        forget_idle(now, gate_memory, true);
    }
    hold* const left = who.called_by_ != nullptr ? who.called_by_ : who.queued_at_;
    detach(who);
    if (who.arrival_ == 0)
        who.arrival_ = ++arrivals_;
    admission const answer = look(who, now);
    if (left != nullptr)
        pump(*left, now);  // its place there, or the ticket kept for it, is free for the next
    return answer;
}

admission conditions::look(waiter& who, time_point now)
{
    using kind = admission::kind;
    if (who.deadline_ <= now)
        return {kind::refuse, stop_reason::deadline, category::unknown, time_point::max()};

    obstacles const found = find_obstacles(who, now);
    if (auto const refused = refusal(found, who))
        return *refused;
    if (recovering_) {
        line_up(waiting_for_recovery_, who);
        return {kind::wait, stop_reason::none, category::unknown, who.deadline_};
    }
    if (found.longest != nullptr)
        return queue_at(*found.longest, who, now);

    hold* closed = nullptr;
    for_each_passed(who, now, [&](hold& gate) {
        if (gate.overdue <= now && gate.tickets <= gate.called) {  // nobody has come back, or come at all, for so long
            gate.tickets = gate.called + 1;
            gate.overdue = time_point::max();
        }
        if (!may_pass(gate, who))
            closed = &gate;
    });
    if (closed != nullptr)
        return queue_at(*closed, who, now);

    who.admitted_ = serial_;
    who.admitted_at_ = now;
    who.arrival_ = 0;
    for_each_passed(who, now, [&](hold& gate) {
        --gate.tickets;
        gate.overdue = now + patience;
        pump(gate, now);
    });
    return {};
}

/// The holds whose gates an operation that goes at that moment has to pass: all that match, but for a quarantine that a
/// reply is exempt from.
template <class Visit>
void conditions::for_each_passed(waiter const& who, time_point at, Visit visit)
{
    for_each_matching(who, [&](key const& where, hold& gate) {
        if (has_gate(where, gate, at))
            visit(gate);
    });
}

admission conditions::queue_at(hold& gate, waiter& who, time_point now) noexcept
{
    who.queued_at_ = &gate;
    line_up(gate.queue, who);
    time_point until = who.deadline_;
    if (gate.queue.front() == &who) {
        gate.armed = &who;
        gate.armed_until = gate.next(now);
        until = std::min(until, gate.armed_until);
    }
    return {admission::kind::wait, stop_reason::none, gate.what, until};
}

void conditions::line_up(waiter_queue& queue, waiter& who) noexcept
{
    queue.insert(who);
    earliest_deadline_ = std::min(earliest_deadline_, who.deadline_);
}

void conditions::detach(waiter& who) noexcept
{
    if (hold* const gate = std::exchange(who.called_by_, nullptr); gate != nullptr)
        --gate->called;
    if (hold* const gate = std::exchange(who.queued_at_, nullptr); gate != nullptr) {
        if (gate->armed == &who)
            gate->armed = nullptr;
    }
    if (who.queue_ != nullptr)
        who.queue_->remove(who);
}

/// Calls those who may pass, and sees to it that the first of the others wakes by itself in time.
void conditions::pump(hold& gate, time_point now) noexcept
{
    while (gate.until <= now && !gate.queue.empty() && gate.tickets > gate.called) {
        waiter& next = *gate.queue.front();
        detach(next);
        next.called_by_ = &gate;
        gate.summoned.insert(next);
        ++gate.called;
        gate.overdue = now + patience;
        next.wake();
    }
    bool const timely = gate.armed != nullptr && gate.armed_until <= gate.next(now);
    if (!gate.queue.empty() && !timely)
        gate.queue.front()->wake();  // it looks again, finds itself first and is armed
}

void conditions::leave(waiter& who, time_point now) noexcept
{
    hold* const left = who.called_by_ != nullptr ? who.called_by_ : who.queued_at_;
    detach(who);
    who.arrival_ = 0;
    if (left != nullptr)
        pump(*left, now);
}

void conditions::came_through(waiter& who, time_point now) noexcept
{
    // A gate that was closed, or made, after this attempt began learns nothing from it.
    bool gone = false;
    for_each_passed(who, who.admitted_at_, [&](hold& gate) {
        if (gate.closed > who.admitted_)
            return;
        gate.tickets += 2;
        pump(gate, now);
        gone = gone || (gate.queue.empty() && gate.called == 0);
    });
    if (gone) {
        erase_holds_if([&](hold_map::value_type const& entry) {
            auto const& [where, gate] = entry;
            return matches(where, who) && has_gate(where, gate, who.admitted_at_) && gate.until <= now &&
                   gate.closed <= who.admitted_ && gate.queue.empty() && gate.called == 0;
        });
    }
    who.admitted_ = 0;
}

void conditions::gave_back(waiter& who, time_point now) noexcept
{
    for_each_passed(who, who.admitted_at_, [&](hold& gate) {
        if (gate.closed > who.admitted_)
            return;
        gate.tickets += 1;
        pump(gate, now);
    });
    who.admitted_ = 0;
}

void conditions::begin_recovery(action act) noexcept
{
    recovering_ = true;
    recovery_ = act;
}

void conditions::end_recovery() noexcept
{
    recovering_ = false;
    if (planted(bug::waiters_forgotten) && !waiting_for_recovery_.empty()) {
        waiting_for_recovery_.front()->wake();
        return;
    }
    waiting_for_recovery_.release_all();
}

void conditions::await_recovery(waiter& who) noexcept
{
    if (who.arrival_ == 0)
        who.arrival_ = ++arrivals_;
    line_up(waiting_for_recovery_, who);
}

void conditions::sleep(waiter& who) noexcept
{
    line_up(asleep_, who);
}

void conditions::wake_all() noexcept
{
    wake_if([](waiter const&) { return true; });
}

conditions::summary conditions::sum_up(time_point now) const noexcept
{
    summary worst;
    if (recovering_)
        worst = {summary::kind::recovering, category::unknown, recovery_, time_point::max()};
    for (auto const& [where, each] : holds_) {
        auto const kind = where.refuses ? summary::kind::quarantined : summary::kind::waiting;
        if (each.until <= now || kind < worst.what || (kind == worst.what && each.until <= worst.until))
            continue;
        worst = {kind, each.what, where.refuses ? action::fail : action::wait, each.until};
    }
    return worst;
}

}  // namespace mend::detail
