// One run of an account's callback.
#pragma once

#include <mend/detail/account_core.hpp>
#include <mend/detail/callback_slots.hpp>
#include <mend/impl/drive/callback_run.hpp>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// Counts as one of its account's runs until the last reference to it is gone.
class account_run final : public callback_run, public slot_user {
public:
    account_run(account_core&, locked_account&, callback_order);
    ~account_run() override;

    void on_slot() noexcept override;

    /// Ends the run before it is complete.
    void call_off(locked_account&) noexcept;

    /// Makes an event of this run. `act` is a parameter because another thread may raise the recovery to a stronger action.
    [[nodiscard]] event event_of(action act, event_kind) const;

    account_ref account;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
