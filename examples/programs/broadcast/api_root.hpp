// The root URL of a Bot API.
#pragma once

#include <optional>
#include <string>

namespace broadcast {

struct api_root {
    std::string address;
    std::string host;
    bool encrypted = true;  ///< https://
};

/// Returns nothing if no requests can be made to the URL; allowed are http:// and https://, then host[:port][/path].
[[nodiscard]] std::optional<api_root> parse_api_root(std::string const&);

}  // namespace broadcast
