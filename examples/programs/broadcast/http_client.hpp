// HTTP on Asio through libcurl's multi interface: no thread and no blocking call, one set of kept-alive connections.
#pragma once

#include "common/io.hpp"
#include "proxies.hpp"
#include "secret.hpp"

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace broadcast {

struct http_request {
    secret url;  ///< a secret, because the Bot API wants the token in it
    std::string body;
    std::chrono::milliseconds timeout{0};          ///< 0: none; for the whole request
    std::chrono::milliseconds connect_timeout{0};  ///< 0: libcurl's own; proxy and TLS handshakes included
    std::function<void()> leaving;                 ///< called just before the first byte of the request may go out
};

/// How a request ended. Whatever happened, it says whether the server may have seen the request.
struct http_result {
    CURLcode code = CURLE_OK;
    long status = 0;  ///< of HTTP; 0: no answer
    std::string body;
    std::string error;            ///< libcurl's words, without the URL's secret
    bool left = false;            ///< a byte of the request may have gone out
    bool cancelled = false;       ///< by the caller
    bool through_proxy = false;
    CURLproxycode proxy_code = CURLPX_OK;
    long proxy_status = 0;        ///< what an HTTP proxy answered to CONNECT
    long os_error = 0;            ///< errno of what failed before a connection stood; 0: none known
};

/// One account's connections. libcurl repeats nothing: what it would send again on a fresh connection, because a
/// kept-alive one had died, ends as a failure here; the caller knows whether a repeat is harmless.
///
/// Lifetime: requests share the state; the client may be destroyed while they run, and they end as by `close()`.
/// Thread safety: none; everything runs on one thread of the executor given.
class http_client {
public:
    explicit http_client(asio::any_io_executor);
    http_client(http_client const&) = delete;
    http_client& operator=(http_client const&) = delete;
    ~http_client();

    /// For connections made from now on; nothing: no proxy, whatever the environment says.
    void use_proxy(std::optional<proxy>);

    /// Sends a POST of JSON. Cancellation (terminal, partial or total) aborts the request at once and is told by
    /// value, since only the result says whether the request had left; a chain that is cancelled already throws
    /// system_error(operation_aborted) and begins nothing.
    asio::awaitable<http_result> post(http_request);

    /// Ends when no request runs any more, or after that time.
    asio::awaitable<void> idle(std::chrono::milliseconds longest);

    /// Aborts what runs and closes every connection. The next post opens a new one.
    void close();

    [[nodiscard]] std::size_t running() const noexcept;

private:
    class multi;
    struct transfer;

    std::shared_ptr<multi> multi_;
    std::optional<proxy> proxy_;
};

}  // namespace broadcast
