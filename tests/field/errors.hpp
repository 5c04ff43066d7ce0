// What servers, proxies and the network answered in the reports of the field.
#pragma once

#include "field/lab.hpp"

namespace field {

inline step bad_gateway()  // the Bot API's gateway: temporary, delivery unknown
{
    return fails(mend::telegram::bot_api_failure(502, 0, "<html><h1>502 Bad Gateway</h1></html>"));
}
inline step restart()
{
    return fails(mend::telegram::bot_api_failure(500, 500, "Internal Server Error: restart"));
}
/// Telegram's 429 that says nothing of whose limit it is.
inline step too_many(int seconds)
{
    return fails(mend::telegram::bot_api_failure(429, 429, "Too Many Requests: retry after " + std::to_string(seconds), seconds));
}
/// A SOCKS proxy made the tunnel and then closed it: the target's connection failed, and nothing was sent.
inline step closed_by_proxy()
{
    return fails(mend::network_failure(std::make_error_code(std::errc::connection_reset), mend::phase::tls, true));
}
inline step refused_connection()  // nothing was sent
{
    return fails(mend::network_failure(std::make_error_code(std::errc::connection_refused), mend::phase::connect));
}
inline step timed_out(ms takes)  // the answer did not come
{
    return fails(mend::network_failure(std::make_error_code(std::errc::timed_out), mend::phase::reply), takes);
}

/// A send that must not be repeated once it may have gone out.
inline mend::call once()
{
    mend::call made;
    made.method = "sendMessage";
    made.idempotent = false;
    return made;
}
/// The same to this chat.
inline mend::call to(std::int64_t peer, std::string_view method = "sendMessage")
{
    mend::call made = once();
    made.method = method;
    made.peer = peer;
    return made;
}
/// A send that carries its own id, so that a repeat cannot send twice.
inline mend::call repeatable()
{
    mend::call made;
    made.method = "messages.sendMessage";
    made.idempotent = true;
    return made;
}

/// The requests among these that `which` picks.
inline std::vector<request> requests_of(lab const& in, std::function<bool(request const&)> const& which)
{
    std::vector<request> found;
    std::copy_if(in.requests.begin(), in.requests.end(), std::back_inserter(found), which);
    return found;
}

}  // namespace field
