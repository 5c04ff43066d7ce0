// Carries a flight out, on a strand of its own.
#include <mend/detail/flight.hpp>

#include "callback_run.hpp"

#include <mend/detail/complaint.hpp>
#include <mend/detail/method_name.hpp>
#include <mend/detail/own_shortage.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

/// `act` is passed apart: another thread may make the recovery a stronger one meanwhile.
event event_of(account_core const& account, callback_order const& order, action act, event_kind kind)
{
    event told;
    told.kind = kind;
    auto const [id, phone] = account.names();
    told.account_id = id;
    told.phone = phone;
    told.method = order.method;
    told.context = order.context;
    told.operation = order.operation;
    told.code = order.code;
    told.attempt = order.attempt;
    told.what = order.what;
    told.act = act;
    return told;
}

/// Carries a flight out: does what its machine says, and tells the machine what came of it.
class pilot {
public:
    explicit pilot(std::shared_ptr<flight> run)
        : flight_{std::move(run)}, account_{*flight_->account}, manager_{account_.manager()}, place_{manager_, account_.lock()},
          is_probe_{flight_->order.is_probe()}, act_{flight_->order.act}, told_act_{act_}
    {
        time_point const now = manager_.time().now();
        locked_account locked{account_};
        locked.be_quiet();
        flight_->runner = &place_;
        flight_->launched = now;
    }

    // Also when the io_context is destroyed in the middle: the account must not wait for ever.
    ~pilot()
    {
        manager_.give_slot_back(*flight_);
        locked_account locked{account_};
        locked.be_quiet();
        flight_->runner = nullptr;
        if (!flight_->ended)
            flight_->call_off(locked.extra());
    }

    pilot(pilot const&) = delete;
    pilot& operator=(pilot const&) = delete;

