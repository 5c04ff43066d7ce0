#include <mend/detail/recovery.hpp>

#include <mend/detail/complaint.hpp>
#include <mend/detail/flight.hpp>
#include <mend/detail/planted.hpp>
#include <mend/detail/rule_set.hpp>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

constexpr call nothing_known{};

// FLOOD_WAIT_0 counts as 1 s, and so does a moment that has passed already: clocks differ.
constexpr milliseconds shortest_told_wait{1000};

// Of all managers together: an observer may watch several.
std::atomic<std::uint64_t> operations_in_trouble{0};

account_situation& join(account_core& account)
{
    locked_account locked{account};
    ++locked.extra().users;
    return locked.situation();
}

operation_limits limits_for(manager_core const& manager, call const& about, bool knows_its_attempt) noexcept
{
    operation_limits limits = manager.limits();
    limits.idempotent = about.idempotent.value_or(limits.idempotent);
    limits.knows_its_attempt = knows_its_attempt;
    return limits;
}

}  // namespace

recovery::recovery(account_core& account, call const* about, bool knows_its_attempt)
    : recovery_machine{join(account),
                       limits_,
                       about != nullptr ? about->method : std::string_view{},
                       about != nullptr ? about->peer : 0,
                       about != nullptr && about->reply,
                       about != nullptr ? about->deadline.value_or(time_point::max()) : time_point::max()},
      manager_{account.manager()}, account_{account}, about_{about != nullptr ? about : &nothing_known},
      limits_{limits_for(manager_, *about_, knows_its_attempt)}, place_{manager_, account.lock()}
{
}

recovery::~recovery()
{
    time_point const now = manager_.time().now();
    locked_account locked{account_};
    cancelled(now);  // nothing where it has ended; its place in every queue where the io_context is being destroyed
    if (refresh_ != nullptr) {
        refresh_->for_whom = nullptr;
        request_stop(*refresh_);
    }
    --locked.extra().users;
}

void recovery::begin()
{
    now_ = waiting_since_ = manager_.time().now();
    first_trouble_ = now_;
    {
        locked_account const locked{account_};
        place_.prepare();
        pending_ = start(now_);
    }
    tell_step();
}

void recovery::first_failed(account_word began, std::exception_ptr thrown)
{
    started(began);
    attempt_failed(std::move(thrown));
}

void recovery::first_failed(account_word began, failure described)
{
    started(began);
    attempt_failed(std::move(described));
}

void recovery::attempt_failed(std::exception_ptr thrown)
{
    complaint_listener complaints;
    failure described = manager_.current()->rules.failure_of(std::move(thrown));
    tell_complaint(complaints);
    attempt_failed(std::move(described));
}

void recovery::attempt_timed_out()
{
    failure late;
    late.error = std::make_error_code(std::errc::timed_out);
    late.message = "the attempt outlived attempt_timeout";
    late.exception = std::make_exception_ptr(asio_system_error{asio::error::timed_out, late.message});
    late.known = category::connection;
    late.delivered = delivery::unknown;
    attempt_failed(std::move(late));
}

void recovery::attempt_failed(failure described)
{
    // User code runs here, before the lock is taken: rules, and a clock that a test has made.
    std::shared_ptr<settings const> const deciding = manager_.current();
    complaint_listener complaints;
    if (described.exception != nullptr && described.message.empty() && described.code == 0 && !described.error) {
        failure read = deciding->rules.failure_of(described.exception);
        keep_stated(described, read);
        described = std::move(read);
    }
    failure_ = std::move(described);
    meaning_ = deciding->rules.classify(failure_);
    unknown_name_ = deciding->rules.unknown_name(failure_);
    if (meaning_.retry_at && !meaning_.retry_after)  // a moment that is named is a wait that is told
        meaning_.retry_after = std::max(between(manager_.time().wall(), *meaning_.retry_at), shortest_told_wait);
    policy const& plan = deciding->policies[meaning_.what];
    settle_ = plan.settle;
    action_timeout_ = plan.action_timeout;
    double const random = manager_.random();
    now_ = manager_.time().now();
    waiting_since_ = now_;
    if (failures() == 0) {
        operation_ = ++operations_in_trouble;
        first_failure_ = now_;
        if (!first_trouble_)
            first_trouble_ = now_;
    }
    told_waiting_ = false;
    failed_attempt_ = attempts();

    std::shared_ptr<flight> started;
    {
        locked_account locked{account_};
        place_.prepare();
        follow(locked, failed({meaning_, plan, locked.able(), random}, now_), started);
    }
    tell_complaint(complaints);
    tell_failure(decided().delay);
    tell_step();
    if (started != nullptr)
        launch(std::move(started));
}

void recovery::resume()
{
    now_ = manager_.time().now();
    std::shared_ptr<flight> started;
    std::shared_ptr<flight> done;
    {
        locked_account locked{account_};
        place_.prepare();
        if (refresh_ != nullptr && refresh_->ended) {
            done = std::exchange(refresh_, nullptr);
            follow(locked, refreshed(now_), started);
        } else {
            follow(locked, recovery_machine::resume(now_), started);
        }
    }
    tell_step();
    if (started != nullptr)
        launch(std::move(started));
}

