#include <mend/detail/complaint.hpp>
#include <mend/detail/flight.hpp>
#include <mend/detail/planted.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

event event_of(flight const& run, event_kind kind)
{
    event told;
    told.kind = kind;
    auto const [id, phone] = run.account->names();
    told.account_id = id;
    told.phone = phone;
    told.method = run.method;
    told.context = run.context;
    told.attempt = run.attempt;
    told.what = run.what;
    told.act = run.act;
    return told;
}

void tell(flight const& run, event_kind kind)
{
    event told = event_of(run, kind);
    run.account->manager().publish(told);
}

/// One call of a callback, on a strand over the callback's executor. It owns what the callback may look at, so that
/// one which ignores its cancellation can be left behind.
class callback_run : public std::enable_shared_from_this<callback_run> {
public:
    callback_run(std::shared_ptr<flight> run, registered_callback what, asio::any_io_executor const& executor)
        : flight_{std::move(run)}, callback_{std::move(what)}, strand_{executor},
          request_{flight_->account->id(), flight_->account->phone(), flight_->context, flight_->act,
                   flight_->what,          flight_->attempt,          flight_->message, flight_->number}
    {
    }

    void start()
    {
        asio::dispatch(strand_, [self = shared_from_this()] {
            asio::co_spawn(
                self->strand_, call(self),
                asio::bind_cancellation_slot(self->cancel_.slot(), [self](std::exception_ptr thrown) { self->end(thrown); }));
        });
    }

    void cancel()
    {
        asio::dispatch(strand_, [self = shared_from_this()] { self->cancel_.emit(asio::cancellation_type::terminal); });
    }

    // With the account's lock held.
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    [[nodiscard]] std::exception_ptr const& thrown() const noexcept { return thrown_; }

private:
    static asio::awaitable<void> call(std::shared_ptr<callback_run> self) { co_await (*self->callback_.run)(self->request_); }

    void end(std::exception_ptr thrown) noexcept
    {
        locked_account const locked{*flight_->account};
        thrown_ = std::move(thrown);
        ended_ = true;
        if (flight_->runner != nullptr)
            flight_->runner->kick();
    }

    std::shared_ptr<flight> flight_;
    registered_callback callback_;
    asio::strand<asio::any_io_executor> strand_;
    asio::cancellation_signal cancel_;
    recovery_request request_;
    std::exception_ptr thrown_;
    bool ended_ = false;
};

/// Carries a flight out: a straight line of steps, each of which may find that it has to stop.
class pilot {
public:
    explicit pilot(std::shared_ptr<flight> run)
        : flight_{std::move(run)}, manager_{flight_->account->manager()}, place_{manager_, flight_->account->lock()}
    {
        locked_account const locked{*flight_->account};
        flight_->runner = &place_;
    }

    // Also when the io_context is destroyed in the middle: the account must not wait for ever.
    ~pilot()
    {
        manager_.give_slot_back(*flight_);
        locked_account locked{*flight_->account};
        flight_->runner = nullptr;
        if (!flight_->ended)
            land(locked, action_result::cancelled, {});
    }

    pilot(pilot const&) = delete;
    pilot& operator=(pilot const&) = delete;

    /// The flight ends without having begun, and whatever was to follow it.
    static void call_off(flight& run, locked_account& locked) noexcept
    {
        run.ended = true;
        run.result = action_result::cancelled;
        if (run.for_whom != nullptr)
            run.for_whom->wake();
        if (!run.is_recovery())
            return;
        locked.extra().next_recovery.reset();
        locked.extra().recovery.reset();
        locked.situation().in_the_way.end_recovery();
    }

