// The argument of a callback: the recovery that it carries out.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace mend {

/// Describes a recovery to its callback. Valid while the callback runs; copy what you keep.
struct recovery_request {
    std::string_view account_id;
    std::string_view phone;
    std::string_view context;             ///< `call::context` of the operation that failed
    action act = action::retry;           ///< on_disconnect gets the action that follows; on_probe gets retry
    category what = category::unknown;
    unsigned attempt = 0;                 ///< the attempt that failed, from 1
    std::string_view message;
    std::optional<std::int64_t> number;   ///< data centre or new chat id, if the error named one
};

}  // namespace mend