/// With the lock held: notes the step, and prepares the flight that it asks for.
void recovery::follow(locked_account& locked, step next, std::shared_ptr<flight>& started)
{
    std::optional<action> begins = next.start;
    if (next.what == step::kind::recover) {
        begins = next.act;
        locked.situation().in_the_way.await_recovery(*this);
        next = {step::kind::wait, deadline()};
    }
    if (begins) {
        try {
            started = make_flight(*begins);
        } catch (...) {
            locked.situation().in_the_way.end_recovery();
            throw;
        }
        locked.extra().recovery = started;
    }
    if (next.afterwards) {
        auto& follower = locked.extra().next_recovery;
        if (follower == nullptr || strength(follower->act) < strength(*next.afterwards))
            follower = make_flight(*next.afterwards);
    }
    if (next.what == step::kind::refresh) {
        refresh_ = started = make_flight(action::refresh);
        refresh_->for_whom = this;
        next = {step::kind::wait, deadline()};
    }
    pending_ = next;
}

std::shared_ptr<flight> recovery::make_flight(action act) const
{
    auto made = std::make_shared<flight>(flight{account_ref{account_}, act});
    made->what = meaning_.what;
    made->attempt = attempts();
    made->number = meaning_.number;
    made->context = about_->context;
    made->message = failure_.message;
    made->method = about_->method;
    made->settle = settle_;
    made->timeout = action_timeout_;
    return made;
}

void recovery::attempt_succeeded()
{
    now_ = manager_.time().now();
    {
        locked_account const locked{account_};
        succeeded(now_);
    }
    if (failures() != 0 || planted(bug::success_told))
        tell(event_kind::recovered, between(first_failure_, now_));
}

void recovery::give_up_cancelled()
{
    bool const waited = must_wait();
    now_ = manager_.time().now();
    if (waited)
        waited_ = sum(waited_, between(waiting_since_, now_));
    {
        locked_account const locked{account_};
        cancelled(now_);
    }
    if (failures() == 0)
        return;
    event told = event_of(event_kind::cancelled);
    told.result = waited ? action_result::cancelled : action_result::none;
    told.delay = between(first_failure_, now_);
    manager_.publish(told);
}

std::optional<time_point> recovery::attempt_ends() const
{
    if (about_->attempt_timeout <= milliseconds{0})
        return std::nullopt;
    return std::min(later(now_, about_->attempt_timeout), deadline());
}

outcome_facts recovery::facts() const
{
    outcome_facts all;
    all.why = why();
    all.what = last_category();
    all.delivered = worst_delivery();
    all.attempts = attempts();
    all.waited = waited_;
    all.elapsed = first_trouble_ ? between(*first_trouble_, now_) : milliseconds{0};
    if (all.why == stop_reason::none)
        return all;
    if (failures() != 0)
        all.retry_at = meaning_.retry_at;
    if (auto const moment = retry_at()) {
        auto const wall = on_wall(manager_.time().wall(), now_, *moment);
        all.retry_at = all.retry_at ? std::max(*all.retry_at, wall) : wall;
    }
    return all;
}

event recovery::event_of(event_kind kind) const
{
    event told;
    told.kind = kind;
    auto const [id, phone] = account_.names();
    told.account_id = id;
    told.phone = phone;
    told.method = about_->method;
    told.context = about_->context;
    told.peer = about_->peer;
    told.operation = operation_;
    told.attempt = attempts();
    told.what = last_category();
    told.act = decided().act;
    told.where = meaning_.where;
    told.delivered = meaning_.delivered;
    told.why = why();
    return told;
}

void recovery::tell(event_kind kind, milliseconds delay)
{
    event told = event_of(kind);
    told.delay = delay;
    manager_.publish(told);
}

void recovery::tell_failure(milliseconds delay)
{
    auto const failure_event = [&](event_kind kind) {
        event told = event_of(kind);
        told.attempt = failed_attempt_;  // the next may have begun already
        told.why = stop_reason::none;
        return told;
    };
    event told = failure_event(event_kind::attempt_failed);
    told.code = failure_.code;
    told.message = failure_.message;
    told.unknown_name = unknown_name_;
    told.delay = delay;
    manager_.publish(told);
    if (auto const& held = decided().held) {
        told = failure_event(event_kind::held);
        told.where = held->where;
        told.delay = between(now_, held->until);
        manager_.publish(told);
    }
    if (decided().callback_missing) {
        told = failure_event(event_kind::action_ended);
        told.result = action_result::missing;
        told.message = "no callback is registered";
        manager_.publish(told);
    }
    if (decided().unidentified_repeat) {
        told = failure_event(event_kind::unidentified_repeat);
        manager_.publish(told);
    }
}

void recovery::tell_complaint(complaint_listener const& complaints)
{
    if (!complaints.heard())
        return;
    event told = event_of(event_kind::user_code_failed);
    told.message = *complaints.heard();
    manager_.publish(told);
}

/// What the step just taken means to those who watch.
void recovery::tell_step()
{
    if (auto const& quarantined = decided().quarantined) {
        event told = event_of(event_kind::quarantined);
        told.what = decided().quarantine_because;
        told.where = quarantined->where;
        told.delay = between(now_, quarantined->until);
        manager_.publish(told);
    }
    switch (pending_.what) {
    case step::kind::attempt:
        waited_ = sum(waited_, between(waiting_since_, now_));
        if (attempts() > 1)
            tell(event_kind::retrying);
        break;
    case step::kind::wait:
        if (!std::exchange(told_waiting_, true))
            tell(event_kind::waiting, pending_.until == time_point::max() ? milliseconds{0} : between(now_, pending_.until));
        break;
    case step::kind::give_up: {
        waited_ = sum(waited_, between(waiting_since_, now_));
        event told = event_of(failures() != 0 ? event_kind::gave_up : event_kind::refused);
        told.retry_at = facts().retry_at;
        told.delay = failures() != 0 ? between(first_failure_, now_) : milliseconds{0};
        told.message = failure_.message;
        manager_.publish(told);
        break;
    }
    case step::kind::recover:
    case step::kind::refresh:
        break;
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
