#include <mend/asio.hpp>
#include <mend/telegram/curl.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"

#if MEND_USE_BOOST_ASIO
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#else
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#endif

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace mend;
using telegram::curl_facts;
using telegram::curl_failure;

namespace {

struct row {
    curl_facts facts;
    category what;
    delivery delivered;
};

curl_facts direct(CURLcode result, bool begun = false)
{
    return {result, CURLPX_OK, 0, false, begun};
}

curl_facts proxied(CURLcode result, bool begun = false, long connect_status = 0)
{
    return {result, CURLPX_OK, connect_status, true, begun};
}

/// Behind a SOCKS proxy that had reached the target.
curl_facts tunnelled(CURLcode result)
{
    auto facts = proxied(result);
    facts.tunnel_stood = true;
    return facts;
}

curl_facts socks(CURLproxycode reply)
{
    return {CURLE_PROXY, reply, 0, true, false};
}

struct handle {
    CURL* easy = curl_easy_init();
    handle() = default;
    handle(handle const&) = delete;
    ~handle() { curl_easy_cleanup(easy); }
};

/// On a loopback port: takes one connection, reads what comes first, and closes it without a word.
class closing_server {
public:
    closing_server()
        : acceptor_{context_, {asio::ip::address_v4::loopback(), 0}}, thread_{[this] {
              asio::ip::tcp::socket socket{context_};
              detail::asio_error_code ignored;
              acceptor_.accept(socket, ignored);
              char some[1024];
              socket.read_some(asio::buffer(some), ignored);
          }}
    {
    }
    closing_server(closing_server const&) = delete;
    ~closing_server()
    {
        // If no client has connected, or one was refused on the way.
        detail::asio_error_code ignored;
        asio::ip::tcp::socket last{context_};
        last.connect(acceptor_.local_endpoint(), ignored);
        last.close(ignored);
        thread_.join();
    }
    void aim(CURL* easy, char const* scheme) const
    {
        auto const url = std::string{scheme} + "://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + '/';
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("proxy or connection: the phase decides, not the error")
{
    constexpr auto not_sent = delivery::not_sent;
    row const rows[] = {
        // the proxy's own address does not resolve, refuses or times out
        {proxied(CURLE_COULDNT_RESOLVE_PROXY), category::proxy, not_sent},
        {proxied(CURLE_COULDNT_RESOLVE_HOST), category::proxy, not_sent},  // so 7.88 calls a SOCKS proxy's name
        {proxied(CURLE_COULDNT_CONNECT), category::proxy, not_sent},
        {proxied(CURLE_OPERATION_TIMEDOUT), category::proxy, not_sent},
        // no acceptable method, bad credentials, replies 1, 2, 7, 8
        {socks(CURLPX_NO_AUTH), category::proxy, not_sent},
        {socks(CURLPX_USER_REJECTED), category::proxy, not_sent},
        {socks(CURLPX_CLOSED), category::proxy, not_sent},
        {socks(CURLPX_REPLY_GENERAL_SERVER_FAILURE), category::proxy, not_sent},
        {socks(CURLPX_REPLY_NOT_ALLOWED), category::proxy, not_sent},
        {socks(CURLPX_REPLY_COMMAND_NOT_SUPPORTED), category::proxy, not_sent},
        {socks(CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED), category::proxy, not_sent},
        // replies 3, 4, 5, 6: the target, through the proxy
        {socks(CURLPX_REPLY_NETWORK_UNREACHABLE), category::connection, not_sent},
        {socks(CURLPX_REPLY_HOST_UNREACHABLE), category::connection, not_sent},
        {socks(CURLPX_REPLY_CONNECTION_REFUSED), category::connection, not_sent},
        {socks(CURLPX_REPLY_TTL_EXPIRED), category::connection, not_sent},
        {socks(CURLPX_RESOLVE_HOST), category::connection, not_sent},
        // CONNECT refused
        {proxied(CURLE_RECV_ERROR, false, 403), category::proxy, not_sent},
        {proxied(CURLE_RECV_ERROR, false, 405), category::proxy, not_sent},
        {proxied(CURLE_RECV_ERROR, false, 407), category::proxy, not_sent},
        {proxied(CURLE_RECV_ERROR, false, 429), category::proxy, not_sent},
        {proxied(CURLE_RECV_ERROR, false, 502), category::proxy, not_sent},
        {proxied(CURLE_COULDNT_CONNECT, false, 500), category::proxy, not_sent},
        // after the tunnel stood
        {proxied(CURLE_RECV_ERROR, true, 200), category::connection, delivery::unknown},
        {proxied(CURLE_GOT_NOTHING, true), category::connection, delivery::unknown},
        {proxied(CURLE_OPERATION_TIMEDOUT, true), category::connection, delivery::unknown},
        {proxied(CURLE_OPERATION_TIMEDOUT, false, 200), category::connection, not_sent},
        {tunnelled(CURLE_OPERATION_TIMEDOUT), category::connection, not_sent},
        {proxied(CURLE_SSL_CONNECT_ERROR), category::connection, not_sent},
        // without a proxy
        {direct(CURLE_COULDNT_RESOLVE_HOST), category::connection, not_sent},
        {direct(CURLE_COULDNT_CONNECT), category::connection, not_sent},
        {direct(CURLE_OPERATION_TIMEDOUT), category::connection, not_sent},
        {direct(CURLE_PEER_FAILED_VERIFICATION), category::permanent, not_sent},
        {proxied(CURLE_PEER_FAILED_VERIFICATION), category::proxy, not_sent},
        {direct(CURLE_SSL_CONNECT_ERROR), category::connection, not_sent},
        {direct(CURLE_RECV_ERROR, true), category::connection, delivery::unknown},
        {direct(CURLE_SEND_ERROR, true), category::connection, delivery::unknown},
        {direct(CURLE_PARTIAL_FILE, true), category::connection, delivery::unknown},
        {direct(CURLE_URL_MALFORMAT), category::permanent, not_sent},
        // libcurl had sent it before, on a kept connection that then died
        {direct(CURLE_COULDNT_CONNECT, true), category::connection, delivery::unknown},
        {proxied(CURLE_COULDNT_CONNECT, true), category::proxy, delivery::unknown},
    };
    for (auto const& each : rows) {
        INFO(curl_easy_strerror(each.facts.result)
             << ", proxy error " << each.facts.proxy_error << ", CONNECT " << each.facts.connect_status);
        auto const says = telegram::rules().classify(curl_failure(each.facts));
        CHECK(to_string(says.what) == to_string(each.what));
        CHECK(to_string(says.delivered) == to_string(each.delivered));
    }
}

TEST_CASE("libcurl's own sentences name the proxy where the program does not know of one, as with https_proxy")
{
    struct sentence {
        CURLcode result;
        char const* text;
        category what;
    };
    sentence const sentences[] = {
        {CURLE_RECV_ERROR, "CONNECT tunnel failed, response 407", category::proxy},
        {CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 502", category::proxy},
        {CURLE_RECV_ERROR, "Received HTTP code 403 from proxy after CONNECT", category::proxy},
        {CURLE_RECV_ERROR, "Proxy CONNECT aborted", category::proxy},
        {CURLE_OPERATION_TIMEDOUT, "Proxy CONNECT aborted due to timeout", category::proxy},
        {CURLE_SEND_ERROR, "Failed sending CONNECT to proxy", category::proxy},
        {CURLE_COULDNT_RESOLVE_HOST, "Couldn't resolve proxy 'proxy.example.net'", category::proxy},
        {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve proxy: proxy.example.net", category::proxy},
        {CURLE_RECV_ERROR, "connection to proxy closed", category::proxy},
        {CURLE_COULDNT_CONNECT, "User was rejected by the SOCKS5 server (1 1).", category::proxy},
        {CURLE_COULDNT_CONNECT, "Unable to receive initial SOCKS5 response.", category::proxy},
        {CURLE_COULDNT_CONNECT, "Received invalid version in initial SOCKS5 response.", category::proxy},
        {CURLE_COULDNT_CONNECT, "No authentication method was acceptable.", category::proxy},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (1)", category::proxy},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (2)", category::proxy},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS4 connection to 10.0.0.1:443. (91), request rejected or failed.",
         category::proxy},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (3)", category::connection},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (4)", category::connection},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (5)", category::connection},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (6)", category::connection},
        {CURLE_COULDNT_CONNECT, "Can't complete SOCKS5 connection to api.telegram.org. (8)", category::proxy},
        {CURLE_COULDNT_RESOLVE_HOST, "Failed to resolve \"api.telegram.org\" for SOCKS5 connect.", category::connection},
        // What only mentions one says nothing.
        {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: proxy.example.net", category::connection},
        {CURLE_COULDNT_CONNECT, "Failed to connect to socks.example.net port 443 after 3 ms: Couldn't connect to server",
         category::connection},
    };
    for (auto const& each : sentences) {
        INFO(each.text);
        auto const read = curl_failure(direct(each.result), each.text);
        REQUIRE(read.known.has_value());
        CHECK(to_string(*read.known) == to_string(each.what));
        CHECK(read.delivered == delivery::not_sent);
        if (each.what == category::connection)
            continue;
        // A request that has been sent stays sent, with any text of a second attempt.
        CHECK(curl_failure(direct(each.result, true), each.text).delivered == delivery::unknown);
    }
    CHECK(curl_failure(proxied(CURLE_COULDNT_CONNECT), "Can't complete SOCKS5 connection to 1.2.3.4. (5)").known ==
          category::connection);
}

TEST_CASE("an errno is a shortage only if it kept the first connection from being opened")
{
    auto refused = direct(CURLE_COULDNT_CONNECT);
    refused.os_error = ECONNREFUSED;
    CHECK(curl_failure(refused).known == category::connection);
    auto late = direct(CURLE_RECV_ERROR, true);
    late.os_error = ENOBUFS;
    CHECK(curl_failure(late).known == category::connection);
    auto second = direct(CURLE_COULDNT_CONNECT, true);
    second.os_error = EMFILE;
    CHECK(curl_failure(second).known == category::connection);
    CHECK(curl_failure(second).delivered == delivery::unknown);
}

TEST_CASE("libcurl's own text is kept, else the result's")
{
    CHECK(curl_failure(direct(CURLE_COULDNT_CONNECT), "port 7: refused").message == "port 7: refused");
    CHECK(curl_failure(direct(CURLE_COULDNT_CONNECT)).message == curl_easy_strerror(CURLE_COULDNT_CONNECT));
}

TEST_CASE("a real transfer to a port without a listener was not sent")
{
    handle owner;
    auto* const easy = owner.easy;
    REQUIRE(easy != nullptr);
    curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1:1/");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    auto const refused = curl_failure(curl_easy_perform(easy), easy, false);
    CHECK(refused.known == category::connection);
    CHECK(refused.delivered == delivery::not_sent);
    curl_easy_setopt(easy, CURLOPT_PROXY, "socks5h://127.0.0.1:1");
    auto const no_proxy = curl_failure(curl_easy_perform(easy), easy, true);
    CHECK(no_proxy.known == category::proxy);
    CHECK(no_proxy.delivered == delivery::not_sent);
}

TEST_CASE("a guard lets one request go out and refuses the second")
{
    handle owner;
    telegram::curl_send_guard guard{owner.easy};
    CHECK_FALSE(guard.request_begun());
    CHECK(curl_failure(CURLE_COULDNT_CONNECT, guard, false).delivered == delivery::not_sent);

    CHECK(guard.begin_request());
    CHECK(guard.request_begun());
    CHECK_FALSE(guard.refused());
    CHECK(curl_failure(CURLE_GOT_NOTHING, guard, false).delivered == delivery::unknown);
    // aborted by the program itself: the rules' business, and it may have been sent
    CHECK(curl_failure(CURLE_ABORTED_BY_CALLBACK, guard, false).known == std::nullopt);
    CHECK(curl_failure(CURLE_ABORTED_BY_CALLBACK, guard, false).delivered == delivery::unknown);

    CHECK_FALSE(guard.begin_request());
    CHECK_FALSE(guard.begin_request());
    CHECK(guard.refused());
    auto const resent = curl_failure(CURLE_ABORTED_BY_CALLBACK, guard, true, "aborted by pre-request callback");
    CHECK(resent.known == category::connection);
    CHECK(resent.delivered == delivery::unknown);
    CHECK(resent.message == "the connection was closed before an answer came");
}

TEST_CASE("a guard of nothing is refused")
{
    CHECK_THROWS_AS(telegram::curl_send_guard{nullptr}, std::runtime_error);
}

TEST_CASE("a result that libcurl reports as success carries no known failure")
{
    auto const nothing = curl_failure(direct(CURLE_OK, true));
    CHECK(nothing.known == std::nullopt);
    CHECK(nothing.delivered == std::nullopt);
}

TEST_CASE("results of one kind are of one category: TLS, a connection that broke, a request that can never work")
{
    for (auto const result : {CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER})
        CHECK(curl_failure(proxied(result)).known == category::connection);
    for (auto const result :
         {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH}) {
        INFO(curl_easy_strerror(result));
        CHECK(curl_failure(direct(result)).known == category::permanent);
        CHECK(curl_failure(proxied(result)).known == category::proxy);
    }
    for (auto const result :
         {CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND, CURLE_SSL_SHUTDOWN_FAILED}) {
        INFO(curl_easy_strerror(result));
        CHECK(curl_failure(direct(result)).known == category::connection);
        CHECK(curl_failure(proxied(result, true)).known == category::connection);
        CHECK(curl_failure(proxied(result)).known == category::proxy);
    }
    for (auto const result : {CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_BAD_FUNCTION_ARGUMENT,
                              CURLE_UNKNOWN_OPTION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE}) {
        INFO(curl_easy_strerror(result));
        CHECK(curl_failure(proxied(result)).known == category::permanent);
    }
    CHECK(curl_failure(direct(CURLE_WRITE_ERROR)).known == std::nullopt);
}

TEST_CASE("what the system or libcurl ran out of is a shortage on this side, through a proxy too")
{
    for (bool const through_proxy : {false, true}) {
        for (int const number : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL}) {
            INFO(number);
            auto const met = curl_failure({.result = CURLE_COULDNT_CONNECT, .through_proxy = through_proxy, .os_error = number});
            CHECK(met.known == category::temporary);
            CHECK(met.delivered == delivery::not_sent);
            CHECK(detail::is_own_shortage(met));
            CHECK(met.message.ends_with(met.error.message()));
        }
        for (auto const result : {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY})
            CHECK(curl_failure({.result = result, .through_proxy = through_proxy, .os_error = EMFILE}).known ==
                  category::temporary);
        auto const refused =
            curl_failure({.result = CURLE_COULDNT_CONNECT, .through_proxy = through_proxy, .os_error = ECONNREFUSED});
        CHECK(refused.known == (through_proxy ? category::proxy : category::connection));
        CHECK_FALSE(detail::is_own_shortage(refused));
        // The number is an earlier transfer's.
        CHECK_FALSE(detail::is_own_shortage(curl_failure({.result = CURLE_GOT_NOTHING, .os_error = EMFILE})));
    }
    CHECK(curl_failure(direct(CURLE_OUT_OF_MEMORY)).known == category::temporary);
    CHECK(curl_failure(direct(CURLE_OUT_OF_MEMORY)).delivered == delivery::not_sent);
    CHECK(curl_failure(direct(CURLE_OUT_OF_MEMORY, true)).delivered == delivery::unknown);
}

#ifdef __has_feature
#if __has_feature(undefined_behavior_sanitizer)
#define NEEDS_DESCRIPTORS_ITSELF  // UBSan looks at an object's type through a pipe
#endif
#endif

#ifndef NEEDS_DESCRIPTORS_ITSELF
namespace {

/// As long as it lives, the process has no descriptor left.
class no_descriptors {
public:
    no_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit lowered = before_;
        lowered.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &lowered);
        for (int taken = ::dup(1); taken >= 0; taken = ::dup(1))
            taken_.push_back(taken);
    }
    no_descriptors(no_descriptors const&) = delete;
    ~no_descriptors()
    {
        for (int const each : taken_)
            ::close(each);
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }

private:
    rlimit before_{};
    std::vector<int> taken_;
};

}  // namespace

