// The events that an operation in trouble publishes.
#pragma once

#include <mend/detail/operation_driver.hpp>
#include <mend/impl/classify/user_error_scope.hpp>
#include <mend/impl/drive/callback_runner.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <string>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// A callback of another account that holds the last slot while it waits for this account's recovery would never end. The
/// recovery gets a slot beyond the limit, and an event reports that, with the names of both accounts.
void operation_driver::publish_blocked_callback()
{
    if (!is_in_callback() || !must_wait() || published_block_ || manager_.slots().any_free())
        return;
    {
        locked_account locked{account_, locked_account::quiet};
        account_trouble* const trouble = locked.existing_trouble();
        if (trouble == nullptr || trouble->recovery == nullptr)
            return;
        trouble->recovery->look_again(locked);
    }
    published_block_ = true;
    std::string const sentence = "a callback of account \"" + inside_ + "\" waits for the recovery of account \"" +
                                 std::string{account_.id()} + "\", and max_concurrent_recoveries leaves no slot for that";
    event record = event_of(event_kind::user_code_failed);
    record.message = sentence;
    manager_.publish(record);
}

/// The manager owns no thread, so it cannot notice that its executor is not running. This operation runs on another executor, and
/// waits.
void operation_driver::publish_idle_executor()
{
    milliseconds waited{0};
    action act = action::retry;
    {
        locked_account locked{account_, locked_account::quiet};
        auto const idle = idle_callback(locked);
        looks_for_callback_at_ = time_point::max();
        if (idle == nullptr || !idle->launched || later(*idle->launched, idle_patience) > now_)
            return;
        waited = between(*idle->launched, now_);
        act = idle->order.act;
    }
    published_idle_ = true;
    if (!manager_.note_executor_idle())
        return;
    event record = event_of(event_kind::executor_idle);
    record.act = act;
    record.delay = waited;
    record.message = "the callback waits for the executor that the recovery_manager was made with: is its io_context running?";
    manager_.publish(record);
}

event operation_driver::event_of(event_kind kind) const
{
    event record = account_.event_of(kind);
    record.method = about_->method;
    record.context = about_->context;
    record.peer = about_->peer;
    record.operation = operation_;
    record.attempt = attempts();
    record.code = code_;
    record.what = last_category();
    record.act = decided().act;
    record.where = meaning_.where;
    record.delivered = meaning_.delivered;
    record.why = why();
    return record;
}

void operation_driver::publish(event_kind kind, milliseconds delay)
{
    event record = event_of(kind);
    record.delay = delay;
    manager_.publish(record);
}

void operation_driver::publish_failure()
{
    auto const failure_event = [&](event_kind kind) {
        event record = event_of(kind);
        record.attempt = failed_attempt_;  // the next attempt may already have begun
        record.why = stop_reason::none;
        return record;
    };
    event record = failure_event(event_kind::attempt_failed);
    record.message = failure_.message;
    record.unknown_name = unknown_name_;
    record.delay = decided().delay;
    record.hold = decided().hold;
    record.why = why();
    record.is_wall = decided().held || decided().quarantined;
    if (attempt_began_)
        record.took = between(*attempt_began_, now_);
    if (decided().callback_missing)
        record.result = action_result::missing;
    manager_.publish(record);
    if (auto const& held = decided().held) {
        record = failure_event(event_kind::held);
        record.where = held->where;
        record.delay = between(now_, held->until);
        record.message = failure_.message;
        record.repeated = held->repeated;
        manager_.publish(record);
    }
    if (decided().callback_missing) {
        record = failure_event(event_kind::action_ended);
        record.result = action_result::missing;
        record.message = "no callback is registered";
        record.repeated = account_.is_known_to_lack(decided().act);
        manager_.publish(record);
    }
    if (decided().unidentified_repeat) {
        record = failure_event(event_kind::unidentified_repeat);
        manager_.publish(record);
    }
}

void operation_driver::publish_user_error(user_error_scope const& user_errors)
{
    if (!user_errors.first())
        return;
    event record = event_of(event_kind::user_code_failed);
    record.message = *user_errors.first();
    manager_.publish(record);
}

/// Publishes once after each failure, and once more if a hold set by others follows the operation's own wait.
void operation_driver::publish_wait()
{
    auto const parts = parts_of_wait(now_);
    bool const hold_is_new = parts.hold > milliseconds{0} && !std::exchange(published_hold_, true);
    if (std::exchange(published_wait_, true) && !hold_is_new)
        return;
    event record = event_of(event_kind::waiting);
    record.delay = parts.all;
    record.hold = parts.hold;
    manager_.publish(record);
}

void operation_driver::publish_step()
{
    if (auto const& quarantined = decided().quarantined) {
        event record = event_of(event_kind::quarantined);
        record.what = decided().quarantine_because;
        record.where = quarantined->where;
        record.delay = between(now_, quarantined->until);
        record.message = failure_.message;
        record.repeated = quarantined->repeated;
        manager_.publish(record);
    }
    switch (pending_.what) {
    case step::kind::attempt:
        waited_ = sum(waited_, between(waiting_since_, now_));
        attempt_began_ = now_;
        if (attempts() > 1)
            publish(event_kind::retrying);
        break;
    case step::kind::wait:
        publish_wait();
        break;
    case step::kind::give_up: {
        waited_ = sum(waited_, between(waiting_since_, now_));
        event record = event_of(failures() != 0 ? event_kind::gave_up : event_kind::refused);
        record.retry_at = facts().retry_at;
        record.delay = failures() != 0 ? between(first_failure_, now_) : milliseconds{0};
        record.message = failure_.message;
        manager_.publish(record);
        break;
    }
    case step::kind::refresh:
        break;
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
