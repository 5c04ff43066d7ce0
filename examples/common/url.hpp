// URLs as libcurl reads them, so that what is checked is what it connects to.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace common {

class url {
public:
    /// Returns nothing if libcurl rejects the text. `flags` are those of curl_url_set.
    [[nodiscard]] static std::optional<url> parse(std::string const& text, unsigned flags = 0);

    /// Empty if the URL has no such part. `flags` are those of curl_url_get.
    [[nodiscard]] std::string part(CURLUPart, unsigned flags = 0) const;
    [[nodiscard]] bool has(CURLUPart part) const { return !this->part(part).empty(); }

private:
    using handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

    explicit url(handle parsed) : parsed_(std::move(parsed)) {}

    handle parsed_;
};

/// Whether the host is this machine: 127.0.0.0/8, [::1] or localhost, in the form that url::part returns.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace common
