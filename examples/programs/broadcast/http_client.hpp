// HTTP on Asio through libcurl's multi interface, without threads or blocking calls; connections are kept alive.
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
    secret url;  ///< a secret, because it contains the token
    std::string body;
    std::chrono::milliseconds timeout{0};          ///< 0: none; for the whole request
    std::chrono::milliseconds connect_timeout{0};  ///< 0: libcurl's own; proxy and TLS handshakes included
    std::function<void()> leaving;                 ///< called just before the first byte of the request may go out
};

/// How a request ended, and whether the server may have seen it.
struct http_result {
    CURLcode code = CURLE_OK;
    long status = 0;  ///< of HTTP; 0: no answer
    std::string body;
    std::string error;            ///< libcurl's text, without the URL's secret
    bool left = false;            ///< a byte of the request may have gone out
    bool cancelled = false;       ///< by the caller
    bool through_proxy = false;
    CURLproxycode proxy_code = CURLPX_OK;
    long proxy_status = 0;        ///< the HTTP proxy's reply to CONNECT
    long os_error = 0;            ///< errno of a failure before the connection was established; 0: not known
};

/// One account's connections. libcurl never repeats a request: one that it would send again on a new connection, because a
/// kept-alive one had died, fails instead; the caller decides whether a repeat is harmless.
///
/// Lifetime: requests share the state; the client may be destroyed while they run, and they end as by `close()`.
/// Not thread-safe: one thread must run the executor.
class http_client {
public:
    explicit http_client(asio::any_io_executor);
    http_client(http_client const&) = delete;
    http_client& operator=(http_client const&) = delete;
    ~http_client();

    /// Applies to new connections. nullopt: no proxy, even if the environment names one.
    void use_proxy(std::optional<proxy>);

    /// Sends a POST with JSON. Cancellation (terminal, partial or total) aborts the request immediately and is reported in
    /// the result, which has whether the request had left. A coroutine that is already cancelled throws
    /// system_error(operation_aborted) and starts nothing.
    asio::awaitable<http_result> post(http_request);

    /// Returns when no request is running, or after that time.
    asio::awaitable<void> idle(std::chrono::milliseconds longest);

    /// Aborts running requests and closes every connection. The next post opens a new one.
    void close();

    [[nodiscard]] std::size_t running() const noexcept;

private:
    class multi;
    struct transfer;

    std::shared_ptr<multi> multi_;
    std::optional<proxy> proxy_;
};

}  // namespace broadcast
