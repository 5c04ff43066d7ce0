// Recognizes error codes of the network.
#pragma once

#include <mend/impl/classify/network_error.hpp>

#include <cerrno>
#include <string_view>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

std::optional<delivery> errno_error(int value) noexcept
{
    switch (value) {
    case ECONNREFUSED:
    case EADDRNOTAVAIL:
        return delivery::not_sent;
    case EHOSTUNREACH:  // a router can report it for an open connection, with a request on its way
    case ENETUNREACH:
    case ENETDOWN:
#ifdef EHOSTDOWN
    case EHOSTDOWN:
#endif
    case ECONNRESET:
    case ECONNABORTED:
    case ENETRESET:
    case EPIPE:
    case ETIMEDOUT:
    case ENOTCONN:
    case EBADF:      // the socket was closed under the operation
    case ECANCELED:  // likewise; a cancellation by the caller is handled before
#ifdef ESHUTDOWN
    case ESHUTDOWN:
#endif
        return delivery::unknown;
    default:
        return std::nullopt;
    }
}

std::optional<delivery> misc_error(int value) noexcept
{
    constexpr int end_of_file = 2;
    constexpr int no_endpoint = 3;  // asio::error::not_found: connect was called without an endpoint
    if (value == end_of_file)
        return delivery::unknown;
    if (value == no_endpoint)
        return delivery::not_sent;
    return std::nullopt;
}

}  // namespace

bool holds_errno(std::error_code const& error) noexcept
{
    auto const& where = error.category();
    if (where == std::generic_category())
        return true;
#ifdef _WIN32
    return false;
#else
    return where == std::system_category() || where.name() == "asio.system"sv || where.name() == "system"sv ||
           where.name() == "generic"sv;
#endif
}

int errno_of(std::error_code const& error) noexcept
{
    if (!error || holds_errno(error))
        return error.value();
    // Another library's category that maps its errors to the system's.
    auto const same_as = error.default_error_condition();
    return same_as.category() == std::generic_category() ? same_as.value() : 0;
}

std::optional<delivery> network_error(std::error_code const& error) noexcept
{
    if (!error)
        return std::nullopt;
    std::string_view const where = error.category().name();
    if (where == "asio.misc"sv)
        return misc_error(error.value());
    if (where == "asio.netdb"sv || where == "asio.addrinfo"sv)
        return delivery::not_sent;
    if (where == "asio.ssl"sv || where == "asio.ssl.stream"sv)
        return delivery::unknown;
    return errno_error(errno_of(error));
}

}  // namespace mend::detail
