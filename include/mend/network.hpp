// Failures of the network, by the phase in which they happened: it tells the proxy's trouble from the connection's, and
// whether anything can have been sent. An error code alone tells neither.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>
#include <mend/phase.hpp>

#include <string>
#include <system_error>

namespace mend {

/// Describes an error of Asio's, of the system's or of TLS that a program met in this phase of a request.
///
/// | phase | through no proxy | through a proxy |
/// |---|---|---|
/// | resolve, connect | connection, not_sent | proxy, not_sent |
/// | proxy_handshake | proxy, not_sent | proxy, not_sent |
/// | tls | connection, not_sent | connection, not_sent |
/// | request, reply | connection, unknown | connection, unknown |
///
/// A certificate that cannot be verified is the exception in tls: permanent, or the proxy's trouble if through one, since
/// something other than the target has answered. A shortage on this side (EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL)
/// is temporary in every phase. An error that is none of the network's keeps its delivery by the phase, and its category is
/// left to the rules. `message` is for people; empty: the error's own text. Throws std::bad_alloc alone. Thread-safe.
[[nodiscard]] MEND_API failure network_failure(std::error_code, phase, bool through_proxy = false, std::string message = {});

/// Describes a SOCKS5 proxy's refusal to make a tunnel: the reply field of RFC 1928, section 6. 3 (network
/// unreachable), 4 (host unreachable), 5 (refused) and 6 (TTL expired) are the target's trouble: connection. All others,
/// 0xff for "no acceptable method" and the status of a failed authentication among them, are the proxy's. Nothing was
/// sent. Throws std::bad_alloc alone. Thread-safe.
[[nodiscard]] MEND_API failure socks5_failure(int reply, std::string message = {});

/// Describes an HTTP proxy's refusal to make a tunnel, the status of its answer to CONNECT: the proxy's trouble whatever it
/// says, nothing was sent. The status stands in the message alone, since as `code` it would be Telegram's. Throws
/// std::bad_alloc alone. Thread-safe.
[[nodiscard]] MEND_API failure http_connect_failure(int status, std::string message = {});

}  // namespace mend
