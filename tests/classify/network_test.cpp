#include "support/catch.hpp"
#include "support/failures.hpp"

#include <mend/asio.hpp>
#include <mend/errors.hpp>
#include <mend/impl/classify/network_error.hpp>
#include <mend/network.hpp>
#include <mend/telegram/rules.hpp>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace mend;

using support::as_standard;

namespace {

constexpr phase every_phase[] = {phase::resolve, phase::connect, phase::proxy_handshake,
                                 phase::tls,     phase::request, phase::reply};

/// What OpenSSL's errors look like to Asio: known by the name of their category alone.
struct ssl_category final : std::error_category {
    explicit ssl_category(char const* name) : name_(name) {}
    [[nodiscard]] char const* name() const noexcept override { return name_; }
    [[nodiscard]] std::string message(int value) const override
    {
        return value == not_verified ? "certificate verify failed (SSL routines)" : "an error of TLS";
    }
    static constexpr int not_verified = 0x0a000086;  // as OpenSSL 3 packs it
    char const* name_;
};
ssl_category const ssl{"asio.ssl"};
ssl_category const ssl_stream{"asio.ssl.stream"};

std::error_code const errors_of_all_kinds[] = {
    as_standard(asio::error::connection_refused),
    as_standard(asio::error::connection_reset),
    as_standard(asio::error::timed_out),
    as_standard(asio::error::host_unreachable),
    as_standard(asio::error::operation_aborted),
    as_standard(asio::error::broken_pipe),
    as_standard(asio::error::host_not_found),
    as_standard(asio::error::host_not_found_try_again),
    as_standard(asio::error::service_not_found),
    as_standard(asio::error::eof),
    as_standard(asio::error::not_found),
    {1, ssl},
    {1, ssl_stream},
    std::make_error_code(std::errc::connection_reset),
};

classification read(failure const& what)
{
    return telegram::rules().classify(what);
}

}  // namespace

TEST_CASE("what fails before the first byte of a request was not sent, what fails later may have been")
{
    for (auto const& error : errors_of_all_kinds) {
        for (auto const where : every_phase) {
            for (bool const through_proxy : {false, true}) {
                INFO(error.category().name() << ' ' << error.value() << " in " << to_string(where));
                auto const expected = where == phase::request || where == phase::reply ? delivery::unknown : delivery::not_sent;
                CHECK(read(network_failure(error, where, through_proxy)).delivered == expected);
            }
        }
    }
}

TEST_CASE("the phase decides between proxy and connection, for any error")
{
    for (auto const& error : errors_of_all_kinds) {
        for (auto const where : every_phase) {
            INFO(error.category().name() << ' ' << error.value() << " in " << to_string(where));
            bool const at_the_door = where == phase::resolve || where == phase::connect;
            bool const handshake = where == phase::proxy_handshake;
            CHECK(read(network_failure(error, where)).what == (handshake ? category::proxy : category::connection));
            CHECK(read(network_failure(error, where, true)).what ==
                  (handshake || at_the_door ? category::proxy : category::connection));
        }
    }
}

TEST_CASE("a certificate that cannot be verified is permanent, or the proxy's trouble, and nothing was sent")
{
    std::error_code const not_verified{ssl_category::not_verified, ssl};
    auto const direct = read(network_failure(not_verified, phase::tls));
    CHECK(direct.what == category::permanent);
    CHECK(direct.delivered == delivery::not_sent);
    auto const proxied = read(network_failure(not_verified, phase::tls, true));
    CHECK(proxied.what == category::proxy);
    CHECK(proxied.delivered == delivery::not_sent);
}

TEST_CASE("words in the text of an error do not overrule the phase")
{
    CHECK(read(network_failure(as_standard(asio::error::connection_reset), phase::reply, true, "reset by proxy")).what ==
          category::connection);
    CHECK(read(network_failure(as_standard(asio::error::eof), phase::proxy_handshake, true, "connection closed")).what ==
          category::proxy);
}

TEST_CASE("an error from outside the network is left to the rules, and before the request it means not sent all the same")
{
    std::error_code const no_permission{EACCES, support::errno_category()};
    auto const met = network_failure(no_permission, phase::connect, true);
    CHECK(!met.known);
    CHECK(read(met).what == category::unknown);
    CHECK(read(met).delivered == delivery::not_sent);
    auto const ruled = classifier{}.when_error(no_permission, category::custom_0).then(telegram::rules());
    CHECK(ruled.classify(met).what == category::custom_0);
}

TEST_CASE("a shortage on this side is temporary in every phase, the proxy's and the connection's trouble in none")
{
    for (int const value : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL}) {
        for (auto const where : every_phase) {
            for (bool const through_proxy : {false, true}) {
                INFO(value << " in " << to_string(where));
                auto const met = network_failure({value, support::errno_category()}, where, through_proxy);
                CHECK(read(met).what == category::temporary);
                CHECK(read(met).delivered == (where < phase::request ? delivery::not_sent : delivery::unknown));
            }
        }
    }
}

TEST_CASE("the text of a network failure is the user's, else the error's own")
{
    CHECK(network_failure(as_standard(asio::error::eof), phase::reply, false, "while reading").message == "while reading");
    CHECK(!network_failure(as_standard(asio::error::eof), phase::reply).message.empty());
    CHECK(network_failure(as_standard(asio::error::eof), phase::reply).error == as_standard(asio::error::eof));
}

TEST_CASE("a network failure travels in an operation_error")
{
    auto const thrown = std::make_exception_ptr(
        operation_error{network_failure(as_standard(asio::error::connection_refused), phase::connect, true)});
    CHECK(read({.exception = thrown}).what == category::proxy);
    CHECK(read({.exception = thrown}).delivered == delivery::not_sent);
}

