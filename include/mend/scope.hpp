// How far a failure reaches.
#pragma once

#include <cstdint>
#include <string_view>

namespace mend {

/// Which other operations a failure concerns.
enum class scope : std::uint8_t {
    account,    ///< every operation of the account
    method,     ///< the account's operations with the same method
    peer,       ///< the account's operations with the same peer
    operation,  ///< this operation alone
};

/// The name as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] std::string_view to_string(scope) noexcept;

}  // namespace mend
