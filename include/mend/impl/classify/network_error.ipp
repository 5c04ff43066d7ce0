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

bool is_systems(std::error_category const& where) noexcept
{
    return where == std::generic_category() || where == std::system_category() || where.name() == "asio.system"sv ||
           where.name() == "system"sv || where.name() == "generic"sv;
}

int errno_of_windows(int error) noexcept
{
    struct pair {
        int windows;
        int number;
    };
    static constexpr pair pairs[] = {
        {4, EMFILE},           // ERROR_TOO_MANY_OPEN_FILES
        {8, ENOMEM},           // ERROR_NOT_ENOUGH_MEMORY
        {14, ENOMEM},          // ERROR_OUTOFMEMORY
        {64, ECONNRESET},      // ERROR_NETNAME_DELETED
        {109, EPIPE},          // ERROR_BROKEN_PIPE
        {121, ETIMEDOUT},      // ERROR_SEM_TIMEOUT
        {995, ECANCELED},      // ERROR_OPERATION_ABORTED
        {1225, ECONNREFUSED},  // ERROR_CONNECTION_REFUSED
        {1231, ENETUNREACH},   // ERROR_NETWORK_UNREACHABLE
        {1232, EHOSTUNREACH},  // ERROR_HOST_UNREACHABLE
        {1234, ECONNREFUSED},  // ERROR_PORT_UNREACHABLE
        {1236, ECONNABORTED},  // ERROR_CONNECTION_ABORTED
        {10009, EBADF},         // from here on, WSAEBADF and so on
        {10013, EACCES},       {10024, EMFILE},       {10049, EADDRNOTAVAIL}, {10050, ENETDOWN},
        {10051, ENETUNREACH},  {10052, ENETRESET},    {10053, ECONNABORTED},  {10054, ECONNRESET},
        {10055, ENOBUFS},      {10057, ENOTCONN},     {10058, EPIPE},  // WSAESHUTDOWN
        {10060, ETIMEDOUT},    {10061, ECONNREFUSED}, {10064, EHOSTUNREACH},  // WSAEHOSTDOWN
        {10065, EHOSTUNREACH},
    };
    for (auto const& each : pairs) {
        if (each.windows == error)
            return each.number;
    }
    return 0;
}

int errno_of(std::error_code const& error) noexcept
{
    if (!error)
        return 0;
    if (is_systems(error.category())) {
#ifdef _WIN32
        bool const is_windows = error.category() != std::generic_category() && error.category().name() != "generic"sv;
        int const number = is_windows ? errno_of_windows(error.value()) : error.value();
        if (number != 0)
            return number;
#else
        return error.value();
#endif
    }
    // A category that maps its errors to the system's.
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
#ifdef _WIN32
    if (is_systems(error.category()) && error.value() >= 11001 && error.value() <= 11004)  // WSAHOST_NOT_FOUND and its like
        return delivery::not_sent;
#endif
    if (where == "asio.ssl"sv || where == "asio.ssl.stream"sv)
        return delivery::unknown;
    return errno_error(errno_of(error));
}

}  // namespace mend::detail
