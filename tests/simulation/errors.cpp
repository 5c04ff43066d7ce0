#include "errors.hpp"

#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>

#include <fmt/format.h>

#include <system_error>

namespace simulation {

std::string text_of(reply const& given)
{
    return given.number != 0 ? fmt::format("{}_{}", to_string(given.what), given.number) : std::string{to_string(given.what)};
}

std::exception_ptr exception_of(reply const& given)
{
    auto const rpc = [&](int code) { return std::make_exception_ptr(mend::rpc_error{code, text_of(given)}); };
    auto const network = [&](std::errc error) {
        return std::make_exception_ptr(std::system_error{std::make_error_code(error), text_of(given)});
    };
    switch (given.what) {
    case said::flood_wait: {
        if (given.method.empty())
            return std::make_exception_ptr(mend::rpc_error{420, fmt::format("FLOOD_WAIT_{}", given.number)});
        mend::failure caused;
        caused.code = 420;
        caused.message = fmt::format("FLOOD_WAIT_{}", given.number);
        caused.method = given.method;
        return std::make_exception_ptr(mend::operation_error{caused});
    }
    case said::slow_mode_wait:
        return rpc(420);
    case said::retry_after:
        return std::make_exception_ptr(mend::operation_error{mend::telegram::bot_api_failure(
            429, 429, fmt::format("Too Many Requests: retry after {}", given.number), given.number)});
    case said::too_many:
        return std::make_exception_ptr(mend::rpc_error{429, "Too Many Requests"});
    case said::peer_flood:
    case said::banned_in_chat:
    case said::reference_expired:
    case said::message_empty:
    case said::shop_closed:
        return rpc(400);
    case said::user_migrate:
        return rpc(303);
    case said::internal:
        return std::make_exception_ptr(mend::rpc_error{500, "INTERNAL"});
    case said::bad_gateway:
        return std::make_exception_ptr(mend::rpc_error{502, "Bad Gateway"});
    case said::frozen:
        return rpc(420);
    case said::out_of_descriptors:
        return network(std::errc::too_many_files_open);
    case said::overloaded:
        return std::make_exception_ptr(mend::rpc_error{-503, "Timeout"});
    case said::id_duplicate:
        return rpc(500);
    case said::key_unregistered:
    case said::deactivated:
        return rpc(401);
    case said::key_duplicated:
        return rpc(406);
    case said::user_blocked:
        return rpc(403);
    case said::reset:
        return network(std::errc::connection_reset);
    case said::refused:
        return network(std::errc::connection_refused);
    case said::proxy_refused:
        return std::make_exception_ptr(mend::proxy_error{"the proxy refused"});
    default:
        return std::make_exception_ptr(strange_error{});
    }
}

}  // namespace simulation
