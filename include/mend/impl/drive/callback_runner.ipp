// Carries out the runs of an account's callbacks, each on a strand of its own.
#pragma once

#include <mend/impl/drive/callback_runner.hpp>

#include <mend/detail/own_shortage.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/impl/classify/user_error_scope.hpp>
#include <mend/impl/drive/callback_call.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

/// Carries out the steps of the run's machine, and reports the results to it.
class callback_runner {
public:
    explicit callback_runner(std::shared_ptr<account_run> run)
        : run_{std::move(run)}, account_{*run_->account}, manager_{account_.manager()}, place_{manager_.time(), account_.lock()},
          is_probe_{run_->order.is_probe()}, act_{run_->order.act}, published_act_{act_}
    {
        time_point const now = manager_.time().now();
        locked_account locked{account_, locked_account::quiet};
        run_->place = &place_;
        run_->launched = now;
    }

    // Also runs if the io_context is destroyed in the middle: the account must not wait for ever.
    ~callback_runner()
    {
        manager_.slots().give_back(*run_);
        locked_account locked{account_, locked_account::quiet};
        run_->place = nullptr;
        if (!run_->ended)
            run_->call_off(locked);
    }

    callback_runner(callback_runner const&) = delete;
    callback_runner& operator=(callback_runner const&) = delete;

    asio::awaitable<void> run()
    {
        using kind = callback_machine::step::kind;
        manager_.note_executor_runs();
        for (;;) {
            callback_machine::step const step = next();
            switch (step.what) {
            case kind::take_slot:
                (void)manager_.slots().take(run_);
                break;
            case kind::give_slot:
                start(manager_.time().now());
                manager_.slots().give_back(*run_);
                break;
            case kind::disconnect:
                call(callback_key::disconnect);
                break;
            case kind::call:
                call(is_probe_ ? callback_key::probe : key_of(act_));
                break;
            case kind::cancel:
                call_->cancel();
                break;
            case kind::abandon:
                abandon();
                break;
            case kind::wait:
                co_await place_.wait(step.until);
                break;
            case kind::end:
                if (!conclude())
                    co_return;
                break;
            }
        }
    }

private:
    callback_machine::step next()
    {
        bool const disconnects = static_cast<bool>(account_.callback(callback_key::disconnect));
        time_point const now = manager_.time().now();
        bool forced = false;
        callback_machine::step step{};
        {
            locked_account locked{account_, now};
            place_.prepare();
            run_->begun = true;
            bool const has_slot = manager_.slots().has_slot(*run_);  // after prepare(): a slot granted later notifies
            recovery_state& state = locked.state();
            step = run_->machine.next(state, has_slot, disconnects, now);
            if (state.waits_to_be_let_out())  // if first in the queue, it hands out the others' turns
                step.until = std::min(step.until, state.admission.outage_moment());
            act_ = run_->order.act;
            if (run_->order.is_recovery()) {
                state.recovery_is_ready = run_->machine.is_ready();
                state.recovery_calls = run_->machine.calls();
            }
            bool const recovers = step.what == callback_machine::step::kind::call && strength(act_) != 0;
            state.to_server.takes_step = recovers;
            state.to_server.rotated = recovers && act_ == action::rotate_proxy && state.outage.of_server();
            forced = run_->machine.wants_slot() && !has_slot && state.admission.callback_waits_for_recovery();
        }
        if (forced && step.what == callback_machine::step::kind::wait) {  // that callback may hold the slot
            manager_.slots().force(*run_);
            step.until = now;
        }
        return step;
    }

    /// Publishes that the run has begun, or that it continues as another action.
    void start(time_point now)
    {
        if (is_probe_ || (began_ && published_act_ == act_))
            return;
        if (began_) {
            event record = run_->event_of(published_act_, event_kind::action_ended);
            record.result = action_result::cancelled;
            record.message = "another recovery runs in its place";
            manager_.publish(record);
        } else {
            began_ = now;
        }
        published_act_ = act_;
        publish(event_kind::action_started);
    }

    void publish(event_kind kind)
    {
        event record = run_->event_of(act_, kind);
        manager_.publish(record);
    }

