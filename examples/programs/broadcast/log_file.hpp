// The log: how mend handles failures, for people.
#pragma once

#include "secret.hpp"

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>

namespace broadcast {

/// Appends to the file. Each line reaches the system before the next, so that a kill loses none; lines contain no secrets and
/// no control characters. A line that cannot be written is dropped, with one message on standard error: the log never stops
/// a campaign. Throws input_error if the file cannot be opened.
[[nodiscard]] std::shared_ptr<spdlog::logger> open_log(std::filesystem::path const&, redactor);

}  // namespace broadcast
