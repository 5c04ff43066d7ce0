// Failures from libcurl's results: the proxy's fault or the connection's, and whether anything can have been sent.
//
// The only header here that needs libcurl's; nothing of mend that is compiled does.
#pragma once

#include <mend/failure.hpp>

#include <curl/curl.h>

#include <optional>
#include <string>
#include <utility>

namespace mend::telegram {

/// What is known about a transfer that has ended. libcurl does not tell of an easy handle whether it used a proxy
/// (before version 8.7), so the user says it.
struct curl_facts {
    CURLcode result = CURLE_OK;
    long proxy_error = CURLPX_OK;  ///< CURLINFO_PROXY_ERROR, where the result is CURLE_PROXY
    long connect_status = 0;       ///< CURLINFO_HTTP_CONNECTCODE: what an HTTP proxy answered to CONNECT; 0 = nothing
    bool through_proxy = false;
    bool request_begun = false;  ///< a byte of the request may have gone out
};

namespace curl_detail {

/// Is it the target that the SOCKS proxy could not reach? Everything else is the proxy's own trouble.
[[nodiscard]] constexpr bool names_target(long proxy_error) noexcept
{
    switch (proxy_error) {
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_TTL_EXPIRED:
    case CURLPX_RESOLVE_HOST:  // the target's name, where libcurl has to resolve it itself
        return true;
    default:
        return false;
    }
}

/// Did the transfer end on the way to the target, with the proxy's tunnel not known to stand? Of a SOCKS tunnel libcurl
/// does not tell: a TLS handshake that hangs behind one counts as the proxy's fault.
[[nodiscard]] constexpr bool ended_at_proxy(curl_facts const& facts) noexcept
{
    auto const tunnel_stood = facts.connect_status >= 200 && facts.connect_status < 300;
    return facts.through_proxy && !facts.request_begun && !tunnel_stood;
}

[[nodiscard]] constexpr std::optional<category> curl_category(curl_facts const& facts) noexcept
{
    switch (facts.result) {
    case CURLE_OK:
        return std::nullopt;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return category::proxy;
    case CURLE_PROXY:
        return names_target(facts.proxy_error) ? category::connection : category::proxy;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return category::connection;
    case CURLE_COULDNT_RESOLVE_HOST:  // said of a SOCKS proxy's name, too; the target's is then CURLPX_RESOLVE_HOST
    case CURLE_COULDNT_CONNECT:
        return facts.through_proxy ? category::proxy : category::connection;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_SSL_SHUTDOWN_FAILED:
        return ended_at_proxy(facts) ? category::proxy : category::connection;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SSL_CACERT_BADFILE:
        return category::permanent;
    default:
        return std::nullopt;  // left to the rules
    }
}

}  // namespace curl_detail

/// Describes a transfer that failed. `text` is libcurl's own (CURLOPT_ERRORBUFFER); empty: curl_easy_strerror's. Throws
/// std::bad_alloc alone. Thread-safe.
[[nodiscard]] inline failure curl_failure(curl_facts const& facts, std::string text = {})
{
    failure result;
    result.message = text.empty() ? std::string{curl_easy_strerror(facts.result)} : std::move(text);
    result.known = curl_detail::curl_category(facts);
    // Even a connect that failed may be libcurl's second: of a request that had gone out on a connection that then
    // died.
    if (facts.result != CURLE_OK)
        result.delivered = facts.request_begun ? delivery::unknown : delivery::not_sent;
    return result;
}

/// The same, with the facts asked of the handle. Call it before the handle is used again. Whether the request had begun
/// is taken from CURLINFO_PRETRANSFER_TIME_T; a user who sets CURLOPT_PREREQFUNCTION knows it better, since libcurl may
/// have sent the request once before on a connection that then died.
[[nodiscard]] inline failure curl_failure(CURLcode result, CURL* easy, bool through_proxy, std::string text = {})
{
    curl_facts facts{result, CURLPX_OK, 0, through_proxy, false};
    curl_off_t pretransfer = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &facts.proxy_error);
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &facts.connect_status);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    facts.request_begun = pretransfer > 0 || uploaded > 0;
    return curl_failure(facts, std::move(text));
}

}  // namespace mend::telegram
