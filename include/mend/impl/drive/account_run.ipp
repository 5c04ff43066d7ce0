// One run of an account's callback.
#pragma once

#include <mend/impl/drive/account_run.hpp>

#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

account_run::account_run(account_core& core, account_trouble& trouble, callback_order what)
    : callback_run{std::move(what)}, account{core}
{
    ++trouble.runs;
}

account_run::~account_run()
{
    locked_account locked{*account};
    locked.be_quiet();
    --locked.trouble().runs;
}

void account_run::on_slot() noexcept
{
    locked_account const locked{*account};
    look_again();
}

void account_run::call_off(account_trouble& trouble) noexcept
{
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

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
