// Makes failures from TDLib's errors.
#pragma once

#include <mend/telegram/tdlib.hpp>

#include <mend/impl/classify/rule_access.hpp>
#include <mend/impl/telegram/sentences.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace mend::telegram {
namespace {

/// TDLib's own sentences about proxies. All come with code 400, which would otherwise mean an invalid request.
classifier proxy_sentences()
{
    classifier result;
    // Only at the beginning of the text: others can quote the sender.
    auto const add = [&result](char const* text, category what) {
        auto sentence = detail::pattern::parse(text);
        std::ranges::transform(sentence.text, sentence.text.begin(), detail::to_lower);
        detail::rule_access::add(
            result, {detail::message_match{std::move(sentence), detail::evidence::name, detail::reach::beginning}, {what}});
    };
    // Another proxy does not correct invalid settings.
    for (auto const* text : {"Wrong proxy secret", "Wrong port number", "Unknown proxy identifier", "Proxy must be non-empty"})
        add(text, category::permanent);
    // A failure of the network affects every proxy.
    add("Network is unreachable", category::connection);
    for (auto const* text : {"Failed to connect to ", "Failed to resolve host", "Wrong username or password",
                             "Unsupported authentication mode", "Receive error code {number} from server",
                             "Response hash mismatch", "Connection timeout expired", "Connection closed", "Connection refused",
                             "Connection reset by peer", "Unsupported socks protocol version", "Expected packet size is too big",
                             "First part of response to hello is invalid", "Pong timeout expired", "Timeout expired"})
        add(text, category::proxy);
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

/// TDLib repeats a request after a 500, with delays of 1, 2, 4 ... s that add up to more than a minute (its NetQueryDelayer).
/// Then it reports 429 with the last delay, 32 or 64 s, just as for a flood wait that it does not wait out.
bool may_be_500(std::chrono::milliseconds wait) noexcept
{
    return wait == std::chrono::seconds{32} || wait == std::chrono::seconds{64};
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
    if (code == 429 && result.retry_after) {
        result.known = category::flood_wait;
        result.where = scope::peer;  // as the Bot API's: often that chat's own limit
        if (may_be_500(*result.retry_after))
            result.delivered = delivery::unknown;
    }
    if (!result.known && (says.what == category::target_unavailable || says.what == category::migrated))
        result.known = says.what;
    return result;
}

}  // namespace mend::telegram
