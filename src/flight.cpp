#include <mend/detail/flight.hpp>

#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

flight::~flight()
{
    locked_account locked{*account};
    locked.be_quiet();
    --locked.extra().flights;
}

void flight::raise(account_situation& situation, action act) noexcept
{
    bool const can = order.is_recovery() && machine.is_parked() && situation.able.has(act);
    if (can && act != action::relogin && strength(act) > strength(order.act)) {
        order.act = act;
        situation.in_the_way.begin_recovery(act);
    }
    look_again();
}

void flight::reconsider(account_situation& situation) noexcept
{
    if (!order.is_recovery() || !machine.is_parked() || asked_for == action::relogin)
        return;
    order.act = situation.escalated(asked_for, order.what, order.escalate_after);
    situation.in_the_way.begin_recovery(order.act);
}

bool flight::is_useless(account_situation const& situation) const noexcept
{
    return order.is_recovery() && machine.is_between_calls() && situation.recovery_is_useless(situation.seen_at);
}

callback_order flight::as_asked() const
{
    callback_order asked = order;
    asked.act = asked_for;
    return asked;
}

void flight::call_off(account_extra& extra) noexcept
{
    ended = true;
    if (for_whom != nullptr)
        for_whom->wake();
    if (order.is_probe())
        extra.probe.reset();
    if (order.is_recovery()) {
        extra.recovery.reset();
        extra.situation.last_recovery = order.act;
    }
    extra.situation.call_off(order.act);
}

void request_stop(flight& run) noexcept
{
    run.machine.stop();
    run.look_again();
}

void launch_order(account_core& account, callback_order order) noexcept
{
    action const act = order.act;
    std::shared_ptr<flight> run;
    try {
        {
            locked_account locked{account};
            locked.be_quiet();
            account_extra& extra = locked.extra();
            run = std::make_shared<flight>(account, extra, std::move(order));
            (run->order.is_probe() ? extra.probe : extra.recovery) = run;
            if (locked.word().closed())
                run->machine.stop();
        }
        launch(run);
    } catch (...) {  // out of memory: an operation that waits for it must not wait for ever
        locked_account locked{account};
        locked.be_quiet();
        if (run != nullptr && run->ended)  // by its pilot, where there was one
            return;
        if (run != nullptr)
            run->call_off(locked.extra());
        else
            locked.situation().call_off(act);  // nothing has run: who needs it asks once more
    }
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
