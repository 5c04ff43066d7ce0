// One run of a callback: what is run, for which operation, and how it stands.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/account_core.hpp>
#include <mend/detail/callback_machine.hpp>
#include <mend/detail/parking.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// A recovery serves every operation of its account, a refresh one; on_probe asks for the account's outage.
struct flight {
    /// With the account's lock held. It counts among its account's flights until the last of it is gone.
    flight(account_core& core, account_extra& extra, callback_order what)
        : account{core}, order{std::move(what)}, asked_for{order.act}, machine{order}
    {
        ++extra.flights;
    }
    ~flight();
    flight(flight const&) = delete;
    flight& operator=(flight const&) = delete;

    account_ref account;
    callback_order order;
    action asked_for;  // before the ladder

    // Guarded by the account's lock.
    callback_machine machine;
    parking* runner = nullptr;     // where the coroutine that carries it out waits
    waiter* for_whom = nullptr;    // of a refresh: the operation that waits for it
    asio::any_io_executor where;   // the strand of the callback that runs; empty while none does
    std::optional<time_point> launched{};
    bool begun = false;            // the manager's executor has run it
    bool ended = false;
    bool has_slot = false;         // this one guarded by the manager's lock of slots

    /// What it waits for may have come.
    void look_again() noexcept
    {
        if (runner != nullptr)
            runner->kick();
    }
    /// Makes it a stronger recovery, if its callback has not been called yet and there is one for that.
    void raise(account_situation&, action) noexcept;
    /// Its turn has come in a server's outage: the ladder, and whether a rotation is worth a try, as they are now.
    void reconsider(account_situation&) noexcept;
    /// The account was quarantined before it has called its callback.
    [[nodiscard]] bool is_useless(account_situation const&) const noexcept;
    /// What it was asked for, to begin once more.
    [[nodiscard]] callback_order as_asked() const;
    /// It ends without having come to its end.
    void call_off(account_extra&) noexcept;
};

/// With the account's lock held: the callback is cancelled and the flight ends soon.
void request_stop(flight&) noexcept;

/// Starts it on the manager's executor. Nothing waits for it here: it ends the account's recovery, or wakes its operation.
void launch(std::shared_ptr<flight>);

/// Makes a flight of an order that has begun, and starts it. Where there is no memory for that, the recovery has failed.
void launch_order(account_core&, callback_order) noexcept;

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
