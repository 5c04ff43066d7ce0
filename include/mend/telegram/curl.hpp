// Failures from libcurl's results: whether the proxy or the connection failed, and whether anything may have been sent.
//
// The only header that needs libcurl's; nothing that mend compiles does.
#pragma once

#include <mend/detail/own_shortage.hpp>
#include <mend/failure.hpp>

#include <curl/curl.h>

#ifndef _WIN32
#include <sys/socket.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mend::telegram {

/// What is known about a transfer that has ended. Before version 8.7, libcurl does not report whether an easy handle used a
/// proxy, so the caller states it.
struct curl_facts {
    CURLcode result = CURLE_OK;
    long proxy_error = CURLPX_OK;  ///< CURLINFO_PROXY_ERROR, if the result is CURLE_PROXY
    long connect_status = 0;       ///< CURLINFO_HTTP_CONNECTCODE: an HTTP proxy's answer to CONNECT; 0: none
    bool through_proxy = false;
    bool request_begun = false;  ///< a byte of the request may have been sent
    bool tunnel_stood = false;   ///< a SOCKS proxy had reached the target; for an HTTP proxy, connect_status shows it
    long os_error = 0;  ///< CURLINFO_OS_ERRNO; counts only if no connection could be opened
};

namespace curl_detail {

/// Whether the SOCKS proxy could not reach the target. Everything else is a failure of the proxy itself.
[[nodiscard]] constexpr bool names_target(long proxy_error) noexcept
{
    switch (proxy_error) {
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_TTL_EXPIRED:
    case CURLPX_RESOLVE_HOST:  // the target's name, if libcurl has to resolve it itself
        return true;
    default:
        return false;
    }
}

/// Whether the transfer ended on the way to the target, before the proxy's tunnel was known to be open.
[[nodiscard]] constexpr bool ended_at_proxy(curl_facts const& facts) noexcept
{
    auto const tunnel_stood = facts.tunnel_stood || (facts.connect_status >= 200 && facts.connect_status < 300);
    return facts.through_proxy && !facts.request_begun && !tunnel_stood;
}

/// Whether it ended while a connection was being opened.
[[nodiscard]] constexpr bool ended_before_connection(CURLcode result) noexcept
{
    return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_RESOLVE_PROXY;
}

/// Returns the shortage of the system, or of libcurl itself.
[[nodiscard]] inline std::error_code shortage_in(curl_facts const& facts) noexcept
{
    if (facts.result == CURLE_OUT_OF_MEMORY)
        return std::make_error_code(std::errc::not_enough_memory);
    // libcurl leaves the number of an earlier transfer in the handle. If the request had begun, this connection is libcurl's
    // second.
    if (!ended_before_connection(facts.result) || facts.request_begun)
        return {};
    std::error_code const error{static_cast<int>(facts.os_error), std::generic_category()};
    return detail::is_own_shortage(error) ? error : std::error_code{};
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
    case CURLE_SSL_CIPHER:
        return category::connection;
    case CURLE_PEER_FAILED_VERIFICATION:  // something intercepts the connection, and only the proxy can be replaced
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return facts.through_proxy ? category::proxy : category::permanent;
    case CURLE_COULDNT_RESOLVE_HOST:  // also returned for a SOCKS proxy's name; the target's is then CURLPX_RESOLVE_HOST
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
    case CURLE_SSL_CERTPROBLEM:  // the program's own certificate
    case CURLE_SSL_CACERT_BADFILE:
        return category::permanent;
    default:
        return std::nullopt;  // the rules decide
    }
}

/// The beginnings of libcurl's messages that name the proxy: host names come later in the text.
inline constexpr std::array<std::string_view, 14> proxy_sentences{
    "CONNECT tunnel failed",
    "CONNECT response too large",
    "Received HTTP code ",  // "... from proxy after CONNECT"
    "Proxy CONNECT ",
    "Failed sending CONNECT to proxy",
    "Couldn't resolve proxy",
    "Could not resolve proxy",
    "connection to proxy closed",
    "User was rejected by the SOCKS5 server",
    "Unable to receive initial SOCKS5 response",
    "Unable to negotiate SOCKS5",
    "Received invalid version in initial SOCKS5 response",
    "No authentication method was acceptable",
    "SOCKS5 ",
};

