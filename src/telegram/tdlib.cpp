// Failures from TDLib's errors.
#include "sentences.hpp"

#include <mend/detail/rule_set.hpp>
#include <mend/telegram/tdlib.hpp>

#include <string_view>
#include <utility>

namespace mend::telegram {
namespace {

/// TDLib's own sentences about proxies. All come with code 400, which would say that the request is wrong.
classifier proxy_sentences()
{
    classifier result;
    // That the settings are wrong no other proxy will mend.
    for (auto const* text : {"Wrong proxy secret", "Wrong port number", "Unknown proxy identifier", "Proxy must be non-empty"})
        result.when_message(text, category::permanent);
    // What is wrong with the network is wrong with every proxy.
    result.when_message("Network is unreachable", category::connection);
    for (auto const* text : {"Failed to connect to ", "Failed to resolve host", "Wrong username or password",
                             "Unsupported authentication mode", "Receive error code {number} from server",
                             "Response hash mismatch", "Connection timeout expired", "Connection closed", "Connection refused",
                             "Connection reset by peer", "Unsupported socks protocol version", "Expected packet size is too big",
                             "First part of response to hello is invalid", "Pong timeout expired", "Timeout expired"})
        result.when_message(text, category::proxy);
    return result;
}

std::optional<category> read_proxy_sentence(failure const& what)
{
    static classifier const rules = proxy_sentences();
    failure text_alone;
    text_alone.message = what.message;
    auto const says = rules.classify(text_alone).what;
    return says == category::unknown ? std::nullopt : std::optional{says};
}

}  // namespace

failure tdlib_failure(int code, std::string message)
{
    failure result;
    result.code = code;
    result.message = std::move(message);
    std::string_view const text = result.message;

    if (code == 401 && text == "Unauthorized")
        result.known = category::session_lost;  // the client object is gone
    else if (code == 500 && text == "Request aborted")
        result.known = category::permanent;  // the client is closing
    else if (code == 400)
        result.known = read_proxy_sentence(result);

    auto const says = read_sentence(text);
    result.retry_after = says.retry_after;
    if (!result.known && (says.what == category::target_unavailable || says.what == category::migrated))
        result.known = says.what;
    return result;
}

}  // namespace mend::telegram
