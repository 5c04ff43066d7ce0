// The scope of a failure: which operations it affects.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>

namespace mend {

/// The operations that a failure affects.
enum class scope : std::uint8_t {
    account,    ///< every operation of the account
    method,     ///< the account's operations with the same method
    peer,       ///< the account's operations with the same peer
    operation,  ///< this operation alone
    sending,    ///< the account's operations whose method sends a message (sendMessage, forwardMessages); an operation
        ///< without a method counts as one
    groups,     ///< the same, but only to negative peers (groups and channels)
};

/// Returns the name as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(scope) noexcept;

}  // namespace mend
