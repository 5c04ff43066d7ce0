#include "support/catch.hpp"
#include "support/expected_like.hpp"

#include <mend/result_traits.hpp>

#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

using support::result;

namespace {

struct rpc_failure {
    int code = 0;
    std::string message;
};

auto const connection_refused = std::make_error_code(std::errc::connection_refused);

}  // namespace

TEST_CASE("a plain value carries no error")
{
    STATIC_REQUIRE_FALSE(mend::result_traits<int>::carries_error);
    STATIC_REQUIRE_FALSE(mend::result_traits<std::string>::carries_error);
}

TEST_CASE("an error code is a result that has failed when it is set")
{
    using traits = mend::result_traits<std::error_code>;
    CHECK_FALSE(traits::failed(std::error_code{}));
    CHECK(traits::failed(connection_refused));
    CHECK(traits::describe(connection_refused).error == connection_refused);
    CHECK(traits::from(connection_refused) == connection_refused);
}

TEST_CASE("a tuple that starts with an error code fails as the code does, and can be made from one")
{
    using traits = mend::result_traits<std::tuple<std::error_code, int>>;
    CHECK(traits::failed({connection_refused, 7}));
    CHECK_FALSE(traits::failed({std::error_code{}, 7}));
    CHECK(traits::from(connection_refused) == std::tuple{connection_refused, 0});
}

TEST_CASE("an expected-like result is read through has_value() and error()")
{
    using traits = mend::result_traits<result<rpc_failure>>;
    CHECK_FALSE(traits::failed(7));
    result<rpc_failure> const flood{rpc_failure{420, "FLOOD_WAIT_37"}};
    REQUIRE(traits::failed(flood));
    CHECK(traits::describe(flood).code == 420);
    CHECK(traits::describe(flood).message == "FLOOD_WAIT_37");
}

TEST_CASE("errors of a failure, an exception and a text are each described as far as they go")
{
    mend::failure known;
    known.code = 500;
    CHECK(mend::detail::failure_from(known).code == 500);
    CHECK(mend::detail::failure_from(std::make_exception_ptr(1)).exception != nullptr);
    CHECK(mend::detail::failure_from(std::string{"PEER_FLOOD"}).message == "PEER_FLOOD");
    CHECK(mend::detail::failure_from(std::runtime_error{"broken"}).message == "broken");
    CHECK(mend::detail::failure_from(static_cast<char const*>(nullptr)).message.empty());
}

namespace {

struct bot_error {
    struct facts {
        std::optional<int> retry_after;
    };
    int error_code = 0;
    std::string description;
    facts parameters;
};

class client_error {
public:
    enum class reason : short { flood = 420 };
    reason code() const { return reason::flood; }
    char const* what() const { return "FLOOD_WAIT_X"; }
    std::chrono::minutes retry_after() const { return std::chrono::minutes{2}; }
};

struct system_trouble {
    std::error_code code;
};

struct number_alone {
    int number = 420;
};

template <class Wait>
struct telling {
    int code = 429;
    Wait retry_after;
};

template <class Wait>
std::optional<std::chrono::milliseconds> wait_of(Wait told)
{
    return mend::detail::failure_from(telling<Wait>{.retry_after = told}).retry_after;
}

}  // namespace

TEST_CASE("an error is read through the names that clients give its parts: code and text, members and functions")
{
    using std::chrono::milliseconds;
    auto const bot = mend::detail::failure_from(bot_error{429, "Too Many Requests: retry after 600", {600}});
    CHECK(bot.code == 429);
    CHECK(bot.message == "Too Many Requests: retry after 600");
    CHECK(bot.retry_after == milliseconds{600'000});

    auto const client = mend::detail::failure_from(client_error{});
    CHECK(client.code == 420);
    CHECK(client.message == "FLOOD_WAIT_X");
    CHECK(client.retry_after == milliseconds{120'000});

    auto const system = mend::detail::failure_from(system_trouble{connection_refused});
    CHECK(system.error == connection_refused);
    CHECK(system.message == connection_refused.message());
    CHECK(mend::detail::failure_from(std::system_error{connection_refused}).error == connection_refused);
}

TEST_CASE("a wait that an error carries is a duration, or a number of seconds, and nothing if it makes no sense")
{
    using std::chrono::milliseconds;
    CHECK(wait_of(5) == milliseconds{5'000});
    CHECK(wait_of(2.5) == milliseconds{2'500});
    CHECK(wait_of(0) == milliseconds{0});
    CHECK(wait_of(milliseconds{7}) == milliseconds{7});
    CHECK(wait_of(std::optional<std::chrono::seconds>{3}) == milliseconds{3'000});
    CHECK(wait_of(std::optional<int>{}) == std::nullopt);
    CHECK(wait_of(-1) == std::nullopt);
    CHECK(wait_of(std::nan("")) == std::nullopt);
    CHECK(wait_of(1e300) > std::chrono::hours{24 * 365});
    CHECK(wait_of(std::string{"5"}) == std::nullopt);
}

TEST_CASE("an error type whose parts have other names cannot be read, nor a bare number")
{
    STATIC_REQUIRE(mend::detail::readable_error<bot_error>);
    STATIC_REQUIRE(mend::detail::readable_error<client_error>);
    STATIC_REQUIRE(mend::detail::readable_error<std::error_code>);
    STATIC_REQUIRE(mend::detail::readable_error<std::errc> == mend::detail::error_code_like<std::errc>);
    STATIC_REQUIRE_FALSE(mend::detail::readable_error<number_alone>);
    STATIC_REQUIRE_FALSE(mend::detail::readable_error<int>);
    STATIC_REQUIRE(mend::detail::unreadable_failure<result<number_alone>>);
    STATIC_REQUIRE_FALSE(mend::detail::unreadable_failure<result<bot_error>>);
}
