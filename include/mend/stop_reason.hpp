// Why an operation ended without success.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace mend {

/// The reason why mend stopped.
enum class stop_reason : std::uint8_t {
    none,               ///< it succeeded
    not_retryable,      ///< the policy is action::fail
    retries_exhausted,  ///< the retries of one category, or all attempts, are used up
    deadline,           ///< the next attempt could not start before the deadline
    wait_too_long,      ///< the wait that the server named, or an outage, exceeds the policy's max_wait
    delivery_unknown,   ///< the operation is not idempotent and may have been sent
    already_sent,       ///< the server has it, but its reply could not be fetched. Do not send it again
    quarantined,        ///< the account or peer is quarantined
    recovery_budget,    ///< the action (a relogin, for example) may not run again so soon
    cancelled,          ///< the caller cancelled it
    closed,             ///< the account or the manager was closed
};

/// Returns the name as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(stop_reason) noexcept;

/// Returns the category of the error codes made from stop reasons; its name is "mend".
[[nodiscard]] MEND_API std::error_category const& stop_category() noexcept;

[[nodiscard]] MEND_API std::error_code make_error_code(stop_reason) noexcept;

}  // namespace mend

template <>
struct std::is_error_code_enum<mend::stop_reason> : std::true_type {};
