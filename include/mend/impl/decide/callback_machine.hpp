// How a callback is run: slot, disconnect, settle, slot again, the callback itself, and what happens when one is overdue.
#pragma once

#include <mend/detail/recovery_state.hpp>
#include <mend/event.hpp>

#include <cassert>

namespace mend::detail {

/// The run of one callback, again and again while the account's state asks for it. No I/O, no clock, no lock: the driver does
/// what next() says, tells what came of it, and asks again.
class callback_machine {
public:
    struct step {
        enum class kind : std::uint8_t {
            take_slot,   ///< ask for one of max_concurrent_recoveries; next() looks whether it is there
            give_slot,   ///< it is not needed for the time being
            disconnect,  ///< call on_disconnect, then ended()
            call,        ///< call the callback, then ended()
            cancel,      ///< cancel what was called; its end is awaited a while longer
            abandon,     ///< it still runs, and is no longer waited for
            wait,        ///< until the moment, or until something has happened
            end,         ///< the run is over: result()
        };
        kind what;
        time_point until = time_point::max();
    };

    explicit callback_machine(callback_order const& order) noexcept : order_{order} {}

    [[nodiscard]] step next(recovery_state const&, bool has_slot, bool has_disconnect, time_point now);

    /// What was called has ended.
    void ended(bool threw) noexcept
    {
        assert(state_ == state::disconnecting || calls());
        ended_ = threw ? how::threw : how::well;
    }

    /// The account was closed, or nobody wants it any longer.
    void stop() noexcept { stopped_ = true; }
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    [[nodiscard]] action_result result() const noexcept { return result_; }

    /// The same again: what has failed, the disconnect or the callback, not before the account's state allows it.
    void again() noexcept;

    /// Has the callback itself not been called yet, so that another may still take its place?
    [[nodiscard]] bool is_parked() const noexcept { return state_ < state::calling; }
    /// Is it, but for its turn and its time, about to call its callback, or does that run?
    [[nodiscard]] bool is_ready() const noexcept { return state_ >= state::opening; }
    /// Does its callback run?
    [[nodiscard]] bool calls() const noexcept { return state_ == state::calling || state_ == state::cancelling; }
    /// Has it begun and not ended, while neither the disconnect nor the callback runs?
    [[nodiscard]] bool is_between_calls() const noexcept
    {
        return state_ != state::disconnecting && !calls() && state_ != state::over;
    }
    /// Does it wait for a slot?
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
    bool disconnects_ = false;  // what runs is on_disconnect
    bool stopped_ = false;
    action_result result_ = action_result::none;
    time_point until_{};       // of the call, or of the settling
    bool disconnect_failed_ = false;
};

}  // namespace mend::detail
