// A set of callbacks.
#pragma once

#include <mend/action.hpp>

#include <cstdint>

namespace mend::detail {

/// The actions that have a callback, and whether on_probe is registered.
class callback_mask {
public:
    constexpr callback_mask() noexcept = default;
    constexpr explicit callback_mask(std::uint8_t bits) noexcept : bits_{bits} {}
    constexpr void add(action act) noexcept { bits_ = static_cast<std::uint8_t>(bits_ | bit(act)); }
    constexpr void add_probe() noexcept { bits_ = static_cast<std::uint8_t>(bits_ | probe_bit); }
    [[nodiscard]] constexpr bool has(action act) const noexcept { return (bits_ & bit(act)) != 0; }
    [[nodiscard]] constexpr bool can_probe() const noexcept { return (bits_ & probe_bit) != 0; }
    [[nodiscard]] constexpr callback_mask operator|(callback_mask other) const noexcept
    {
        return callback_mask{static_cast<std::uint8_t>(bits_ | other.bits_)};
    }
    [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
    constexpr bool operator==(callback_mask const&) const noexcept = default;

private:
    static constexpr unsigned bit(action act) noexcept { return 1U << static_cast<unsigned>(act); }
    static constexpr unsigned probe_bit = 1U << action_count;  // on_probe belongs to no action
    std::uint8_t bits_ = 0;
};

}  // namespace mend::detail
