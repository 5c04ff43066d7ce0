// Makes failures from errors of the network and from the replies of proxies, by the phase in which they happened.
#pragma once

#include <mend/network.hpp>

#include <mend/detail/own_shortage.hpp>
#include <mend/impl/classify/network_error.hpp>

#include <string>
#include <utility>

namespace mend {
namespace {

/// Returns whether the peer is not the target. Compares OpenSSL's text, since its codes differ between versions.
bool is_false_certificate(std::error_code const& error, phase where)
{
    return where == phase::tls && error.message().find("certificate verify failed") != std::string::npos;
}

category whose_trouble(std::error_code const& error, phase where, bool through_proxy)
{
    if (is_false_certificate(error, where))
        return through_proxy ? category::proxy : category::permanent;
    switch (where) {
    case phase::resolve:
    case phase::connect:
        return through_proxy ? category::proxy : category::connection;
    case phase::proxy_handshake:
        return category::proxy;
    default:
        return category::connection;
    }
}

/// Returns whether the network failed. Errors of TLS, and all others that are not the system's, come from the connection.
bool concerns_network(std::error_code const& error) noexcept
{
    return !detail::is_systems(error.category()) || detail::network_error(error);
}

failure refused_tunnel(category what, std::string message)
{
    failure result;
    result.known = what;
    result.delivered = delivery::not_sent;
    result.message = std::move(message);
    return result;
}

}  // namespace

failure network_failure(std::error_code error, phase where, bool through_proxy, std::string message)
{
    failure result;
    result.error = error;
    result.message = message.empty() ? error.message() : std::move(message);
    result.delivered = where < phase::request ? delivery::not_sent : delivery::unknown;
    if (detail::is_own_shortage(error))
        result.known = category::temporary;
    else if (concerns_network(error))
        result.known = whose_trouble(error, where, through_proxy);
    return result;
}

failure socks5_failure(int reply, std::string message)
{
    bool const reached_no_target = reply >= 3 && reply <= 6;
    if (message.empty())
        message = "the SOCKS5 proxy replied " + std::to_string(reply);
    return refused_tunnel(reached_no_target ? category::connection : category::proxy, std::move(message));
}

failure http_connect_failure(int status, std::string message)
{
    if (message.empty())
        message = "the proxy answered CONNECT with " + std::to_string(status);
    return refused_tunnel(category::proxy, std::move(message));
}

}  // namespace mend
