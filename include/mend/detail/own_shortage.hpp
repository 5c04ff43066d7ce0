// Failures due to a shortage on this side: the process, the machine or the client's own pool has run out of descriptors, buffers,
// ports or connections.
#pragma once

#include <mend/detail/export.hpp>

#include <system_error>

namespace mend {
struct failure;
class classifier;
}  // namespace mend

namespace mend::detail {

/// Returns whether the error is EMFILE, ENFILE, ENOBUFS, ENOMEM or EADDRNOTAVAIL, in any library's category.
[[nodiscard]] MEND_API bool is_own_shortage(std::error_code const&) noexcept;

/// Returns whether the failure's error or text names such a shortage. A shortage proves nothing about the server, the network or
/// a proxy: it is no evidence of an outage, and no reconnect is needed. Takes one pass over the text; allocates only in the first
/// call.
[[nodiscard]] bool is_own_shortage(failure const&) noexcept;

/// Adds the rules that classify such failures: temporary, not sent. Answers from Telegram are not searched for these words.
void add_own_shortages(classifier&);

}  // namespace mend::detail
