// How far a failure reaches.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>

namespace mend {

/// Which other operations a failure concerns.
enum class scope : std::uint8_t {
    account,    ///< every operation of the account
    method,     ///< the account's operations with the same method
    peer,       ///< the account's operations with the same peer
    operation,  ///< this operation alone
    sending,    ///< the account's operations whose method puts a message before somebody (sendMessage, forwardMessages);
        ///< an operation without a method counts as one
    groups,     ///< the same, to peers below zero (groups and channels) only
};

/// The name as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(scope) noexcept;

}  // namespace mend
