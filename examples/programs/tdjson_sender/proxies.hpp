// Proxies, as users write them and as TDLib takes them.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tdjson_sender {

struct proxy {
    std::string name;               ///< what messages call it: scheme, host and port, no password
    nlohmann::json description{};   ///< TDLib's object `proxy`
};

/// One a line: socks5://, http:// (with CONNECT) as [user:password@]host:port, or mtproto://secret@host:port; # begins a
/// comment. Throws input_error "FILE:LINE: ..."; never quotes what may be a password.
[[nodiscard]] std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& file);
[[nodiscard]] std::vector<proxy> read_proxies(std::filesystem::path const& file);

}  // namespace tdjson_sender