    asio::awaitable<void> fly()
    {
        using kind = callback_machine::step::kind;
        manager_.note_executor_runs();
        for (;;) {
            callback_machine::step const step = next();
            switch (step.what) {
            case kind::take_slot:
                (void)manager_.take_slot(flight_);
                break;
            case kind::give_slot:
                start(manager_.time().now());
                manager_.give_slot_back(*flight_);
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
            flight_->begun = true;
            bool const has_slot = manager_.owns_slot(*flight_);  // asked after prepare(): a slot that comes later kicks
            account_situation& situation = locked.situation();
            step = flight_->machine.next(situation, has_slot, disconnects, now);
            if (situation.waits_to_be_let_out())  // perhaps as the first in the queue, who sees to the others' turns
                step.until = std::min(step.until, situation.in_the_way.outage_moment());
            act_ = flight_->order.act;
            if (flight_->order.is_recovery()) {
                situation.recovery_is_ready = flight_->machine.is_ready();
                situation.recovery_calls = flight_->machine.calls();
            }
            bool const recovers = step.what == callback_machine::step::kind::call && strength(act_) != 0;
            situation.to_server.takes_step = recovers;
            situation.to_server.rotated = recovers && act_ == action::rotate_proxy && situation.outage.of_server();
            forced = flight_->machine.wants_slot() && !has_slot && situation.in_the_way.callback_waits_for_recovery();
        }
        if (forced && step.what == callback_machine::step::kind::wait) {  // that callback may have the very slot
            manager_.force_slot(*flight_);
            step.until = now;
        }
        return step;
    }

    /// The run has begun, as those that watch see it; or goes on as another action.
    void start(time_point now)
    {
        if (is_probe_ || (began_ && told_act_ == act_))
            return;
        if (began_) {
            event told = event_of(account_, flight_->order, told_act_, event_kind::action_ended);
            told.result = action_result::cancelled;
            told.message = "another recovery runs in its place";
            manager_.publish(told);
        } else {
            began_ = now;
        }
        told_act_ = act_;
        tell(event_kind::action_started);
    }

    void tell(event_kind kind)
    {
        event told = event_of(account_, flight_->order, act_, kind);
        manager_.publish(told);
    }

    void call(callback_key key)
    {
        start(manager_.time().now());
        registered_callback callback = account_.callback(key);
        thrown_ = nullptr;
        if (!callback) {  // there was one when the run began
            thrown_ = std::make_exception_ptr(std::runtime_error{"the callback was removed before its turn came"});
            locked_account locked{account_};
            locked.be_quiet();
            flight_->machine.ended(true);
            return;
        }
        asio::any_io_executor const executor = callback.executor ? callback.executor : manager_.executor();
        callback_order told = [&] {
            locked_account locked{account_};
            locked.be_quiet();
            return flight_->order;
        }();
        told.act = act_;
        call_ = std::make_shared<callback_run>(flight_, std::move(told), std::move(callback),
                                               executor);  // without the lock: it is user code
        {
            locked_account locked{account_};
            locked.be_quiet();
            flight_->where = call_->where();
        }
        call_->start();
    }

    void abandon()
    {
        {
            locked_account locked{account_};
            locked.be_quiet();
            call_->abandon();
        }
        event told = event_of(account_, flight_->order, told_act_, event_kind::callback_overdue);
        manager_.publish(told);
    }

    /// What came of it: false when the flight is over.
    bool conclude()
    {
        manager_.give_slot_back(*flight_);
        action_result const result = flight_->machine.result();
        if (call_ != nullptr) {
            locked_account locked{account_};
            locked.be_quiet();
            if (thrown_ == nullptr && result == action_result::failed)
                thrown_ = call_->thrown();
            flight_->where = {};
        }
        call_.reset();

        // The settings are read once: describing and classifying are to agree. User code runs here, without a lock.
        std::shared_ptr<settings const> const deciding = manager_.current();
        failure described;
        classification meaning;
        if (thrown_ != nullptr) {
            complaint_listener complaints;
            described = deciding->rules.failure_of(thrown_);
            name_method(described);
            meaning = deciding->rules.classify(described);
            if (complaints.heard()) {
                event told = event_of(account_, flight_->order, act_, event_kind::user_code_failed);
                told.message = *complaints.heard();
                manager_.publish(told);
            }
        }
        time_point const now = manager_.time().now();
        if (began_) {
            event told = event_of(account_, flight_->order, told_act_, event_kind::action_ended);
            told.result = result;
            told.message = described.message;
            told.delay = between(*began_, now);
            manager_.publish(told);
            began_.reset();
        }
        classification const* const said = thrown_ != nullptr ? &meaning : nullptr;
        account_situation::callback_report const report{flight_->order,
                                                        told_act_,
                                                        flight_->asked_for,
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

    bool end_probe(account_situation::callback_report const& report, std::string const& message, time_point now)
    {
        event told = event_of(account_, flight_->order, act_, event_kind::probing);
        told.result = report.result;
        told.message = message;
        account_situation::callback_ruling ruling;
        {
            locked_account locked{account_, now};
            account_extra& extra = locked.extra();
            told.outage = extra.situation.outage.of_server() ? outage_extent::server : outage_extent::account;
            flight_->ended = true;
            extra.probe.reset();
            ruling = extra.situation.probe_callback_ended(report, manager_.limits().relogins_per_day, now);
        }
        told.server = account_.server().name();
        manager_.publish(told);
        tell_lessons(ruling, report, message, now);
        return false;
    }

    bool end_refresh(account_situation::callback_report const& report, std::string const& message, time_point now)
    {
        account_situation::callback_ruling ruling;
        {
            locked_account locked{account_, now};
            if (report.meaning != nullptr)
                ruling = locked.situation().callback_failed(report, manager_.limits().relogins_per_day, now);
            flight_->ended = true;
            if (flight_->for_whom != nullptr)
                flight_->for_whom->wake();
        }
        tell_lessons(ruling, report, message, now);
        return false;
    }

    bool end_recovery(account_situation::callback_report const& report, std::string const& message, time_point now)
    {
        account_situation::callback_ruling ruling;
        std::optional<recovery_ruling> follows;
        category what_follows = category::unknown;
        unsigned const per_day = manager_.limits().relogins_per_day;
        {
            locked_account locked{account_, now};
            account_extra& extra = locked.extra();
            account_situation& situation = extra.situation;
            bool const succeeded = report.result == action_result::succeeded;
            if (succeeded)
                situation.outage.on_recovery(flight_->order.act, situation.successes);
            else if (report.result != action_result::cancelled)
                ruling = situation.callback_failed(report, per_day, now);
            else
                situation.postpone(flight_->as_asked(), now);
            if (ruling.stays_owed) {
                if (!first_failed_)
                    first_failed_ = now;
                if (situation.begun_by != nullptr && flight_->order.act != action::relogin && !report.own_shortage)
                    situation.begun_by->charge_retry();
                if (situation.outage.of_server())
                    situation.begun_by = nullptr;  // one retry: the others are the server's fault, and owed by the account
            }
            if (ruling.again) {
                flight_->asked_for = ruling.stronger.value_or(flight_->asked_for);
                flight_->order.act = situation.escalated(flight_->asked_for, flight_->order.what, flight_->order.escalate_after);
                situation.in_the_way.begin_recovery(flight_->order.act);
                flight_->machine.again();
                situation.recovery_is_ready = situation.recovery_calls = false;
            } else {
                flight_->ended = true;
                extra.recovery.reset();
                what_follows = situation.owed ? situation.owed->what : category::unknown;
                follows = situation.finish(flight_->order, succeeded, per_day, now, flight_->asked_for);
            }
        }
        tell_lessons(ruling, report, message, now);
        if (follows && follows->what == recovery_ruling::kind::over_budget) {
            event told = event_of(account_, flight_->order, act_, event_kind::quarantined);
            told.act = action::relogin;
            told.what = what_follows;
            told.delay = between(now, follows->until);
            manager_.publish(told);
        }
        return ruling.again;
    }

    void tell_lessons(account_situation::callback_ruling const& ruling, account_situation::callback_report const& report,
                      std::string const& message, time_point now)
    {
        auto const tell_of = [&](event_kind kind, conditions::held const& held, category what) {
            event told = event_of(account_, flight_->order, act_, kind);
            told.what = what;
            told.where = held.where;
            told.delay = between(now, held.until);
            told.message = message;
            told.repeated = held.repeated;
            manager_.publish(told);
        };
        if (ruling.held)
            tell_of(event_kind::held, *ruling.held, report.meaning->what);
        if (ruling.quarantined)
            tell_of(event_kind::quarantined, *ruling.quarantined, ruling.because);
    }

    std::shared_ptr<flight> flight_;
    account_core& account_;
    manager_core& manager_;
    parking place_;
    std::shared_ptr<callback_run> call_;
    bool const is_probe_;
    action act_;                    // as it was when the machine was asked last
    action told_act_;               // as those that watch were told
    std::optional<time_point> began_;
    std::optional<time_point> first_failed_;
    std::exception_ptr thrown_;
};

asio::awaitable<void> carry_out(std::unique_ptr<pilot> its)
{
    co_await its->fly();
}

}  // namespace

void launch(std::shared_ptr<flight> run)
{
    asio::any_io_executor const executor = asio::make_strand(run->account->manager().executor());
    // Made before the coroutine runs: an io_context that is destroyed first must still end the flight.
    asio::co_spawn(executor, carry_out(std::make_unique<pilot>(std::move(run))), [](std::exception_ptr) {});
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
