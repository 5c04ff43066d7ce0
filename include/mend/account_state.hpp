// How an account is doing.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/export.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace mend {

/// What `account::state()` returns: the worst that stands in the way of its operations at this moment. A plain value, a snapshot.
struct account_state {
    enum class kind : std::uint8_t {
        healthy,  ///< nothing
        waiting,  ///< a hold is in force, for the account, a method or a peer
        recovering,  ///< a callback reconnects, rotates the proxy or logs in
        quarantined,  ///< operations of some scope fail at once
        closed,  ///< the account or its manager was closed
        outage,  ///< the account, or its server, is in an outage: operations wait for a probe to come through
    };

    kind what = kind::healthy;
    std::optional<std::chrono::system_clock::time_point> until;  ///< absent: not known, or for ever
    category why = category::unknown;  ///< of the failure behind a hold, quarantine or outage
    std::optional<std::chrono::system_clock::time_point>
        since{};  ///< outage: when its first failure came; absent in every other state
};

[[nodiscard]] MEND_API std::string_view to_string(account_state::kind) noexcept;

MEND_API std::ostream& operator<<(std::ostream&, account_state const&);

}  // namespace mend
