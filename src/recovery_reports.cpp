// What an operation in trouble tells those that watch.
#include <mend/detail/recovery.hpp>

#include <mend/detail/complaint.hpp>
#include <mend/detail/flight.hpp>

#include <string>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// A callback of another account that waits for this account's recovery while it has the last slot would wait for itself. The
/// recovery gets a slot beyond the limit; that it was needed is told by name.
void recovery::tell_of_blocked_callback()
{
    if (!is_in_callback() || !must_wait() || told_blocked_ || manager_.has_free_slot())
        return;
    {
        locked_account locked{account_};
        locked.be_quiet();
        account_extra* const extra = locked.existing_extra();
        if (extra == nullptr || extra->recovery == nullptr)
            return;
        extra->recovery->look_again();
    }
    told_blocked_ = true;
    std::string const sentence = "a callback of account \"" + inside_ + "\" waits for the recovery of account \"" +
                                 std::string{account_.id()} + "\", and max_concurrent_recoveries leaves no slot for that";
    event told = event_of(event_kind::user_code_failed);
    told.message = sentence;
    manager_.publish(told);
}

/// The manager owns no thread, so that it cannot notice by itself that nobody runs its executor. This operation runs on another
/// one, and waits.
void recovery::tell_idle_executor()
{
    milliseconds waited{0};
    action act = action::retry;
    {
        locked_account locked{account_};
        locked.be_quiet();
        auto const idle = idle_callback(locked);
        looks_for_callback_at_ = time_point::max();
        if (idle == nullptr || !idle->launched || later(*idle->launched, idle_patience) > now_)
            return;
        waited = between(*idle->launched, now_);
        act = idle->order.act;
    }
    told_idle_ = true;
    if (!manager_.note_executor_idle())
        return;
    event told = event_of(event_kind::executor_idle);
    told.act = act;
    told.delay = waited;
    told.message = "the callback waits for the executor that the recovery_manager was made with: is its io_context running?";
    manager_.publish(told);
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
    told.code = code_;
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

void recovery::tell_failure()
{
    auto const failure_event = [&](event_kind kind) {
        event told = event_of(kind);
        told.attempt = failed_attempt_;  // the next may have begun already
        told.why = stop_reason::none;
        return told;
    };
    event told = failure_event(event_kind::attempt_failed);
    told.message = failure_.message;
    told.unknown_name = unknown_name_;
    told.delay = decided().delay;
    told.hold = decided().hold;
    told.why = why();
    told.is_wall = decided().held || decided().quarantined;
    if (attempt_began_)
        told.took = between(*attempt_began_, now_);
    if (decided().callback_missing)
        told.result = action_result::missing;
    manager_.publish(told);
    if (auto const& held = decided().held) {
        told = failure_event(event_kind::held);
        told.where = held->where;
        told.delay = between(now_, held->until);
        told.message = failure_.message;
        told.repeated = held->repeated;
        manager_.publish(told);
    }
    if (decided().callback_missing) {
        told = failure_event(event_kind::action_ended);
        told.result = action_result::missing;
        told.message = "no callback is registered";
        told.repeated = account_.is_known_to_lack(decided().act);
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

/// Once after each failure; and once more where a hold of others follows its own wait.
void recovery::tell_wait()
{
    auto const parts = parts_of_wait(now_);
    bool const hold_is_new = parts.hold > milliseconds{0} && !std::exchange(told_hold_, true);
    if (std::exchange(told_waiting_, true) && !hold_is_new)
        return;
    event told = event_of(event_kind::waiting);
    told.delay = parts.all;
    told.hold = parts.hold;
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
        told.message = failure_.message;
        told.repeated = quarantined->repeated;
        manager_.publish(told);
    }
    switch (pending_.what) {
    case step::kind::attempt:
        waited_ = sum(waited_, between(waiting_since_, now_));
        attempt_began_ = now_;
        if (attempts() > 1)
            tell(event_kind::retrying);
        break;
    case step::kind::wait:
        tell_wait();
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
    case step::kind::refresh:
        break;
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