    asio::awaitable<void> fly()
    {
        co_await wait_for_slot();
        if (stopped()) {
            finish(action_result::cancelled, {});
            co_return;
        }
        tell(*flight_, event_kind::action_started);
        started_ = manager_.time().now();
        action_result result = action_result::succeeded;
        if (flight_->is_recovery()) {
            co_await run(disconnecting, result);
            if (result == action_result::succeeded)
                co_await settle(result);
        }
        if (result == action_result::succeeded && stopped())
            result = action_result::cancelled;
        if (result == action_result::succeeded)
            co_await run(flight_->act, result);
        finish(result, thrown_);
    }

private:
    [[nodiscard]] bool stopped() const
    {
        locked_account const locked{*flight_->account};
        return flight_->stop_requested;
    }

    asio::awaitable<void> wait_for_slot()
    {
        bool has_slot = manager_.take_slot(flight_);
        while (!has_slot) {
            co_await place_.wait(time_point::max());
            {
                locked_account const locked{*flight_->account};
                place_.prepare();
                if (flight_->stop_requested)
                    co_return;
            }
            has_slot = manager_.owns_slot(*flight_);
        }
    }

    asio::awaitable<void> settle(action_result& result)
    {
        time_point const until = later(manager_.time().now(), planted(bug::settle_skipped) ? milliseconds{0} : flight_->settle);
        while (manager_.time().now() < until) {
            {
                locked_account const locked{*flight_->account};
                place_.prepare();
                if (flight_->stop_requested) {
                    result = action_result::cancelled;
                    co_return;
                }
            }
            co_await place_.wait(until);
        }
    }

    /// Runs one callback, cancels it when its time is over, and leaves it behind when it does not end even then.
    asio::awaitable<void> run(callback_key key, action_result& result)
    {
        registered_callback callback = flight_->account->callback(key);
        if (!callback) {
            if (key) {  // there was one when the flight was made
                thrown_ = std::make_exception_ptr(std::runtime_error{"the callback was removed before its turn came"});
                result = action_result::failed;
            }
            co_return;
        }
        asio::any_io_executor const executor = callback.executor ? callback.executor : manager_.executor();
        auto const call = std::make_shared<callback_run>(flight_, std::move(callback), executor);
        call->start();

        bool cancelled = false;
        time_point until = later(manager_.time().now(), flight_->timeout);
        for (;;) {
            bool ended = false;
            bool stop = false;
            {
                locked_account const locked{*flight_->account};
                place_.prepare();
                ended = call->ended();
                stop = flight_->stop_requested;
            }
            if (ended)
                break;
            time_point const now = manager_.time().now();
            if (cancelled && now >= until) {
                tell(*flight_, event_kind::callback_overdue);
                co_return;
            }
            if (!cancelled && (stop || now >= until)) {
                cancelled = true;
                result = stop ? action_result::cancelled : action_result::timed_out;
                until = later(now, flight_->timeout);
                call->cancel();
            }
            co_await place_.wait(until);
        }
        if (!cancelled && call->thrown() != nullptr) {
            thrown_ = call->thrown();
            result = action_result::failed;
        }
    }

    void finish(action_result result, std::exception_ptr const& thrown)
    {
        manager_.give_slot_back(*flight_);
        failure described;
        classification meaning;
        if (thrown != nullptr) {
            auto const current = manager_.current();
            complaint_listener complaints;
            described = current->rules.failure_of(thrown);
            meaning = current->rules.classify(described);
            if (complaints.heard()) {
                event told = event_of(*flight_, event_kind::user_code_failed);
                told.message = *complaints.heard();
                manager_.publish(told);
            }
        }
        time_point const now = manager_.time().now();

        event told = event_of(*flight_, event_kind::action_ended);
        told.result = result;
        told.message = described.message;
        if (started_) {
            told.delay = between(*started_, now);
            manager_.publish(told);
        }

        bool const login_failed =
            flight_->act == action::relogin && result != action_result::succeeded && result != action_result::cancelled;
        category const because = login_failed && meaning.what == category::account_dead ? meaning.what : flight_->what;
        time_point until{};
        if (login_failed) {
            milliseconds wait = recovery_machine::failed_login_quarantine;
            if (meaning.what == category::account_dead)
                wait = policy::forever;  // a dead account never logs in
            else if (meaning.retry_after)
                wait = std::max(wait, *meaning.retry_after);
            until = later(now, wait);
            event quarantined = event_of(*flight_, event_kind::quarantined);
            quarantined.what = because;
            quarantined.delay = wait;
            quarantined.message = described.message;
            manager_.publish(quarantined);
        }

        landing after;
        {
            locked_account locked{*flight_->account};
            if (login_failed) {
                locked.situation().in_the_way.quarantine_account(because, until, now);
                if (meaning.what == category::auth && meaning.retry_after)
                    locked.situation().logins.spend_until(later(now, *meaning.retry_after));
            }
            after = land(locked, result, now);
        }
        if (after.over_budget_until) {
            event quarantined = event_of(*after.next, event_kind::quarantined);
            quarantined.delay = between(now, *after.over_budget_until);
            quarantined.message = after.next->message;
            manager_.publish(quarantined);
        } else if (after.next != nullptr) {
            launch(std::move(after.next));
        }
    }

