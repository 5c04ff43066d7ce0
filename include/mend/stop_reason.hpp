// Why an operation ended without success.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace mend {

/// Why mend stopped trying.
enum class stop_reason : std::uint8_t {
    none,               ///< it succeeded
    not_retryable,      ///< the policy says fail
    retries_exhausted,  ///< of one category, or in total
    deadline,           ///< the next attempt could not start before the deadline
    wait_too_long,      ///< the server told a wait above the policy's max_wait
    delivery_unknown,   ///< not idempotent, and it may have been sent
    already_sent,       ///< the server has it; its reply could not be fetched. Do not send again
    quarantined,        ///< the account or peer is quarantined
    recovery_budget,    ///< the action (relogin, say) may not run again so soon
    cancelled,          ///< the caller cancelled it
    closed,             ///< the account or the manager was closed
};

/// The name as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(stop_reason) noexcept;

/// The category of the error codes made from stop reasons; its name is "mend".
[[nodiscard]] MEND_API std::error_category const& stop_category() noexcept;

[[nodiscard]] MEND_API std::error_code make_error_code(stop_reason) noexcept;

}  // namespace mend

template <>
struct std::is_error_code_enum<mend::stop_reason> : std::true_type {};