/// Returns the category that a message of libcurl's implies, if it names a proxy: libcurl also takes one from the
/// environment, and older versions have no CURLE_PROXY.
[[nodiscard]] inline std::optional<category> category_in(std::string_view text) noexcept
{
    if (text.starts_with("Can't complete SOCKS")) {
        auto const reply = text.find(". (");  // of SOCKS5: "... to api.telegram.org. (4)"
        bool const target = reply != std::string_view::npos && text.size() > reply + 4 && text[reply + 3] >= '3' &&
                            text[reply + 3] <= '6' && text[reply + 4] == ')';
        return target ? category::connection : category::proxy;
    }
    if (text.starts_with("Failed to resolve \"") && text.find("\" for SOCKS") != std::string_view::npos)
        return category::connection;
    if (std::ranges::any_of(proxy_sentences, [text](auto sentence) { return text.starts_with(sentence); }))
        return category::proxy;
    return std::nullopt;
}

/// Returns the errno for which this many sockets (4 at most) cannot be opened now; 0 if they can. libcurl and the system's
/// resolver do not report it.
[[nodiscard]] inline int socket_shortage([[maybe_unused]] std::size_t wanted) noexcept
{
    int error = 0;
#ifndef _WIN32
    std::array<int, 4> opened{};
    std::size_t count = 0;
    for (; count != std::min(wanted, opened.size()) && error == 0; ++count) {
        opened[count] = ::socket(AF_INET, SOCK_STREAM, 0);
        if (opened[count] < 0)
            error = errno;
    }
    while (count-- != 0)
        if (opened[count] >= 0)
            ::close(opened[count]);
#endif
    return error;
}

[[nodiscard]] inline curl_facts facts_of(CURLcode result, CURL* easy, bool through_proxy) noexcept
{
    curl_facts facts;
    facts.result = result;
    facts.through_proxy = through_proxy;
    curl_off_t pretransfer = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &facts.proxy_error);
    if (ended_before_connection(result)) {
        bool const connects = result == CURLE_COULDNT_CONNECT;
        if (connects)
            curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &facts.os_error);
        // Resolving a name takes a socket to a name server, a file, and libcurl's wake-up descriptor.
        if (int const missing = socket_shortage(connects ? 1 : 4); missing != 0)
            facts.os_error = missing;
    }
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &facts.connect_status);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    facts.request_begun = pretransfer > 0 || uploaded > 0;
    return facts;
}

}  // namespace curl_detail

/// Describes a failed transfer. `text` is libcurl's own (CURLOPT_ERRORBUFFER); if it is empty, curl_easy_strerror's is used.
/// A message that names a proxy counts even if `through_proxy` is false: the environment may have set one. Throws only
/// std::bad_alloc. Thread-safe.
[[nodiscard]] inline failure curl_failure(curl_facts const& facts, std::string text = {})
{
    failure result;
    result.message = text.empty() ? std::string{curl_easy_strerror(facts.result)} : std::move(text);
    result.error = curl_detail::shortage_in(facts);
    result.known = result.error ? category::temporary : curl_detail::curl_category(facts);
    if (!result.error && facts.result != CURLE_OK && !facts.request_begun)
        if (auto const named = curl_detail::category_in(result.message))
            result.known = named;
    if (result.error)
        result.message += ": " + result.error.message();  // libcurl's text names the server as the cause
    // Even a failed connect may be libcurl's second: for a request that had been sent on a connection that then died.
    if (facts.result != CURLE_OK)
        result.delivered = facts.request_begun ? delivery::unknown : delivery::not_sent;
    return result;
}

/// The same, with the facts read from the handle. Call it before the handle is used again. CURLINFO_PRETRANSFER_TIME_T shows
/// whether the request had begun. It cannot detect that libcurl has sent the request twice: see curl_send_guard. libcurl does
/// not report whether a SOCKS tunnel was open: a TLS handshake that hangs behind one counts as a failure of the proxy.
[[nodiscard]] inline failure curl_failure(CURLcode result, CURL* easy, bool through_proxy, std::string text = {})
{
    return curl_failure(curl_detail::facts_of(result, easy, through_proxy), std::move(text));
}

