// The workloads of growth.cpp.
#pragma once

#include <optional>
#include <string_view>

namespace workloads {

/// Runs a workload of an account in trouble; returns its exit status, or nothing if there is no such workload. `more`: a second
/// number, for states and histories.
std::optional<int> run_in_trouble(std::string_view which, int times, int more);

}  // namespace workloads
