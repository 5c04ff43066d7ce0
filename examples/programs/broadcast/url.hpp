// URLs as libcurl reads them, so that what is checked is what it connects to.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace broadcast {

class url {
public:
    /// Nothing if libcurl refuses the text. `flags` are those of curl_url_set.
    [[nodiscard]] static std::optional<url> parse(std::string const& text, unsigned flags = 0);

    /// Empty if there is no such part. `flags` are those of curl_url_get.
    [[nodiscard]] std::string part(CURLUPart, unsigned flags = 0) const;

private:
    using handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

    explicit url(handle parsed) : parsed_(std::move(parsed)) {}

    handle parsed_;
};

/// The host is this machine: 127.0.0.0/8, [::1] or localhost, in the form that url::part returns.
[[nodiscard]] bool is_loopback(std::string_view host);

/// The root of a Bot API: where it is, and whether what goes there is encrypted.
struct api_root {
    std::string address;
    std::string host;
    bool encrypted = true;
};

/// Nothing if no requests can be made to it; allowed are http:// and https://, then host[:port][/path].
[[nodiscard]] std::optional<api_root> parse_api_root(std::string const&);

}  // namespace broadcast
