// One run of an account's callback.
#pragma once

#include <mend/detail/account_core.hpp>
#include <mend/detail/callback_slots.hpp>
#include <mend/impl/drive/callback_run.hpp>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// It counts among its account's runs until the last reference to it is gone.
class account_run final : public callback_run, public slot_user {
public:
    /// With the account's lock held.
    account_run(account_core&, account_trouble&, callback_order);
    ~account_run() override;

    void on_slot() noexcept override;

    /// With the account's lock held: it ends without having come to its end.
    void call_off(account_trouble&) noexcept;

    account_ref account;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
