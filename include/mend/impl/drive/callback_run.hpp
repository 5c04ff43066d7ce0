// One run of a callback: what is run, for which operation, and its state.
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

/// A recovery serves every operation of its account, a refresh one; on_probe asks for the account's outage. Guarded by the
/// account's lock: members that take no locked_account take its state, which only a visit gives.
class callback_run {
public:
    explicit callback_run(callback_order what) : order{std::move(what)}, asked_for{order.act}, machine{order} {}
    callback_run(callback_run const&) = delete;
    callback_run& operator=(callback_run const&) = delete;

    callback_order order;
    action asked_for;  // before the ladder
    callback_machine machine;
    wait_place* place = nullptr;  // where the coroutine that carries it out waits
    waiter* for_whom = nullptr;   // of a refresh: the operation that waits for it
    asio::any_io_executor where;  // the strand of the callback that runs; empty while none does
    std::optional<time_point> launched{};
    bool begun = false;  // the manager's executor has run it
    bool ended = false;

    /// What it waits for may have come.
    void look_again(locked_account const&) noexcept
    {
        if (place != nullptr)
            place->notify();
    }
    /// The callback is cancelled and the run ends soon.
    void request_stop(locked_account const&) noexcept;
    /// Makes it a stronger recovery, if its callback has not been called yet and there is one for that.
    void raise(locked_account const&, recovery_state&, action) noexcept;
    /// Its turn has come in a server's outage: the ladder, and whether a rotation is worth a try, as they are now.
    void reconsider(recovery_state&) noexcept;
    /// The account was quarantined before it has called its callback.
    [[nodiscard]] bool is_useless(recovery_state const&) const noexcept;
    /// What it was asked for, to begin once more.
    [[nodiscard]] callback_order as_asked() const;

protected:
    ~callback_run() = default;
};

/// Makes a run of an order that has begun, and starts it. Where there is no memory for that, the recovery has failed.
/// Called at the end of a visit to an account, and defined above it: in callback_runner.ipp.
void launch_order(account_core&, callback_order) noexcept;

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
