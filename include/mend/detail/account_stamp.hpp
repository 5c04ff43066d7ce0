// The state of an account that an attempt needs, in one word.
#pragma once

#include <mend/action.hpp>

#include <cstdint>

namespace mend::detail {

/// Returns how much of the connection an action replaces: reconnect < rotate_proxy < relogin; 0: nothing shared.
[[nodiscard]] constexpr unsigned strength(action act) noexcept
{
    switch (act) {
    case action::reconnect:
        return 1;
    case action::rotate_proxy:
        return 2;
    case action::relogin:
        return 3;
    default:
        return 0;
    }
}

/// The state of the account that an attempt needs when it begins, in one word that is read without a lock: whether an obstacle
/// exists; how many recoveries have ended, and how the last one did; how many outages and probes have begun.
class account_stamp {
public:
    constexpr account_stamp() noexcept = default;
    constexpr explicit account_stamp(std::uint32_t bits) noexcept : bits_{bits} {}

    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    /// Returns whether an obstacle exists, or attempts have a time limit.
    [[nodiscard]] constexpr bool needs_slow_path() const noexcept { return (bits_ & slow_path_bits) != 0; }
    /// Returns whether a time limit is the only reason for the slow path.
    [[nodiscard]] constexpr bool needs_only_limit() const noexcept { return (bits_ & slow_path_bits) == limited_bit; }
    /// Returns whether an obstacle exists on an account that is not closed.
    [[nodiscard]] constexpr bool is_disturbed() const noexcept { return (bits_ & (disturbed_bit | closed_bit)) == disturbed_bit; }
    [[nodiscard]] constexpr bool closed() const noexcept { return (bits_ & closed_bit) != 0; }
    [[nodiscard]] constexpr std::uint32_t generation() const noexcept { return bits_ >> generation_shift; }

    /// Returns the strength of the last recovery; 0 if it failed, or if there was none.
    [[nodiscard]] constexpr unsigned last_strength() const noexcept { return (bits_ >> strength_shift) & 3U; }

    /// Returns whether a recovery has ended since `began` that replaced at least what `act` would.
    [[nodiscard]] constexpr bool recovered_since(account_stamp began, action act) const noexcept
    {
        return generation() != began.generation() && last_strength() >= strength(act);
    }

    /// Returns whether a recovery has ended, or an outage or its next probe has begun, since `began`. A failure now of an attempt
    /// that began then does not count as evidence.
    [[nodiscard]] constexpr bool has_moved_on(account_stamp began) const noexcept
    {
        return ((bits_ ^ began.bits_) >> outage_shift) != 0;
    }

    [[nodiscard]] constexpr account_stamp with_disturbance(bool disturbed) const noexcept
    {
        return account_stamp{disturbed ? bits_ | disturbed_bit : bits_ & ~disturbed_bit};
    }
    [[nodiscard]] constexpr account_stamp after_recovery(unsigned its_strength) const noexcept
    {
        std::uint32_t const kept = bits_ & (slow_path_bits | (outage_mask << outage_shift));
        return account_stamp{kept | (its_strength << strength_shift) | ((generation() + 1) << generation_shift)};
    }
    /// Begins an outage of the account, or its next probe.
    [[nodiscard]] constexpr account_stamp after_outage_step() const noexcept
    {
        std::uint32_t const step = ((bits_ >> outage_shift) + 1) & outage_mask;
        return account_stamp{(bits_ & ~(outage_mask << outage_shift)) | (step << outage_shift)};
    }
    /// Marks that attempts have a time limit.
    [[nodiscard]] constexpr account_stamp with_limited_attempts() const noexcept { return account_stamp{bits_ | limited_bit}; }
    [[nodiscard]] constexpr account_stamp after_close() const noexcept { return account_stamp{bits_ | closed_bit}; }

private:
    static constexpr std::uint32_t disturbed_bit = 1;
    static constexpr std::uint32_t closed_bit = 2;
    static constexpr std::uint32_t limited_bit = 4;
    static constexpr std::uint32_t slow_path_bits = disturbed_bit | closed_bit | limited_bit;
    static constexpr unsigned strength_shift = 3;
    static constexpr unsigned outage_shift = 5;
    static constexpr std::uint32_t outage_mask = 0x3ff;
    static constexpr unsigned generation_shift = 15;

    std::uint32_t bits_ = 0;
};

}  // namespace mend::detail