TEST_CASE("without a phase, what may happen to an open connection was perhaps sent")
{
    for (auto const met : {std::errc::host_unreachable, std::errc::network_unreachable, std::errc::network_down,
                           std::errc::connection_reset, std::errc::timed_out}) {
        failure const bare{.error = std::make_error_code(met)};
        CHECK(read(bare).what == category::connection);
        CHECK(read(bare).delivered == delivery::unknown);
    }
    CHECK(read({.error = as_standard(asio::error::connection_refused)}).delivered == delivery::not_sent);
    CHECK(read({.error = as_standard(asio::error::host_not_found)}).delivered == delivery::not_sent);
    CHECK(read({.error = {1, ssl}}).what == category::connection);
    CHECK(read({.error = {1, ssl_stream}}).delivered == delivery::unknown);
}

TEST_CASE("a SOCKS5 reply that names the target is the connection's trouble, any other the proxy's")
{
    for (auto const& [reply, expected] : {std::pair{1, category::proxy},
                                          {2, category::proxy},
                                          {3, category::connection},
                                          {4, category::connection},
                                          {5, category::connection},
                                          {6, category::connection},
                                          {7, category::proxy},
                                          {8, category::proxy},
                                          {0xff, category::proxy},
                                          {72, category::proxy}}) {
        INFO(reply);
        auto const meaning = read(socks5_failure(reply));
        CHECK(meaning.what == expected);
        CHECK(meaning.delivered == delivery::not_sent);
    }
    CHECK(socks5_failure(5).message == "the SOCKS5 proxy replied 5");
    CHECK(socks5_failure(5, "refused").message == "refused");
}

TEST_CASE("an HTTP proxy's refusal of a tunnel is the proxy's trouble, and no code of Telegram's")
{
    for (int const status : {401, 403, 404, 405, 407, 429, 500, 502, 503, 504}) {
        INFO(status);
        auto const met = http_connect_failure(status);
        CHECK(met.code == 0);
        CHECK(read(met).what == category::proxy);
        CHECK(read(met).delivered == delivery::not_sent);
    }
    CHECK(http_connect_failure(407).message == "the proxy answered CONNECT with 407");
}

TEST_CASE("the system's errors of the network are connection, and some of them mean not sent")
{
    std::vector values{ENETRESET, ENOTCONN, EBADF, ECANCELED, EPIPE, ECONNABORTED};
#ifdef EHOSTDOWN  // not everywhere
    values.push_back(EHOSTDOWN);
#endif
#ifdef ESHUTDOWN
    values.push_back(ESHUTDOWN);
#endif
    for (int const value : values) {
        INFO(value);
        failure const bare{.error = {value, support::errno_category()}};
        CHECK(read(bare).what == category::connection);
        CHECK(read(bare).delivered == delivery::unknown);
    }
    failure const no_endpoint{.error = as_standard(asio::error::not_found)};
    CHECK(read(no_endpoint).what == category::connection);
    CHECK(read(no_endpoint).delivered == delivery::not_sent);
}

TEST_CASE("an error of Windows is the errno that means the same")
{
    using mend::detail::errno_of_windows;
    CHECK(errno_of_windows(10061) == ECONNREFUSED);  // WSAECONNREFUSED
    CHECK(errno_of_windows(1225) == ECONNREFUSED);   // ERROR_CONNECTION_REFUSED, of overlapped connects
    CHECK(errno_of_windows(10060) == ETIMEDOUT);
    CHECK(errno_of_windows(121) == ETIMEDOUT);       // ERROR_SEM_TIMEOUT
    CHECK(errno_of_windows(10054) == ECONNRESET);
    CHECK(errno_of_windows(64) == ECONNRESET);       // ERROR_NETNAME_DELETED
    CHECK(errno_of_windows(10024) == EMFILE);
    CHECK(errno_of_windows(10055) == ENOBUFS);
    CHECK(errno_of_windows(109) == EPIPE);  // ERROR_BROKEN_PIPE
    CHECK(errno_of_windows(5) == 0);                 // ERROR_ACCESS_DENIED
    CHECK(errno_of_windows(0) == 0);
#ifdef _WIN32
    CHECK(read({.error = {10061, std::system_category()}}).delivered == delivery::not_sent);
    CHECK(read({.error = {10054, std::system_category()}}).delivered == delivery::unknown);
    CHECK(read({.error = {10024, std::system_category()}}).what == category::temporary);
#endif
}

TEST_CASE("errors of another library's system category are the system's, by the category's name")
{
    static ssl_category const system{"system"};
    static ssl_category const generic{"generic"};
#ifdef _WIN32  // where the system's category has Windows' numbers
    std::initializer_list<ssl_category const*> const theirs{&generic};
#else
    std::initializer_list<ssl_category const*> const theirs{&system, &generic};
#endif
    for (auto const* category_of_theirs : theirs) {
        failure const met{.error = {ECONNREFUSED, *category_of_theirs}};
        CHECK(read(met).what == category::connection);
        CHECK(read(met).delivered == delivery::not_sent);
        CHECK(
            classifier{}.when_error(std::make_error_code(std::errc::connection_refused), category::custom_0).classify(met).what ==
            category::custom_0);
    }
}

TEST_CASE("the text of a refused tunnel is the user's, else names the answer")
{
    CHECK(http_connect_failure(407, "no password").message == "no password");
    CHECK(http_connect_failure(403).message == "the proxy answered CONNECT with 403");
}