TEST_CASE("a real request without a descriptor left is a shortage on this side")
{
    for (bool const through_proxy : {false, true}) {
        handle owner;
        curl_easy_setopt(owner.easy, CURLOPT_URL, "http://127.0.0.1:9/");
        curl_easy_setopt(owner.easy, CURLOPT_PROXY, through_proxy ? "socks5://127.0.0.1:9" : "");
        no_descriptors const nothing_left;
        auto const met = curl_failure(curl_easy_perform(owner.easy), owner.easy, through_proxy);
        INFO(met.message << ", " << met.error.value());
        CHECK(met.known == category::temporary);
        CHECK(met.delivered == delivery::not_sent);
        CHECK(detail::is_own_shortage(met));
    }
}
#endif

TEST_CASE("a real request whose connection is closed without an answer may have been sent")
{
    closing_server server;
    handle owner;
    server.aim(owner.easy, "http");
    SECTION("asked of the handle")
    {
        auto const what = curl_failure(curl_easy_perform(owner.easy), owner.easy, false);
        CHECK(what.known == category::connection);
        CHECK(what.delivered == delivery::unknown);
    }
    SECTION("asked of the guard")
    {
        telegram::curl_send_guard guard{owner.easy};
        auto const what = curl_failure(curl_easy_perform(owner.easy), guard, false);
        CHECK(guard.request_begun());
        CHECK_FALSE(guard.refused());
        CHECK_FALSE(guard.tunnel_stood());
        CHECK(what.known == category::connection);
        CHECK(what.delivered == delivery::unknown);
    }
    SECTION("asked of the guard, which has seen a request before")
    {
        telegram::curl_send_guard guard{owner.easy};
        REQUIRE(guard.begin_request());
        auto const result = curl_easy_perform(owner.easy);
        CHECK(result == CURLE_ABORTED_BY_CALLBACK);
        CHECK(guard.refused());
        CHECK(curl_failure(result, guard, false).delivered == delivery::unknown);
        CHECK(curl_failure(CURLE_RECV_ERROR, guard, false, "its own text").message == "its own text");
    }
}

TEST_CASE("a guard that watches for TLS knows when it has begun, and that no request has")
{
    closing_server server;
    handle owner;
    server.aim(owner.easy, "https");
    telegram::curl_send_guard guard{owner.easy};
    bool const watches = guard.watch_tunnel();  // not every TLS library can tell
    CHECK_FALSE(guard.tunnel_stood());
    auto const what = curl_failure(curl_easy_perform(owner.easy), guard, true);
    CHECK(guard.tunnel_stood() == watches);
    CHECK_FALSE(guard.request_begun());
    CHECK(what.known == category::connection);
    CHECK(what.delivered == delivery::not_sent);
}
