// One run of an account's callback.
#pragma once

#include <mend/impl/drive/account_run.hpp>
#include <mend/impl/drive/locked_account.hpp>

#include <cassert>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

account_run::account_run(account_core& core, locked_account& locked, callback_order what)
    : callback_run{std::move(what)}, account{core}
{
    ++locked.trouble().runs;
}

account_run::~account_run()
{
    locked_account locked{*account, locked_account::quiet};
    std::size_t& runs = locked.trouble().runs;
    assert(runs != 0);
    --runs;
}

void account_run::on_slot() noexcept
{
    locked_account const locked{*account};
    look_again(locked);
}

void account_run::call_off(locked_account& locked) noexcept
{
    account_trouble& trouble = locked.trouble();
    ended = true;
    if (for_whom != nullptr)
        for_whom->wake();
    if (order.is_probe())
        trouble.probe.reset();
    if (order.is_recovery()) {
        trouble.recovery.reset();
        trouble.state.last_recovery = order.act;
    }
    trouble.state.call_off(order.act);
}

event account_run::event_of(action act, event_kind kind) const
{
    event record = account->event_of(kind);
    record.method = order.method;
    record.context = order.context;
    record.operation = order.operation;
    record.code = order.code;
    record.attempt = order.attempt;
    record.what = order.what;
    record.act = act;
    return record;
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
