// Whether a failed attempt may have taken effect.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>

namespace mend {

/// What is known about the effect of a failed attempt.
enum class delivery : std::uint8_t {
    unknown,   ///< it may have taken effect: 5xx, negative codes, loss after the first byte, anything unclassified
    not_sent,  ///< it never left, or Telegram refused it (303, 4xx, 420, 429)
    sent,      ///< it took effect; only its reply is missing
};

/// Returns the name as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(delivery) noexcept;

/// Returns the worse of two attempts' deliveries if nothing may be sent twice: sent, then unknown, then not_sent.
[[nodiscard]] constexpr delivery worse(delivery a, delivery b) noexcept
{
    if (a == delivery::sent || b == delivery::sent)
        return delivery::sent;
    if (a == delivery::unknown || b == delivery::unknown)
        return delivery::unknown;
    return delivery::not_sent;
}

}  // namespace mend
