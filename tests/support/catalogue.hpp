// The catalogue of RPC error names as the library compiles it in.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/scope.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace support {

using mend::action;
using mend::category;
using mend::delivery;
using mend::scope;

struct entry {
    std::string_view pattern;
    category what;
    scope where;
    std::optional<delivery> delivered;
    std::optional<action> instead;
    std::int32_t wait;  // seconds; 0 = none
};

inline constexpr entry catalogue[] = {
#include <mend/impl/telegram/catalogue.inc>
};

}  // namespace support
