// Where on the way to Telegram an attempt was when it failed.
#pragma once

#include <mend/detail/export.hpp>

#include <cstdint>
#include <string_view>

namespace mend {

/// The steps of one request in their order. Before `request` nothing of it can have gone out.
enum class phase : std::uint8_t {
    resolve,          ///< a name is being resolved: the proxy's where there is one, else the target's
    connect,          ///< a socket is being connected: to the proxy where there is one, else to the target
    proxy_handshake,  ///< the proxy is being asked for a tunnel: SOCKS, HTTP CONNECT, TLS to the proxy itself
    tls,              ///< the handshake with the target
    request,          ///< its first byte may have gone out
    reply,            ///< the request is out, the reply is not complete
};

/// The name as written in the source; "?" for a value outside the enumeration.
[[nodiscard]] MEND_API std::string_view to_string(phase) noexcept;

}  // namespace mend
