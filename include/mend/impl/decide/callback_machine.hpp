// The run of a callback: slot, disconnect, settle, slot again, the callback itself, and the handling of an overdue one.
#pragma once

#include <mend/detail/recovery_state.hpp>
#include <mend/event.hpp>

#include <cassert>

namespace mend::detail {

/// One run of a callback, repeated while the account's state asks for it. Has no I/O, no clock and no lock: the driver carries
/// out the step that next() returns, reports its result, and calls next() again.
class callback_machine {
public:
    struct step {
        enum class kind : std::uint8_t {
            take_slot,   ///< request one of max_concurrent_recoveries; next() checks whether it is granted
            give_slot,   ///< return the slot: it is not needed for now
            disconnect,  ///< call on_disconnect, then ended()
            call,        ///< call the callback, then ended()
            cancel,      ///< cancel the call, and wait a while longer for its end
            abandon,     ///< stop waiting for the call, which still runs
            wait,        ///< wait until the moment, or until notified
            end,         ///< the run is over: see result()
        };
        kind what;
        time_point until = time_point::max();
    };

    explicit callback_machine(callback_order const& order) noexcept : order_{order} {}

    [[nodiscard]] step next(recovery_state const&, bool has_slot, bool has_disconnect, time_point now);

    /// The call has ended.
    void ended(bool threw) noexcept
    {
        assert(state_ == state::disconnecting || calls());
        ended_ = threw ? how::threw : how::well;
    }

    /// The account was closed, or the run is no longer needed.
    void stop() noexcept { stopped_ = true; }
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    [[nodiscard]] action_result result() const noexcept { return result_; }

    /// Starts the run again. A failed disconnect or callback is not repeated before the account's state allows it.
    void again() noexcept;

    /// Returns whether the callback has not been called yet, so that another may replace it.
    [[nodiscard]] bool is_parked() const noexcept { return state_ < state::calling; }
    /// Returns whether the callback runs, or waits only for its turn and its time.
    [[nodiscard]] bool is_ready() const noexcept { return state_ >= state::opening; }
    /// Returns whether the callback runs.
    [[nodiscard]] bool calls() const noexcept { return state_ == state::calling || state_ == state::cancelling; }
    /// Returns whether the run has begun and not ended, while neither the disconnect nor the callback runs.
    [[nodiscard]] bool is_between_calls() const noexcept
    {
        return state_ != state::disconnecting && !calls() && state_ != state::over;
    }
    /// Returns whether it is a recovery of no use at present, and runs neither the disconnect nor the callback.
    [[nodiscard]] bool is_useless(recovery_state const& account, time_point now) const noexcept
    {
        return order_.is_recovery() && is_between_calls() && account.recovery_is_useless(now);
    }
    [[nodiscard]] bool wants_slot() const noexcept { return state_ == state::queued || state_ == state::queued_again; }

private:
    enum class state : std::uint8_t { idle, queued, disconnecting, settling, opening, queued_again, calling, cancelling, over };
    enum class how : std::uint8_t { runs, well, threw };

    step call(step::kind, time_point now) noexcept;
    step finish(action_result) noexcept;
    step settle(time_point now) noexcept;
    step watch_call(time_point now) noexcept;
    step open(recovery_state const&, bool has_slot, time_point now) noexcept;
    [[nodiscard]] static time_point look_again_at(recovery_state const&, time_point now) noexcept;

    callback_order const& order_;
    state state_ = state::idle;
    how ended_ = how::runs;
    bool disconnects_ = false;  // on_disconnect runs, not the callback
    bool stopped_ = false;
    action_result result_ = action_result::none;
    time_point until_{};       // end of the call, or of the settling
    bool disconnect_failed_ = false;
};

}  // namespace mend::detail
