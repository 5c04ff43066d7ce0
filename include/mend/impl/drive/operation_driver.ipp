// Drives an operation after its first trouble: connects the machine that decides with the coroutine that runs attempts.
#pragma once

#include <mend/detail/operation_driver.hpp>

#include <mend/detail/own_shortage.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/impl/classify/rule_access.hpp>
#include <mend/impl/classify/standard_exceptions.hpp>
#include <mend/impl/classify/user_error_scope.hpp>
#include <mend/impl/drive/callback_runner.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

constexpr call nothing_known{};

// FLOOD_WAIT_0 counts as 1 s, and so does a moment that has already passed: clocks differ.
constexpr milliseconds shortest_told_wait{1000};

// Counts across all managers: an observer may watch several.
std::atomic<std::uint64_t> operations_in_trouble{0};

recovery_state& join(account_core& account)
{
    locked_account locked{account, locked_account::quiet};
    ++locked.trouble().users;
    return locked.state();
}

operation_limits limits_for(manager_core const& manager, bool knows_its_attempt) noexcept
{
    operation_limits limits = manager.limits();
    limits.knows_its_attempt = knows_its_attempt;
    return limits;
}

}  // namespace

operation_driver::operation_driver(account_core& account, call const* about, attempt const* which)
    : operation_machine{join(account),
                        limits_,
                        about != nullptr ? std::string_view{about->method} : std::string_view{},
                        about != nullptr ? about->peer : 0,
                        about != nullptr && about->reply,
                        about != nullptr ? about->deadline.value_or(time_point::max()) : time_point::max()},
      manager_{account.manager()}, account_{account}, about_{about != nullptr ? about : &nothing_known},
      limits_{limits_for(manager_, which != nullptr)}, which_{which}, place_{manager_.time(), account.lock()}
{
    if (about_->in_recovery)
        set_in_recovery();
}

operation_driver::~operation_driver()
{
    time_point const now = manager_.time().now();
    locked_account locked{account_, now};
    cancelled(now);  // no effect once it has ended; leaves every queue if the io_context is being destroyed
    if (refresh_ != nullptr) {
        refresh_->for_whom = nullptr;
        refresh_->request_stop(locked);
    }
    --locked.trouble().users;
}

void operation_driver::recognise(asio::any_io_executor const& where)
{
    {
        locked_account locked{account_, locked_account::quiet};
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
            for (auto const* run : {trouble->recovery.get(), trouble->probe.get()}) {
                if (run != nullptr && run->where && run->where == where)
                    set_in_recovery();
            }
        }
    }
    if (is_in_recovery())
        return;
    if (auto const owner = manager_.running().account_on(where); owner && *owner != account_.id()) {
        set_in_callback();
        inside_ = *owner;
    }
}

/// Returns whether the operation may be repeated after it may have been sent.
bool operation_driver::is_idempotent() const noexcept
{
    if (about_->idempotent)
        return *about_->idempotent;
    if (auto const general = manager_.idempotent())
        return *general;
    bool const sends_one_id = which_ != nullptr && attempt_access::asked_for_id(*which_);
    return sends_one_id || !puts_message(about_->method);
}

void operation_driver::begin()
{
    now_ = waiting_since_ = manager_.time().now();
    first_trouble_ = now_;
    operation_ = ++operations_in_trouble;
    locked_account::aftermath after;
    {
        locked_account locked{account_, now_};
        place_.prepare();
        (void)follow(start(now_), locked);  // no refresh: nothing has failed
        after = locked.finish();
    }
    after.operation = operation_;
    publish_step();
    deliver(account_, after);
    publish_blocked_callback();
}

void operation_driver::attempt_failed(std::exception_ptr thrown)
{
    failure described;
    described.exception = std::move(thrown);
    attempt_failed(std::move(described));
}

void operation_driver::attempt_timed_out()
{
    failure late;
    late.error = std::make_error_code(std::errc::timed_out);
    late.message = "the attempt outlived attempt_timeout";
    late.exception = std::make_exception_ptr(asio_system_error{asio::error::timed_out, late.message});
    late.known = category::connection;
    late.delivered = delivery::unknown;
    attempt_failed(std::move(late));
}

void operation_driver::attempt_failed(failure described, error_value error)
{
    // User code (rules, or a test's clock) runs here, before the lock is taken. The settings are read once.
    std::shared_ptr<settings const> const deciding = manager_.current();
    user_error_scope user_errors;
    if (described.exception != nullptr && described.message.empty() && described.code == 0 && !described.error) {
        failure read = deciding->rules.failure_of(described.exception);
        keep_stated(described, read);
        described = std::move(read);
    } else if (auto read = rule_access::read_value(deciding->rules, error)) {
        described = std::move(*read);
    }
    failure_ = std::move(described);
    name_method(failure_);
    meaning_ = deciding->rules.classify(failure_);
    unknown_name_ = deciding->rules.unknown_name(failure_);
    code_ = failure_.code != 0 ? failure_.code : error_text::parse(failure_.message).code;
    if (meaning_.retry_at && !meaning_.retry_after)  // a named moment is a told wait
        meaning_.retry_after = std::max(between(manager_.time().wall(), *meaning_.retry_at), shortest_told_wait);
    policy const& chosen = deciding->policies[meaning_.what];
    limits_.idempotent = is_idempotent();
    double const random = manager_.random();
    now_ = manager_.time().now();
    waiting_since_ = now_;
    if (failures() == 0) {
        if (operation_ == 0)
            operation_ = ++operations_in_trouble;
        first_failure_ = now_;
        if (!first_trouble_)
            first_trouble_ = now_;
    }
    published_wait_ = published_hold_ = false;
    failed_attempt_ = attempts();

    std::shared_ptr<account_run> refreshing;
    locked_account::aftermath after;
    {
        locked_account locked{account_, now_};
        place_.prepare();
        refreshing = follow(failed({meaning_, chosen, random, is_own_shortage(failure_), failure_.method}, now_), locked);
        after = locked.finish();
    }
    after.operation = operation_;
    after.code = code_;
    publish_user_error(user_errors);
    publish_failure();
    publish_step();
    deliver(account_, after);
    if (refreshing != nullptr)
        launch(std::move(refreshing));
    publish_blocked_callback();
}

