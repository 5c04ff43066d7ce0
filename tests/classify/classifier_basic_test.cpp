#include <mend/classifier.hpp>
#include <mend/errors.hpp>

#include "support/catch.hpp"
#include "support/failures.hpp"

#include <cerrno>
#include <exception>
#include <string>
#include <system_error>

using namespace mend;
using namespace support;
using namespace std::chrono_literals;

namespace {

class named_category final : public std::error_category {
public:
    explicit named_category(char const* name) : name_(name) {}
    char const* name() const noexcept override { return name_; }
    std::string message(int) const override { return "message"; }

private:
    char const* name_;
};

}  // namespace

// --- basic
// ------------------------------------------------------------------------------------------------------------

TEST_CASE("basic recognises its eight categories")
{
    auto const rules = classifier::basic();
    auto const is = [&](failure const& what) { return rules.classify(what).what; };
    CHECK(rules.classify(said(420, "FLOOD_WAIT_37")).retry_after == 37s);
    CHECK(rules.classify(said("FLOOD_PREMIUM_WAIT_4")).retry_after == 4s);
    CHECK(is(said("FLOOD_WAIT_0")) == category::flood_wait);
    CHECK(is({.code = 503, .retry_after = 9s}) == category::flood_wait);
    CHECK(is(said(420)) == category::rate_limit);
    CHECK(is(said(420, "FLOOD_WAIT")) == category::rate_limit);
    CHECK(is(carrying(thrown(proxy_error{"gone"}))) == category::proxy);
    CHECK(rules.classify(carrying(thrown(proxy_error{"gone"}))).delivered == delivery::not_sent);
    CHECK(is(said("the Proxy refused")) == category::proxy);
    CHECK(is(said("Connection lost")) == category::connection);
    CHECK(is(said("AUTH_KEY_UNREGISTERED")) == category::auth);
    CHECK(is(said(400, "USER_BANNED")) == category::auth);
    CHECK(is(said(401)) == category::auth);
    for (int const code : {500, 502, 503, 504, 429, -1, -404, -503})
        CHECK(is(said(code)) == category::temporary);
    for (int const code : {303, 400, 403, 404, 406, 409, 501})
        CHECK(is(said(code)) == category::permanent);
    CHECK(is(said("something else")) == category::unknown);
    CHECK(is({}) == category::unknown);
}

TEST_CASE("a known category beats basic's rules, and a user's rule placed before them beats that")
{
    failure const what{.code = 401, .message = "Unauthorized", .known = category::account_dead};
    CHECK(classifier::basic().classify(what).what == category::account_dead);
    CHECK(classifier{}.when_code(401, category::session_lost).then(classifier::basic()).classify(what).what ==
          category::session_lost);
}

TEST_CASE("a failure with a code and a name in capitals is never read by the words proxy and connection")
{
    auto const rules = classifier::basic();
    CHECK(rules.classify(said(400, "BUSINESS_CONNECTION_INVALID")).what == category::permanent);
    CHECK(rules.classify(said("[400 MTPROTO_PROXY_ODD]")).what == category::permanent);
    CHECK(rules.classify(said(400, "the connection broke")).what == category::connection);
    CHECK(rules.classify(said(0, "CURLE_NO_CONNECTION")).what == category::connection);
}

TEST_CASE("network errors are connection, and not_sent if nothing can have been sent")
{
    named_category const misc{"asio.misc"};
    named_category const netdb{"asio.netdb"};
    named_category const addrinfo{"asio.addrinfo"};
    named_category const ssl{"asio.ssl"};
    named_category const stream{"asio.ssl.stream"};
    named_category const asio_system{"asio.system"};
    named_category const other{"other"};
    struct row {
        std::error_code error;
        delivery delivered;
    };
    row const rows[] = {
        {{ECONNREFUSED, support::errno_category()}, delivery::not_sent},
        {{EHOSTUNREACH, support::errno_category()}, delivery::unknown},
        {{ENETUNREACH, std::generic_category()}, delivery::unknown},
        {{ECONNREFUSED, asio_system}, delivery::not_sent},
        {{ECONNRESET, support::errno_category()}, delivery::unknown},
        {{ECONNABORTED, support::errno_category()}, delivery::unknown},
        {{EPIPE, support::errno_category()}, delivery::unknown},
        {{ETIMEDOUT, support::errno_category()}, delivery::unknown},
        {{ECANCELED, support::errno_category()}, delivery::unknown},
        {{EBADF, support::errno_category()}, delivery::unknown},
        {{2, misc}, delivery::unknown},
        {{1, netdb}, delivery::not_sent},
        {{8, addrinfo}, delivery::not_sent},
        {{167772294, ssl}, delivery::unknown},
        {{1, stream}, delivery::unknown},
    };
    auto const rules = classifier::basic();
    for (auto const& each : rows) {
        INFO(each.error.category().name() << ' ' << each.error.value());
        auto const says = rules.classify({.error = each.error, .message = "text"});
        CHECK(says.what == category::connection);
        CHECK(says.delivered == each.delivered);
    }
    CHECK(rules.classify({.error = {1, misc}, .message = "text"}).what == category::unknown);
    CHECK(rules.classify({.error = {ENOENT, support::errno_category()}, .message = "text"}).what == category::unknown);
    CHECK(rules.classify({.error = {1, other}, .message = "text"}).what == category::unknown);
}

TEST_CASE("a user's category for a network error keeps what the error says about delivery")
{
    auto const rules = classifier{}.when_error(std::make_error_code(std::errc::connection_refused), category::proxy);
    CHECK(rules.classify(met({ECONNREFUSED, support::errno_category()})).delivered == delivery::not_sent);
}
