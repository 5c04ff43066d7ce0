#include <mend/errors.hpp>

#include "support/catch.hpp"

#include <exception>
#include <stdexcept>
#include <string>

using namespace mend;

TEST_CASE("an rpc_error carries its code and name")
{
    rpc_error const error{420, "FLOOD_WAIT_37"};
    CHECK(error.failure().code == 420);
    CHECK(error.failure().message == "FLOOD_WAIT_37");
    CHECK(std::string{error.what()} == "FLOOD_WAIT_37");
}

TEST_CASE("a proxy_error means not sent, for any text")
{
    proxy_error const error{"the handshake failed"};
    CHECK(error.failure().delivered == delivery::not_sent);
    CHECK(error.failure().known == category::proxy);
    CHECK(std::string{error.what()} == "the handshake failed");
}

TEST_CASE("an operation_error without a message says what it knows")
{
    CHECK(std::string{operation_error{failure{.code = 500}}.what()}.find("500") != std::string::npos);
    CHECK(!std::string{operation_error{failure{}}.what()}.empty());
    failure with_code;
    with_code.error = std::make_error_code(std::errc::connection_reset);
    CHECK(operation_error{with_code}.what() == with_code.error.message());
}

TEST_CASE("a recovery_error holds why and until when")
{
    auto const until = std::chrono::system_clock::now();
    recovery_error const error{stop_reason::quarantined, until};
    CHECK(error.why() == stop_reason::quarantined);
    CHECK(error.retry_at() == until);
    CHECK(std::string{error.what()}.find("quarantine") != std::string::npos);
    CHECK(!recovery_error{stop_reason::closed}.retry_at());
}

TEST_CASE("a recovery_error holds what the last attempt reported, and nests what it threw")
{
    detail::shared_failure const last{failure{.code = 502, .message = "Bad Gateway"}};
    recovery_error const error{
        stop_reason::delivery_unknown, {}, delivery::unknown, last, std::make_exception_ptr(rpc_error{502, "Bad Gateway"})};
    CHECK(error.delivered() == delivery::unknown);
    CHECK(error.failure() == last.get());
    CHECK(std::string{error.what()} == make_error_code(stop_reason::delivery_unknown).message() + ": Bad Gateway");
    CHECK_THROWS_AS(error.rethrow_nested(), rpc_error);
    recovery_error const copy{error};
    CHECK(copy.failure() == last.get());
    CHECK_THROWS_AS(std::rethrow_if_nested(copy), rpc_error);
}

TEST_CASE("a recovery_error without an attempt has nothing nested, also if an exception is being handled")
{
    try {
        throw std::runtime_error{"of somebody else"};
    } catch (std::runtime_error const&) {
        recovery_error const error{stop_reason::closed};
        CHECK(error.nested_ptr() == nullptr);
        CHECK(error.failure() == nullptr);
        CHECK(error.delivered() == delivery::not_sent);
    }
}
