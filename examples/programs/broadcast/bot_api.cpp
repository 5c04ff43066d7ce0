#include "bot_api.hpp"

#include "common/printable.hpp"

#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/curl.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace broadcast {
namespace {

using nlohmann::json;

template <class Number>
std::optional<Number> number_in(json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || !found->is_number_integer())
        return {};
    // A number out of range saturates: a wait truncated to its lower bits would be too short.
    using limits = std::numeric_limits<Number>;
    if (found->is_number_unsigned())
        return static_cast<Number>(std::min(found->get<std::uint64_t>(), static_cast<std::uint64_t>(limits::max())));
    return static_cast<Number>(std::max(found->get<std::int64_t>(), static_cast<std::int64_t>(limits::min())));
}

/// The Bot API's reply; discarded if it is anything else, such as a proxy's page.
json parse_answer(http_result const& result)
{
    if (result.code != CURLE_OK)
        return json(json::value_t::discarded);
    // Deeper values are dropped: nlohmann copies by recursion, and the stack is finite.
    auto const limit_depth = [](int depth, json::parse_event_t, json const&) { return depth <= 16; };
    auto answer = json::parse(result.body, limit_depth, false);
    return answer.is_object() && answer.contains("ok") && answer["ok"].is_boolean() ? answer : json(json::value_t::discarded);
}

/// The title of an HTML page, otherwise the beginning of the text, on one line.
std::string gist_of(std::string_view body)
{
    constexpr std::size_t longest = 80;
    constexpr std::string_view opening = "<title>";
    if (auto const start = body.find(opening); start != std::string_view::npos)
        body = body.substr(start + opening.size(), body.find("</title>", start) - start - opening.size());
    std::string line(body.substr(0, longest));
    std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    return line;
}

mend::failure transport_failure(http_result const& result)
{
    return mend::telegram::curl_failure({.result = result.code,
                                         .proxy_error = result.proxy_code,
                                         .connect_status = result.proxy_status,
                                         .through_proxy = result.through_proxy,
                                         .request_begun = result.left,
                                         .os_error = result.os_error},
                                        result.error);
}

/// Returns the reply's result, or throws if it is not a success.
json result_of(http_result const& result, secret const& token)
{
    auto const answer = parse_answer(result);
    if (answer.is_object() && answer["ok"].get<bool>() && result.status == 200)
        return answer.value("result", json::object());
    // The caller knows that it cancelled. But for a request that never left, the failure is worth more than "aborted".
    if (result.cancelled && result.left)
        throw common::io_system_error(asio::error::operation_aborted);
    throw mend::operation_error(to_failure(result, token));
}

}  // namespace

mend::failure to_failure(http_result const& result, secret const& token)
{
    mend::failure what;
    auto const answer = parse_answer(result);
    if (result.code != CURLE_OK) {
        what = transport_failure(result);
    } else if (answer.is_object() && !answer["ok"].get<bool>()) {
        auto const parameters = answer.value("parameters", json::object());
        auto const description = answer.find("description");
        what = mend::telegram::bot_api_failure(
            static_cast<int>(result.status), number_in<int>(answer, "error_code").value_or(0),
            description != answer.end() && description->is_string() ? description->get<std::string>() : "no description",
            number_in<int>(parameters, "retry_after"), number_in<std::int64_t>(parameters, "migrate_to_chat_id"));
    } else {
        what = mend::telegram::bot_api_failure(static_cast<int>(result.status), 0, result.body.substr(0, 200));
        what.message = fmt::format("HTTP {} without an answer from Telegram: {}", result.status, gist_of(result.body));
        if (result.status < 300)
            what.delivered = mend::delivery::unknown;  // a reply that does not show whether the message was sent
    }
    what.message = common::printable(token.redact(what.message));
    return what;
}

bot_api::bot_api(asio::any_io_executor executor, std::string root, secret token, std::chrono::milliseconds request_timeout)
    : root_(std::move(root)), token_(std::move(token)), request_timeout_(request_timeout), http_(std::move(executor))
{
    while (root_.ends_with('/'))
        root_.pop_back();
}

http_request bot_api::request(std::string_view method, std::chrono::milliseconds timeout) const
{
    http_request made;
    made.timeout = timeout;
    made.url = secret(fmt::format("{}/bot{}/{}", root_, token_.reveal(), method));
    // Long enough for a proxy's handshake, and shorter than the whole, so that the cause of a timeout is known.
    made.connect_timeout = timeout * 2 / 3;
    return made;
}

asio::awaitable<std::int64_t> bot_api::send_message(chat_id const& to, std::string const& text, std::function<void()> leaving)
{
    json body{{"text", text}};
    if (to.name.empty())
        body["chat_id"] = to.number;
    else
        body["chat_id"] = to.name;
    auto asked = request("sendMessage", request_timeout_);
    asked.body = body.dump();
    asked.leaving = std::move(leaving);
    auto const ended = co_await http_.post(std::move(asked));
    co_return number_in<std::int64_t>(result_of(ended, token_), "message_id").value_or(0);
}

asio::awaitable<void> bot_api::get_me(std::chrono::milliseconds timeout)
{
    auto asked = request("getMe", timeout);
    asked.body = "{}";
    auto const ended = co_await http_.post(std::move(asked));
    result_of(ended, token_);
}

}  // namespace broadcast