    void call(callback_key key)
    {
        start(manager_.time().now());
        registered_callback callback = account_.callback(key);
        thrown_ = nullptr;
        if (!callback) {  // it was removed after the run began
            thrown_ = std::make_exception_ptr(std::runtime_error{"the callback was removed before its turn came"});
            locked_account locked{account_, locked_account::quiet};
            run_->machine.ended(true);
            return;
        }
        asio::any_io_executor const executor = callback.executor ? callback.executor : manager_.executor();
        callback_order order = [&] {
            locked_account locked{account_, locked_account::quiet};
            return run_->order;
        }();
        order.act = act_;
        call_ = std::make_shared<callback_call>(run_, std::move(order), std::move(callback),
                                                executor);  // without the lock: it is user code
        {
            locked_account locked{account_, locked_account::quiet};
            run_->where = call_->where();
        }
        call_->start();
    }

    void abandon()
    {
        {
            locked_account locked{account_, locked_account::quiet};
            call_->abandon(locked);
        }
        event record = run_->event_of(published_act_, event_kind::callback_overdue);
        manager_.publish(record);
    }

    /// Handles the end of the run. Returns false if the run is over.
    bool conclude()
    {
        manager_.slots().give_back(*run_);
        action_result const result = run_->machine.result();
        if (call_ != nullptr) {
            locked_account locked{account_, locked_account::quiet};
            if (thrown_ == nullptr && result == action_result::failed)
                thrown_ = call_->thrown(locked);
            run_->where = {};
        }
        call_.reset();

        // Reads the settings once, so that describing and classifying agree. User code runs here, without a lock.
        std::shared_ptr<settings const> const deciding = manager_.current();
        failure described;
        classification meaning;
        if (thrown_ != nullptr) {
            user_error_scope user_errors;
            described = deciding->rules.failure_of(thrown_);
            name_method(described);
            meaning = deciding->rules.classify(described);
            if (user_errors.first()) {
                event record = run_->event_of(act_, event_kind::user_code_failed);
                record.message = *user_errors.first();
                manager_.publish(record);
            }
        }
        time_point const now = manager_.time().now();
        if (began_) {
            event record = run_->event_of(published_act_, event_kind::action_ended);
            record.result = result;
            record.message = described.message;
            record.delay = between(*began_, now);
            manager_.publish(record);
            began_.reset();
        }
        classification const* const said = thrown_ != nullptr ? &meaning : nullptr;
        recovery_state::callback_report const report{run_->order,
                                                     published_act_,
                                                     run_->asked_for,
                                                     result,
                                                     said,
                                                     &deciding->policies[meaning.what],
                                                     thrown_ != nullptr && is_own_shortage(described),
                                                     manager_.random(),
                                                     first_failed_ ? *first_failed_ : now};
        if (is_probe_)
            return end_probe(report, described.message, now);
        return strength(act_) != 0 ? end_recovery(report, described.message, now) : end_refresh(report, described.message, now);
    }

    bool end_probe(recovery_state::callback_report const& report, std::string const& message, time_point now)
    {
        event record = run_->event_of(act_, event_kind::probing);
        record.result = report.result;
        record.message = message;
        recovery_state::callback_decision decision;
        {
            locked_account locked{account_, now};
            account_trouble& trouble = locked.trouble();
            record.outage = trouble.state.outage.of_server() ? outage_extent::server : outage_extent::account;
            run_->ended = true;
            trouble.probe.reset();
            decision = trouble.state.probe_callback_ended(report, manager_.limits().relogins_per_day, now);
        }
        record.server = account_.server().name();
        manager_.publish(record);
        publish_lessons(decision, report, message, now);
        return false;
    }

    bool end_refresh(recovery_state::callback_report const& report, std::string const& message, time_point now)
    {
        recovery_state::callback_decision decision;
        {
            locked_account locked{account_, now};
            if (report.meaning != nullptr)
                decision = locked.state().callback_failed(report, manager_.limits().relogins_per_day, now);
            run_->ended = true;
            if (run_->for_whom != nullptr)
                run_->for_whom->wake();
        }
        publish_lessons(decision, report, message, now);
        return false;
    }

