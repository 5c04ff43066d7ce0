// What an attempt has to know of its account, in one word.
#pragma once

#include <mend/action.hpp>

#include <cstdint>

namespace mend::detail {

/// How much of the connection an action replaces: reconnect < rotate_proxy < relogin; 0: nothing that is shared.
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

/// What an attempt has to know of its account when it begins, in one word that can be read without a lock: whether
/// anything stands in its way; how many recoveries have ended, the last of them how; how many outages and probes have begun.
class account_stamp {
public:
    constexpr account_stamp() noexcept = default;
    constexpr explicit account_stamp(std::uint32_t bits) noexcept : bits_{bits} {}

    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    /// Something is in its way, or its attempts are limited in time.
    [[nodiscard]] constexpr bool needs_slow_path() const noexcept
    {
        return (bits_ & (disturbed_bit | closed_bit | limited_bit)) != 0;
    }
    [[nodiscard]] constexpr bool closed() const noexcept { return (bits_ & closed_bit) != 0; }
    [[nodiscard]] constexpr std::uint32_t generation() const noexcept { return bits_ >> generation_shift; }

    /// Of the last recovery; 0 when it failed, or when there was none.
    [[nodiscard]] constexpr unsigned last_strength() const noexcept { return (bits_ >> strength_shift) & 3U; }

    /// A recovery has ended since `began`, and has replaced at least what `act` would.
    [[nodiscard]] constexpr bool recovered_since(account_stamp began, action act) const noexcept
    {
        return generation() != began.generation() && last_strength() >= strength(act);
    }

    /// A recovery has ended, or an outage or its next probe has begun, since `began`: what began then and fails now is no
    /// evidence of anything.
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
        std::uint32_t const kept = bits_ & ((disturbed_bit | closed_bit | limited_bit) | (outage_mask << outage_shift));
        return account_stamp{kept | (its_strength << strength_shift) | ((generation() + 1) << generation_shift)};
    }
    /// An outage of the account begins, or the next probe of one.
    [[nodiscard]] constexpr account_stamp after_outage_step() const noexcept
    {
        std::uint32_t const step = ((bits_ >> outage_shift) + 1) & outage_mask;
        return account_stamp{(bits_ & ~(outage_mask << outage_shift)) | (step << outage_shift)};
    }
    /// Every attempt of the account is limited in time, which is for the cold part.
    [[nodiscard]] constexpr account_stamp with_limited_attempts() const noexcept { return account_stamp{bits_ | limited_bit}; }
    [[nodiscard]] constexpr account_stamp after_close() const noexcept { return account_stamp{bits_ | closed_bit}; }

private:
    static constexpr std::uint32_t disturbed_bit = 1;
    static constexpr std::uint32_t closed_bit = 2;
    static constexpr std::uint32_t limited_bit = 4;
    static constexpr unsigned strength_shift = 3;
    static constexpr unsigned outage_shift = 5;
    static constexpr std::uint32_t outage_mask = 0x3ff;
    static constexpr unsigned generation_shift = 15;

    std::uint32_t bits_ = 0;
};

}  // namespace mend::detail
