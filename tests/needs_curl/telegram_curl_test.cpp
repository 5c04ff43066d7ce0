#include <mend/telegram/curl.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"

#include <optional>
#include <stdexcept>
#include <string>

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
        {direct(CURLE_PEER_FAILED_VERIFICATION), category::connection, not_sent},
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

TEST_CASE("libcurl's own text is kept, else the result's")
{
    CHECK(curl_failure(direct(CURLE_COULDNT_CONNECT), "port 7: refused").message == "port 7: refused");
    CHECK(curl_failure(direct(CURLE_COULDNT_CONNECT)).message == curl_easy_strerror(CURLE_COULDNT_CONNECT));
}

TEST_CASE("a real transfer to a port where nobody listens was not sent")
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