    bool end_recovery(recovery_state::callback_report const& report, std::string const& message, time_point now)
    {
        recovery_state::callback_decision decision;
        std::optional<recovery_decision> follows;
        category what_follows = category::unknown;
        unsigned const per_day = manager_.limits().relogins_per_day;
        {
            locked_account locked{account_, now};
            account_trouble& trouble = locked.trouble();
            recovery_state& state = trouble.state;
            bool const succeeded = report.result == action_result::succeeded;
            if (succeeded)
                state.outage.on_recovery(run_->order.act, state.successes);
            else if (report.result != action_result::cancelled)
                decision = state.callback_failed(report, per_day, now);
            else
                state.postpone(run_->as_asked(), now);
            if (decision.stays_owed) {
                if (!first_failed_)
                    first_failed_ = now;
                if (state.begun_by != nullptr && run_->order.act != action::relogin && !report.own_shortage)
                    state.begun_by->charge_retry();
                if (state.outage.of_server())
                    state.begun_by = nullptr;  // one retry: the others are the server's fault, and owed by the account
            }
            if (decision.again) {
                run_->asked_for = decision.stronger.value_or(run_->asked_for);
                run_->order.act = state.escalated(run_->asked_for, run_->order.what, run_->order.escalate_after);
                state.admission.begin_recovery(run_->order.act);
                run_->machine.again();
                state.recovery_is_ready = state.recovery_calls = false;
            } else {
                run_->ended = true;
                trouble.recovery.reset();
                what_follows = state.owed ? state.owed->what : category::unknown;
                follows = state.finish(run_->order, succeeded, per_day, now, run_->asked_for);
            }
        }
        publish_lessons(decision, report, message, now);
        if (follows && follows->what == recovery_decision::kind::over_budget) {
            event record = run_->event_of(act_, event_kind::quarantined);
            record.act = action::relogin;
            record.what = what_follows;
            record.delay = between(now, follows->until);
            manager_.publish(record);
        }
        return decision.again;
    }

    void publish_lessons(recovery_state::callback_decision const& decision, recovery_state::callback_report const& report,
                         std::string const& message, time_point now)
    {
        auto const publish_one = [&](event_kind kind, admission_control::held const& held, category what) {
            event record = run_->event_of(act_, kind);
            record.what = what;
            record.where = held.where;
            record.delay = between(now, held.until);
            record.message = message;
            record.repeated = held.repeated;
            manager_.publish(record);
        };
        if (decision.held)
            publish_one(event_kind::held, *decision.held, report.meaning->what);
        if (decision.quarantined)
            publish_one(event_kind::quarantined, *decision.quarantined, decision.because);
    }

    std::shared_ptr<account_run> run_;
    account_core& account_;
    manager_core& manager_;
    wait_place place_;
    std::shared_ptr<callback_call> call_;
    bool const is_probe_;
    action act_;                    // when the machine was asked last
    action published_act_;               // as published
    std::optional<time_point> began_;
    std::optional<time_point> first_failed_;
    std::exception_ptr thrown_;
};

asio::awaitable<void> carry_out(std::unique_ptr<callback_runner> runner)
{
    co_await runner->run();
}

}  // namespace

void launch_order(account_core& account, callback_order order) noexcept
{
    action const act = order.act;
    std::shared_ptr<account_run> run;
    try {
        {
            locked_account locked{account, locked_account::quiet};
            account_trouble& trouble = locked.trouble();
            run = std::make_shared<account_run>(account, locked, std::move(order));
            (run->order.is_probe() ? trouble.probe : trouble.recovery) = run;
            if (locked.stamp().closed())
                run->machine.stop();
        }
        launch(run);
    } catch (...) {  // out of memory: an operation that waits for the run must not wait for ever
        locked_account locked{account, locked_account::quiet};
        if (run != nullptr && run->ended)  // ended by its runner
            return;
        if (run != nullptr)
            run->call_off(locked);
        else
            locked.state().call_off(act);  // nothing has run: operations that need it request it again
    }
}

void launch(std::shared_ptr<account_run> run)
{
    asio::any_io_executor const executor = asio::make_strand(run->account->manager().executor());
    // The runner is made before its coroutine runs, so that the run ends even if the io_context is destroyed first.
    asio::co_spawn(executor, carry_out(std::make_unique<callback_runner>(std::move(run))), [](std::exception_ptr) {});
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
