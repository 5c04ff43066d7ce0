// One run of a callback: its order, its operation and its state.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/recovery_state.hpp>
#include <mend/detail/wait_place.hpp>
#include <mend/impl/decide/callback_machine.hpp>

#include <optional>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

class account_core;
class locked_account;

/// A recovery serves all operations of its account, a refresh serves one, and on_probe serves the account's outage. Guarded by
/// the account's lock: members without a locked_account parameter take the account's state, which only a visit provides.
class callback_run {
public:
    explicit callback_run(callback_order what) : order{std::move(what)}, asked_for{order.act}, machine{order} {}
    callback_run(callback_run const&) = delete;
    callback_run& operator=(callback_run const&) = delete;

    callback_order order;
    action asked_for;  // before escalation
    callback_machine machine;
    wait_place* place = nullptr;  // the wait place of the coroutine that carries it out
    waiter* for_whom = nullptr;   // of a refresh: the operation that waits for it
    asio::any_io_executor where;  // the strand of the running callback; empty if none runs
    std::optional<time_point> launched{};
    bool begun = false;  // the manager's executor has run it
    bool ended = false;

    /// Notifies the run that its wait may be over.
    void look_again(locked_account const&) noexcept
    {
        if (place != nullptr)
            place->notify();
    }
    /// Cancels the callback; the run ends soon.
    void request_stop(locked_account const&) noexcept;
    /// Raises the run to a stronger recovery, if that has a callback and the run's own has not been called yet.
    void raise(locked_account const&, recovery_state&, action) noexcept;
    /// The run's turn has come in a server's outage: applies the current escalation, and decides again about a rotation.
    void reconsider(recovery_state&) noexcept;
    /// Returns the order as first requested, to begin it again.
    [[nodiscard]] callback_order as_asked() const;

protected:
    ~callback_run() = default;
};

/// Starts a run of an order that has begun. If memory runs out, the recovery has failed. Called at the end of a visit to an
/// account, but defined above that, in callback_runner.ipp.
void launch_order(account_core&, callback_order) noexcept;

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
