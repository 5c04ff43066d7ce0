// The state of an account.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/export.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace mend {

/// The return value of `account::state()`: the most severe condition in force at that moment. A plain value, a snapshot.
struct account_state {
    enum class kind : std::uint8_t {
        healthy,  ///< no condition is in force
        waiting,  ///< a hold of the account, a method or a peer is in force
        recovering,  ///< a callback reconnects, rotates the proxy or logs in
        quarantined,  ///< operations of some scope fail immediately
        closed,  ///< the account or its manager was closed
        outage,  ///< the account or its server is in an outage: operations wait until a probe comes through
    };

    kind what = kind::healthy;
    std::optional<std::chrono::system_clock::time_point> until;  ///< absent if unknown or for ever
    category why = category::unknown;  ///< category of the failure behind a hold, quarantine or outage
    std::optional<std::chrono::system_clock::time_point>
        since{};  ///< outage: time of its first failure; absent in every other state
};

[[nodiscard]] MEND_API std::string_view to_string(account_state::kind) noexcept;

MEND_API std::ostream& operator<<(std::ostream&, account_state const&);

}  // namespace mend
