// How an operation ended, without its value.
#pragma once

#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <optional>

namespace mend::detail {

/// The end of an operation, without its value.
struct outcome_facts {
    stop_reason why = stop_reason::none;
    category what = category::unknown;
    delivery delivered = delivery::not_sent;
    unsigned attempts = 0;
    std::chrono::milliseconds waited{0};
    std::chrono::milliseconds elapsed{0};
    std::optional<std::chrono::system_clock::time_point> retry_at{};
};

}  // namespace mend::detail
