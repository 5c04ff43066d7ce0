// Proxies as users write them, converted to TDLib's objects.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tdjson_sender {

struct proxy {
    std::string name;               ///< for messages: scheme, host and port, without credentials
    nlohmann::json description{};   ///< TDLib's object `proxy`
};

/// One per line: socks5:// or http:// (with CONNECT), then [user:password@]host:port, or mtproto://secret@host:port; a line that
/// begins with # is a comment. Throws input_error "FILE:LINE: ..."; no message quotes credentials.
[[nodiscard]] std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& file);
[[nodiscard]] std::vector<proxy> read_proxies(std::filesystem::path const& file);

}  // namespace tdjson_sender
