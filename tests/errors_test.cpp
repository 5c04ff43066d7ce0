#include <mend/errors.hpp>

#include "support/catch.hpp"

#include <string>

using namespace mend;

TEST_CASE("an rpc_error carries its code and name")
{
    rpc_error const error{420, "FLOOD_WAIT_37"};
    CHECK(error.failure().code == 420);
    CHECK(error.failure().message == "FLOOD_WAIT_37");
    CHECK(std::string{error.what()} == "FLOOD_WAIT_37");
}

TEST_CASE("a proxy_error was not sent, whatever its text")
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

TEST_CASE("a recovery_error tells why and until when")
{
    auto const until = std::chrono::system_clock::now();
    recovery_error const error{stop_reason::quarantined, until};
    CHECK(error.why() == stop_reason::quarantined);
    CHECK(error.retry_at() == until);
    CHECK(std::string{error.what()}.find("quarantine") != std::string::npos);
    CHECK(!recovery_error{stop_reason::closed}.retry_at());
}