void operation_driver::resume()
{
    now_ = manager_.time().now();
    if (now_ >= looks_for_callback_at_)
        publish_idle_executor();
    std::shared_ptr<account_run> refreshing;
    std::shared_ptr<account_run> done;
    locked_account::aftermath after;
    {
        locked_account locked{account_, now_};
        place_.prepare();
        if (refresh_ != nullptr && refresh_->ended) {
            done = std::exchange(refresh_, nullptr);
            refreshing = follow(refreshed(now_), locked);
        } else {
            refreshing = follow(operation_machine::resume(now_), locked);
        }
        after = locked.finish();
    }
    after.operation = operation_;
    publish_step();
    deliver(account_, after);
    if (refreshing != nullptr)
        launch(std::move(refreshing));
}

/// Stores the step, and creates the refresh that it may request.
std::shared_ptr<account_run> operation_driver::follow(step next, locked_account& locked)
{
    bool const refreshes = next.what == step::kind::refresh;
    if (refreshes) {
        refresh_ = std::make_shared<account_run>(account_, locked, order(action::refresh));
        refresh_->for_whom = this;
        next = {step::kind::wait, deadline()};
    }
    pending_ = next;
    looks_for_callback_at_ = look_for_callback_at(locked);
    return refreshes ? refresh_ : nullptr;
}

/// Returns the callback that the account or the operation waits for, if the manager's executor has not begun it.
std::shared_ptr<callback_run> operation_driver::idle_callback(locked_account const& locked) const
{
    using run_ptr = std::shared_ptr<callback_run>;
    account_trouble const* const trouble = locked.existing_trouble();
    for (run_ptr const& run : {trouble != nullptr ? trouble->recovery : run_ptr{},
                               trouble != nullptr ? trouble->probe : run_ptr{}, run_ptr{refresh_}}) {
        if (run != nullptr && !run->begun && !run->ended)
            return run;
    }
    return nullptr;
}

/// A callback that is launched when the lock is released counts from now.
time_point operation_driver::look_for_callback_at(locked_account const& locked) const
{
    if (!must_wait() || published_idle_ || !waits_for_callback())
        return time_point::max();
    if (auto const idle = idle_callback(locked); idle != nullptr && idle->launched)
        return later(*idle->launched, idle_patience);
    account_trouble const* const trouble = locked.existing_trouble();
    bool const runs = trouble != nullptr && (trouble->recovery != nullptr || trouble->probe != nullptr);
    return runs ? time_point::max() : later(now_, idle_patience);
}

callback_order operation_driver::order(action act) const
{
    callback_order about;
    about.attempt = attempts();
    about.number = meaning_.number;
    about.context = about_->context;
    about.message = failure_.message;
    about.method = about_->method;
    about.operation = operation_;
    about.code = code_;
    return order_for(act, last_category(), plan(), std::move(about));
}

void operation_driver::attempt_succeeded()
{
    now_ = manager_.time().now();
    locked_account::aftermath after;
    {
        locked_account locked{account_, now_};
        succeeded(now_);
        after = locked.finish();
    }
    after.operation = operation_;
    if (failures() != 0)
        publish(event_kind::recovered, between(first_failure_, now_));
    deliver(account_, after);
}

void operation_driver::give_up_cancelled()
{
    bool const waited = must_wait();
    now_ = manager_.time().now();
    if (waited)
        waited_ = sum(waited_, between(waiting_since_, now_));
    {
        locked_account const locked{account_, now_};
        cancelled(now_);
    }
    if (failures() == 0)
        return;
    event record = event_of(event_kind::cancelled);
    record.result = waited ? action_result::cancelled : action_result::none;
    record.delay = between(first_failure_, now_);
    manager_.publish(record);
}

std::optional<time_point> operation_driver::end_of_attempt(account_core const& account, call const* about, time_point now)
{
    milliseconds limit = account.manager().limits().attempt_timeout;
    if (about != nullptr && about->attempt_timeout > milliseconds{0})
        limit = about->attempt_timeout;
    if (limit <= milliseconds{0})
        return std::nullopt;
    return std::min(later(now, limit), about != nullptr ? about->deadline.value_or(time_point::max()) : time_point::max());
}

outcome_facts operation_driver::facts() const
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
    if (failures() != 0 && all.why != stop_reason::quarantined)  // a quarantine has its own end, or none
        all.retry_at = meaning_.retry_at;
    if (auto const moment = retry_at()) {
        auto const wall = on_wall(manager_.time().wall(), now_, *moment);
        all.retry_at = all.retry_at ? std::max(*all.retry_at, wall) : wall;
    }
    return all;
}

shared_failure operation_driver::take_failure() noexcept
{
    if (failures() == 0)
        return {};
    try {
        return shared_failure{std::move(failure_)};
    } catch (std::bad_alloc const&) {  // the result is kept even if its description is lost
        return {};
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