    /// The stronger recovery that somebody needs besides: begun already, unless the budget of logins is spent until then.
    struct landing {
        std::shared_ptr<flight> next{};
        std::optional<time_point> over_budget_until{};
    };

    /// With the account's lock held: whoever waits learns how it went; `now` is nothing where time has ended. The caller
    /// launches what comes next without the lock.
    landing land(locked_account& locked, action_result result, std::optional<time_point> now)
    {
        flight_->ended = true;
        flight_->result = result;
        if (!flight_->is_recovery()) {
            if (flight_->for_whom != nullptr)
                flight_->for_whom->wake();
            return {};
        }
        account_situation& situation = locked.situation();
        conditions& in_the_way = situation.in_the_way;
        bool const succeeded = result == action_result::succeeded;
        situation.word = situation.word.after_recovery(succeeded ? strength(flight_->act) : 0);
        situation.last_recovery = flight_->act;
        landing after{std::exchange(locked.extra().next_recovery, nullptr)};
        if (!now || situation.word.closed())
            after.next = nullptr;
        if (after.next != nullptr && after.next->act == action::relogin) {
            unsigned const per_day = manager_.limits().relogins_per_day;
            if (in_the_way.account_quarantined_until() > *now) {
                after.next = nullptr;  // it would only cost the budget
            } else if (!situation.logins.take(per_day, *now)) {
                after.over_budget_until = situation.logins.refills_at(per_day, *now);
                in_the_way.quarantine_account(after.next->what, *after.over_budget_until, *now);
            }
        }
        if (succeeded && flight_->act == action::relogin)
            in_the_way.one_goes_first(flight_->what, *now);
        in_the_way.end_recovery();
        bool const follows = after.next != nullptr && !after.over_budget_until;
        if (follows)
            in_the_way.begin_recovery(after.next->act);
        locked.extra().recovery = follows ? after.next : nullptr;
        return after;
    }

    std::shared_ptr<flight> flight_;
    manager_core& manager_;
    parking place_;
    std::optional<time_point> started_;
    std::exception_ptr thrown_;
};

asio::awaitable<void> carry_out(std::unique_ptr<pilot> its)
{
    co_await its->fly();
}

}  // namespace

void request_stop(flight& run) noexcept
{
    run.stop_requested = true;
    if (run.runner != nullptr)
        run.runner->kick();
}

void launch(std::shared_ptr<flight> run)
{
    std::shared_ptr<flight> const begun = run;
    try {
        asio::any_io_executor const executor = asio::make_strand(run->account->manager().executor());
        // Made before the coroutine runs: an io_context that is destroyed first must still end the flight.
        asio::co_spawn(executor, carry_out(std::make_unique<pilot>(std::move(run))), [](std::exception_ptr) {});
    } catch (...) {  // out of memory: whoever waits for it must not wait for ever
        locked_account locked{*begun->account};
        if (!begun->ended)  // by its pilot, where there was one
            pilot::call_off(*begun, locked);
        throw;
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
