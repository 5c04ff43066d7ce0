// Recognizes failures that come from a shortage on this side: the process, the machine or the client's pool has run out of
// descriptors, buffers, ports or connections.
#pragma once

#include <mend/detail/export.hpp>

#include <system_error>

namespace mend {
struct failure;
class classifier;
}  // namespace mend

namespace mend::detail {

/// Returns true for EMFILE, ENFILE, ENOBUFS, ENOMEM and EADDRNOTAVAIL, in any library's category.
[[nodiscard]] MEND_API bool is_own_shortage(std::error_code const&) noexcept;

/// Returns whether the failure's error or text reports such a shortage. It says nothing about the server, the network or a
/// proxy: it does not count for an outage, and no reconnection is needed. One pass over the text, no allocation after the first
/// call.
[[nodiscard]] bool is_own_shortage(failure const&) noexcept;

/// Adds the rules that classify them: temporary, not sent. The rules do not read what Telegram has answered.
void add_own_shortages(classifier&);

}  // namespace mend::detail