/// Prevents libcurl from sending a request twice, and records whether it was sent.
///
/// If a kept-alive connection dies before a byte of the answer has arrived, libcurl opens another one and sends the request
/// again, even a POST, without reporting it. The server may have processed the first: the message goes out twice. libcurl has
/// no option against this except a callback, which this class sets:
///
///     mend::telegram::curl_send_guard guard{easy};
///     if (auto const result = curl_easy_perform(easy); result != CURLE_OK)
///         throw mend::operation_error{mend::telegram::curl_failure(result, guard, through_proxy)};
///
/// One guard serves one transfer. Create it before the transfer starts and destroy it after the transfer has ended, before
/// the handle is cleaned up: declare it after the handle. With the multi interface, remove the handle before the guard is
/// destroyed. It uses CURLOPT_PREREQFUNCTION. A program that has such a function of its own sets it after creating the guard,
/// and calls begin_request() in it:
///
///     return guard.begin_request() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
///
/// A redirect that libcurl follows, and a second round of authentication (CURLAUTH_DIGEST, CURLAUTH_ANY ...), are second
/// requests, too, and are refused: leave redirects off and set CURLAUTH_BASIC.
///
/// The constructor throws std::runtime_error if libcurl rejects the callback (the handle is null, or the loaded libcurl is
/// older than 7.80). Not thread-safe, like the handle.
class curl_send_guard {
public:
    explicit curl_send_guard(CURL* easy) : easy_{easy}
    {
        set(CURLOPT_PREREQDATA, static_cast<void*>(this));
        set(CURLOPT_PREREQFUNCTION, &before_request);
    }
    curl_send_guard(curl_send_guard const&) = delete;
    curl_send_guard& operator=(curl_send_guard const&) = delete;
    ~curl_send_guard()
    {
        curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, static_cast<curl_prereq_callback>(nullptr));
        if (watches_tunnel_)
            curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, static_cast<curl_ssl_ctx_callback>(nullptr));
    }

    /// For https through a SOCKS proxy: makes the guard record whether the tunnel was open when the transfer ended; TLS with
    /// the target begins when it opens. Uses CURLOPT_SSL_CTX_FUNCTION, so call it only if the program does not set that
    /// itself. Not for a proxy that is itself reached over TLS. Returns whether libcurl's TLS supports it.
    bool watch_tunnel() noexcept
    {
        watches_tunnel_ = curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this)) == CURLE_OK &&
                          curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &tls_begins) == CURLE_OK;
        return watches_tunnel_;
    }

    /// Returns whether the request may be sent: only the first time. libcurl calls this through the guard's own callback.
    [[nodiscard]] bool begin_request() noexcept
    {
        refused_ = request_begun_;
        request_begun_ = true;
        return !refused_;
    }

    [[nodiscard]] CURL* handle() const noexcept { return easy_; }
    [[nodiscard]] bool request_begun() const noexcept { return request_begun_; }  ///< a byte of it may have been sent
    [[nodiscard]] bool refused() const noexcept { return refused_; }              ///< libcurl tried to send it again
    [[nodiscard]] bool tunnel_stood() const noexcept { return tunnel_stood_; }    ///< only with watch_tunnel()

private:
    template <class Value>
    void set(CURLoption option, Value value)
    {
        if (auto const result = curl_easy_setopt(easy_, option, value); result != CURLE_OK)
            throw std::runtime_error{std::string{"curl_send_guard: "} + curl_easy_strerror(result)};
    }
    static int before_request(void* self, char*, char*, int, int)
    {
        return static_cast<curl_send_guard*>(self)->begin_request() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
    }
    static CURLcode tls_begins(CURL*, void*, void* self)
    {
        static_cast<curl_send_guard*>(self)->tunnel_stood_ = true;
        return CURLE_OK;
    }

    CURL* easy_;
    bool request_begun_ = false;
    bool refused_ = false;
    bool tunnel_stood_ = false;
    bool watches_tunnel_ = false;
};

/// The same for a guarded transfer. Call it before the guard is destroyed and before the handle is used again.
[[nodiscard]] inline failure curl_failure(CURLcode result, curl_send_guard const& guard, bool through_proxy,
                                          std::string text = {})
{
    auto facts = curl_detail::facts_of(result, guard.handle(), through_proxy);
    facts.request_begun = guard.request_begun();
    facts.tunnel_stood = guard.tunnel_stood();
    if (guard.refused() && result == CURLE_ABORTED_BY_CALLBACK) {
        facts.result = CURLE_GOT_NOTHING;
        text = "the connection was closed before an answer came";
    }
    return curl_failure(facts, std::move(text));
}

}  // namespace mend::telegram
