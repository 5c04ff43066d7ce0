// The phase of a request in which an attempt failed.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>

namespace mend {

/// The phases of one request, in order. Before `request`, nothing of it can have been sent.
enum class phase : std::uint8_t {
    resolve,          ///< resolving a name: the proxy's if there is one, else the target's
    connect,          ///< connecting a socket: to the proxy if there is one, else to the target
    proxy_handshake,  ///< asking the proxy for a tunnel: SOCKS, HTTP CONNECT, TLS to the proxy itself
    tls,              ///< the handshake with the target
    request,          ///< its first byte may have been sent
    reply,            ///< the request was sent; the reply is incomplete
};

/// Returns the name as written in the source; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(phase) noexcept;

}  // namespace mend
