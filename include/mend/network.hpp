// Failures of the network. The phase of the request determines whether the proxy or the connection failed, and whether
// anything may have been sent; an error code alone determines neither.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>
#include <mend/phase.hpp>

#include <string>
#include <system_error>

namespace mend {

/// Describes an error of Asio, the system or TLS that occurred in this phase of a request.
///
/// | phase | without a proxy | through a proxy |
/// |---|---|---|
/// | resolve, connect | connection, not_sent | proxy, not_sent |
/// | proxy_handshake | proxy, not_sent | proxy, not_sent |
/// | tls | connection, not_sent | connection, not_sent |
/// | request, reply | connection, unknown | connection, unknown |
///
/// A certificate that cannot be verified in phase tls is an exception: the category is permanent without a proxy and proxy
/// with one, because something other than the target has answered. A local shortage (EMFILE, ENFILE, ENOBUFS, ENOMEM,
/// EADDRNOTAVAIL) is temporary in every phase. An error that is not one of the network keeps the delivery of its phase, and
/// the rules decide its category. `message` is for people; if it is empty, the error's own text is used. Throws only
/// std::bad_alloc. Thread-safe.
[[nodiscard]] MEND_API failure network_failure(std::error_code, phase, bool through_proxy = false, std::string message = {});

/// Describes the refusal of a SOCKS5 proxy to open a tunnel; `reply` is the reply field of RFC 1928, section 6. 3 (network
/// unreachable), 4 (host unreachable), 5 (refused) and 6 (TTL expired) are failures of the target: category connection. All
/// others are failures of the proxy, among them 0xff for "no acceptable method" and the status of a failed authentication.
/// Nothing was sent. Throws only std::bad_alloc. Thread-safe.
[[nodiscard]] MEND_API failure socks5_failure(int reply, std::string message = {});

/// Describes the refusal of an HTTP proxy to open a tunnel; `status` is that of its answer to CONNECT. Every status is a
/// failure of the proxy, and nothing was sent. The status appears only in the message, because as `code` it would count as
/// Telegram's. Throws only std::bad_alloc. Thread-safe.
[[nodiscard]] MEND_API failure http_connect_failure(int status, std::string message = {});

}  // namespace mend
