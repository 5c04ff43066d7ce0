// Failures that come from a shortage on this side: the process, the machine or the client's own pool has run out of
// descriptors, buffers, ports or connections.
#pragma once

#include <mend/detail/export.hpp>

#include <system_error>

namespace mend {
struct failure;
class classifier;
}  // namespace mend

namespace mend::detail {

/// EMFILE, ENFILE, ENOBUFS, ENOMEM or EADDRNOTAVAIL, in any library's category.
[[nodiscard]] MEND_API bool is_own_shortage(std::error_code const&) noexcept;

/// Whether the failure's error or text tells of such a shortage. It says nothing about the server, the network or a proxy: it
/// is no evidence of an outage, and nothing needs to be reconnected. One pass over the text, no allocation after the first
/// call.
[[nodiscard]] bool is_own_shortage(failure const&) noexcept;

/// Adds the rules that classify them: temporary, not sent. What Telegram itself has answered is not searched for the words.
void add_own_shortages(classifier&);

}  // namespace mend::detail
