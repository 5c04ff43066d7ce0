// Checks before anything is sent: where the files are written, who can read them, and where the tokens go.
#pragma once

#include "accounts.hpp"
#include "arguments.hpp"
#include "proxies.hpp"

#include <string>
#include <vector>

namespace broadcast {

/// Throws input_error if two options name one file: what is written to one would be lost in the other.
void check_names(arguments const&);

/// Throws input_error if a file cannot be written: some are at the end only, and the run would be lost then.
void check_outputs(arguments const&);

/// Throws input_error if tokens would leave this machine unencrypted.
void check_transport(arguments const&, std::vector<proxy> const&);

/// Files with secrets in them that other users can read: a sentence for each.
[[nodiscard]] std::vector<std::string> exposed_files(arguments const&, std::vector<proxy> const&);

}  // namespace broadcast
