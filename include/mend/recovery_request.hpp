// What a callback gets to know about the recovery that it carries out.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace mend {

/// Valid while the callback runs; copy what is kept longer.
struct recovery_request {
    std::string_view account_id;
    std::string_view phone;
    std::string_view context;             ///< `call::context` of the operation that failed
    action act = action::retry;           ///< on_disconnect sees the action that follows; on_probe sees retry
    category what = category::unknown;
    unsigned attempt = 0;                 ///< the attempt that failed, from 1
    std::string_view message;
    std::optional<std::int64_t> number;   ///< data centre or new chat id, where the error named one
};

}  // namespace mend
