// Failures from libcurl's results: the proxy's fault or the connection's, and whether anything can have been sent.
//
// The only header here that needs libcurl's; nothing of mend that is compiled does.
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

/// What is known about a transfer that has ended. libcurl does not tell of an easy handle whether it used a proxy
/// (before version 8.7), so the user says it.
struct curl_facts {
    CURLcode result = CURLE_OK;
    long proxy_error = CURLPX_OK;  ///< CURLINFO_PROXY_ERROR, where the result is CURLE_PROXY
    long connect_status = 0;       ///< CURLINFO_HTTP_CONNECTCODE: what an HTTP proxy answered to CONNECT; 0 = nothing
    bool through_proxy = false;
    bool request_begun = false;  ///< a byte of the request may have gone out
    bool tunnel_stood = false;   ///< a SOCKS proxy had reached the target; of an HTTP proxy connect_status says it
    long os_error = 0;  ///< CURLINFO_OS_ERRNO; counts only if no connection could be opened
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

/// Did the transfer end on the way to the target, with the proxy's tunnel not known to stand?
[[nodiscard]] constexpr bool ended_at_proxy(curl_facts const& facts) noexcept
{
    auto const tunnel_stood = facts.tunnel_stood || (facts.connect_status >= 200 && facts.connect_status < 300);
    return facts.through_proxy && !facts.request_begun && !tunnel_stood;
}

/// Did it end while a connection was being opened?
[[nodiscard]] constexpr bool ended_before_connection(CURLcode result) noexcept
{
    return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_RESOLVE_PROXY;
}

/// What the system, or libcurl itself, ran out of.
[[nodiscard]] inline std::error_code shortage_in(curl_facts const& facts) noexcept
{
    if (facts.result == CURLE_OUT_OF_MEMORY)
        return std::make_error_code(std::errc::not_enough_memory);
    // libcurl leaves the number of an earlier transfer in the handle; a second connection is libcurl's after the first died.
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
    case CURLE_PEER_FAILED_VERIFICATION:  // something stands between, and only the proxy can be exchanged
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return facts.through_proxy ? category::proxy : category::permanent;
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
    case CURLE_SSL_CERTPROBLEM:  // the program's own
    case CURLE_SSL_CACERT_BADFILE:
        return category::permanent;
    default:
        return std::nullopt;  // left to the rules
    }
}

/// The libcurl sentences that name the proxy, as they begin: host names come further behind.
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

/// Whose trouble a sentence of libcurl's is, if it tells of a proxy: libcurl takes one from the environment, too, and
/// older versions have no CURLE_PROXY.
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

/// The errno for which so many sockets (4 at most) cannot be opened now; 0: they can. libcurl and the system's resolver keep
/// it to themselves.
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
        // To resolve a name takes a name server's socket, a file, and what wakes libcurl.
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

/// Describes a transfer that failed. `text` is libcurl's own (CURLOPT_ERRORBUFFER); empty: curl_easy_strerror's. A sentence
/// that names a proxy counts even if `through_proxy` is false: the environment may have set one.
/// Throws std::bad_alloc alone. Thread-safe.
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
        result.message += ": " + result.error.message();  // libcurl's text speaks of the server
    // Even a connect that failed may be libcurl's second: of a request that had gone out on a connection that then
    // died.
    if (facts.result != CURLE_OK)
        result.delivered = facts.request_begun ? delivery::unknown : delivery::not_sent;
    return result;
}

/// The same, with the facts asked of the handle. Call it before the handle is used again. Whether the request had
/// begun is taken from CURLINFO_PRETRANSFER_TIME_T. What it cannot see is that libcurl has sent the request twice: see
/// curl_send_guard. Of a SOCKS tunnel libcurl does not tell whether it stood: a TLS handshake that hangs behind one
/// counts as the proxy's fault.
[[nodiscard]] inline failure curl_failure(CURLcode result, CURL* easy, bool through_proxy, std::string text = {})
{
    return curl_failure(curl_detail::facts_of(result, easy, through_proxy), std::move(text));
}

/// Keeps libcurl from sending a request twice, and knows whether it was sent.
///
/// When a kept-alive connection dies before a byte of the answer has come, libcurl takes a fresh one and sends the
/// request again, a POST too, and tells nobody. The server may have carried out the first: a message goes out twice.
/// libcurl has no option against it but a callback, which this class is:
///
///     mend::telegram::curl_send_guard guard{easy};
///     if (auto const result = curl_easy_perform(easy); result != CURLE_OK)
///         throw mend::operation_error{mend::telegram::curl_failure(result, guard, through_proxy)};
///
/// One guard serves one transfer. Make it before the transfer starts and let it go when that has ended, before the
/// handle is cleaned up: declare it after the handle. With the multi interface take the handle out before the guard
/// goes. It takes CURLOPT_PREREQFUNCTION. A program that has one of its own sets it after the guard is made, and calls
/// begin_request() in it:
///
///     return guard.begin_request() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
///
/// A redirect that libcurl follows, and a second round of authentication (CURLAUTH_DIGEST, CURLAUTH_ANY ...), are
/// second requests, too, and are refused: leave redirects off and name CURLAUTH_BASIC.
///
/// The constructor throws std::runtime_error where libcurl does not take the callback (the handle is null, or the
/// libcurl that is loaded is older than 7.80). Not thread-safe, as the handle is not.
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

    /// For https through a SOCKS proxy: from now on the guard knows, too, whether the tunnel stood when the transfer
    /// ended, since TLS with the target begins then. Takes CURLOPT_SSL_CTX_FUNCTION, so call it only where the program
    /// does not set that itself. Not for a proxy that is itself spoken to in TLS. Returns whether libcurl's TLS can
    /// tell.
    bool watch_tunnel() noexcept
    {
        watches_tunnel_ = curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this)) == CURLE_OK &&
                          curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &tls_begins) == CURLE_OK;
        return watches_tunnel_;
    }

    /// The request is about to go out: may it? Only the first time. libcurl asks this through the guard's own
    /// callback.
    [[nodiscard]] bool begin_request() noexcept
    {
        refused_ = request_begun_;
        request_begun_ = true;
        return !refused_;
    }

    [[nodiscard]] CURL* handle() const noexcept { return easy_; }
    [[nodiscard]] bool request_begun() const noexcept { return request_begun_; }  ///< a byte of it may have gone out
    [[nodiscard]] bool refused() const noexcept { return refused_; }              ///< libcurl wanted to send it again
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

/// The same for a guarded transfer. Call it before the guard goes and before the handle is used again.
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
