// How an account is doing.
#pragma once

#include <mend/category.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend {

/// What `account::state()` answers: the worst that stands in the way of its operations at this moment.
struct account_state {
    enum class kind : std::uint8_t {
        healthy,      ///< nothing does
        waiting,      ///< a hold is in force, for the account, a method or a peer
        recovering,   ///< a callback reconnects, rotates the proxy or logs in
        quarantined,  ///< operations of some scope fail at once
        closed,       ///< the account or its manager was closed
    };

    kind what = kind::healthy;
    std::optional<std::chrono::system_clock::time_point> until;  ///< absent: not known, or for ever
    category why = category::unknown;                            ///< of the failure behind a hold or quarantine
};

[[nodiscard]] std::string_view to_string(account_state::kind) noexcept;

}  // namespace mend
