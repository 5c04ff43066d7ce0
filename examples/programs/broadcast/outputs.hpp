// Checks before anything is sent: output files, file permissions, and encryption of the tokens.
#pragma once

#include "accounts.hpp"
#include "arguments.hpp"
#include "proxies.hpp"

#include <string>
#include <vector>

namespace broadcast {

/// Throws input_error if two options name the same file: one output would overwrite the other, or an input.
void check_names(arguments const&);

/// Throws input_error if a file cannot be written: some are written only at the end, and the results would be lost.
void check_outputs(arguments const&);

/// Throws input_error if tokens would leave this machine unencrypted.
void check_transport(arguments const&, std::vector<proxy> const&);

/// One warning for each file with secrets that other users can read.
[[nodiscard]] std::vector<std::string> exposed_files(arguments const&, std::vector<proxy> const&);

}  // namespace broadcast
