// The log: what mend does about failures, for people.
#pragma once

#include "secret.hpp"

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>

namespace broadcast {

/// Appends to the file. Each line is with the system before the next begins, so that a kill loses none; it shows no secret,
/// and nothing that a terminal would act on. A line that cannot be written is dropped, and standard error says so once: a
/// log ends no campaign. Throws input_error if the file cannot be opened.
[[nodiscard]] std::shared_ptr<spdlog::logger> open_log(std::filesystem::path const&, redactor);

}  // namespace broadcast
