// Addresses of proxies as users write them: scheme://[user:password@]host:port.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace common {

struct proxy_address {
    std::string scheme;
    std::string user;      ///< percent-decoded
    std::string password;  ///< percent-decoded
    std::string host;      ///< an IPv6 address in brackets
    std::uint16_t port = 0;

    /// "socks5://127.0.0.1:1080": without credentials, for messages.
    [[nodiscard]] std::string text() const;
};

struct proxy_syntax {
    std::vector<std::string> schemes;
    std::string allowed;  ///< what a message says is allowed: "socks5:// or http://, then [user:password@]host:port"
};

/// Throws input_error. The text may hold a password, so no message quotes more than the scheme.
[[nodiscard]] proxy_address parse_proxy_address(std::string_view text, proxy_syntax const&);

/// Calls `take` for each proxy of a list: one a line; blank lines and lines that begin with # are skipped. Throws input_error
/// "FILE:LINE: ..." for an invalid address and for an input_error that `take` throws.
void for_each_proxy(std::string_view content, std::filesystem::path const& file, proxy_syntax const&,
                    std::function<void(proxy_address)> const& take);

}  // namespace common
