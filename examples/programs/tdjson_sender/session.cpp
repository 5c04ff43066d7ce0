#include "session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tdjson_sender {
namespace {

using namespace std::string_view_literals;

mend::operation_error not_sent(mend::category known, std::string message)
{
    mend::failure what;
    what.message = std::move(message);
    what.known = known;
    what.delivered = mend::delivery::not_sent;
    return mend::operation_error(std::move(what));
}

/// The name that follows `prefix` in the object's type; "authorizationStateReady" -> "Ready".
std::string state_of(td_object const& object, std::string_view prefix)
{
    auto type = type_of(object);
    if (type.starts_with(prefix))
        type.remove_prefix(prefix.size());
    return std::string(type);
}

void print_complaint(std::function<void(std::string const&)> const& complain, std::exception_ptr error)
{
    if (!error)
        return;
    try {
        std::rethrow_exception(error);
    } catch (std::exception const& what) {
        complain(what.what());
    }
}

}  // namespace

session::session(td_client& client, session_settings settings) : client_(client), settings_(std::move(settings))
{
    client_.on_update([this](td_object const& update) { updated(update); });
}

void session::attach(mend::account& account)
{
    account.on_reconnect([this](mend::recovery_request const&) { return reconnect(); });
    account.on_relogin([this](mend::recovery_request const&) { return log_in(in_time()); });
    account.on_probe([this](mend::recovery_request const&) { return probe(); });
    if (settings_.proxies.empty())
        return;
    account.on_rotate_proxy([this](mend::recovery_request const&) { return rotate_proxy(); });
    account_ = &account;
    choose_proxy(current_proxy_);
}

void session::choose_proxy(std::size_t index)
{
    current_proxy_ = index;
    if (account_ != nullptr)
        account_->via(settings_.proxies[index].name);
}

void session::updated(td_object const& update)
{
    if (type_of(update) == "updateConnectionState" && update.contains("state"))
        connection_ = state_of(update["state"], "connectionState");
    else if (type_of(update) == "updateAuthorizationState" && update.contains("authorization_state"))
        authorization_ = state_of(update["authorization_state"], "authorizationState");
}

std::optional<mend::operation_error> session::lost() const
{
    // TDLib leaves these states only after a human acts, or never.
    constexpr std::array login_steps{
        "WaitPhoneNumber"sv, "WaitPremiumPurchase"sv, "WaitEmailAddress"sv, "WaitEmailCode"sv,
        "WaitCode"sv,        "WaitPassword"sv,        "WaitRegistration"sv, "WaitOtherDeviceConfirmation"sv};
    if (std::find(login_steps.begin(), login_steps.end(), authorization_) != login_steps.end())
        return not_sent(mend::category::session_lost,
                        fmt::format("login required: TDLib is in authorizationState{}. Log in with a program that asks for the "
                                    "phone number, code and password, then restart with its database",
                                    authorization_));
    if (authorization_ == "LoggingOut" || authorization_ == "Closing" || authorization_ == "Closed")
        return not_sent(mend::category::session_lost,
                        fmt::format("the session has ended: TDLib is in authorizationState{}. A new login is required, "
                                    "unless this program closed it",
                                    authorization_));
    return {};
}

mend::operation_error session::not_ready(std::chrono::milliseconds waited) const
{
    auto const seconds = std::chrono::duration<double>(waited).count();
    if (authorization_ != "Ready")
        return not_sent(mend::category::session_lost,
                        fmt::format("not logged in after {:.1f} s: {}", seconds,
                                    authorization_.empty() ? "TDLib has reported no authorization state"
                                                           : "authorizationState" + authorization_));
    auto const proxy = connection_ == "ConnectingToProxy";
    return not_sent(
        proxy ? mend::category::proxy : mend::category::connection,
        fmt::format("no connection after {:.1f} s: {}", seconds,
                    connection_.empty() ? "TDLib has reported no connection state" : "connectionState" + connection_));
}

asio::awaitable<void> session::log_in(time_point deadline)
{
    auto const begin = std::chrono::steady_clock::now();
    if (authorization_.empty()) {
        // TDLib creates a client with its first request.
        td_object const ask{{"@type", "getAuthorizationState"}};
        auto const state = co_await client_.request(ask, deadline);
        if (authorization_.empty())
            authorization_ = state_of(state, "authorizationState");
    }
    while (authorization_ != "Ready") {
        if (auto const over = lost())
            throw *over;
        auto const before = authorization_;
        if (before == "WaitTdlibParameters")
            co_await give_parameters(deadline);
        auto const moved = [&] { return authorization_ != before; };
        bool const in_time = co_await client_.until(deadline, moved);
        if (!in_time)
            throw not_ready(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - begin));
    }
}

asio::awaitable<void> session::give_parameters(time_point deadline)
{
    if (settings_.parameters.is_null())
        throw std::runtime_error("TDLib needs its parameters: pass a file with --parameters");
    // The proxy goes first and is not awaited: TDLib replies to it once it has its parameters, and connects immediately then.
    auto const executor = co_await asio::this_coro::executor;
    if (!settings_.proxies.empty())
        asio::co_spawn(executor, enable_proxy(settings_.proxies[current_proxy_], std::min(deadline, in_time())),
                       [complain = settings_.complain](std::exception_ptr error) { print_complaint(complain, error); });
    co_await client_.request(settings_.parameters, deadline);
}

asio::awaitable<void> session::enable_proxy(proxy const& which, time_point deadline)
{
    td_object const add{{"@type", "addProxy"}, {"proxy", which.description}, {"enable", true}, {"comment", "tdjson_sender"}};
    co_await client_.request(add, deadline);
}

asio::awaitable<void> session::reconnect()
{
    auto const deadline = in_time();
    // Any report of a network type, even of the current one, makes TDLib reopen its connections.
    td_object const poke{{"@type", "setNetworkType"}, {"type", {{"@type", "networkTypeOther"}}}};
    co_await client_.request(poke, deadline);
    auto const connected = [this] { return connection_ == "Ready" || lost(); };
    bool const in_time = co_await client_.until(deadline, connected);
    if (auto const over = lost())
        throw *over;
    if (!in_time)
        throw not_ready(settings_.request_timeout);
}

asio::awaitable<void> session::rotate_proxy()
{
    for (std::size_t tried = 0; tried < settings_.proxies.size(); ++tried) {
        choose_proxy((current_proxy_ + 1) % settings_.proxies.size());
        auto const& next = settings_.proxies[current_proxy_];
        auto const deadline = in_time();
        co_await enable_proxy(next, deadline);
        auto const through = [this] { return connection_ != "ConnectingToProxy" && connection_ != "WaitingForNetwork"; };
        bool const works = co_await client_.until(deadline, through);
        if (works)
            co_return;
        settings_.complain(fmt::format("{}: no connection through this proxy", next.name));
    }
    throw mend::proxy_error(fmt::format("none of the {} proxies connects", settings_.proxies.size()));
}

asio::awaitable<void> session::probe()
{
    // TDLib answers getMe from its cache; only Telegram answers a ping. mend gives a probe 10 s.
    td_object ping{{"@type", "pingProxy"}, {"proxy", nullptr}};
    if (!settings_.proxies.empty())
        ping["proxy"] = settings_.proxies[current_proxy_].description;
    auto const longest = std::min(settings_.request_timeout, std::chrono::milliseconds(8000));
    co_await client_.request(ping, std::chrono::steady_clock::now() + longest);
}

asio::awaitable<std::int64_t> session::send_text(std::int64_t chat_id, std::string const& text, time_point deadline)
{
    auto const ready_by = std::min(deadline, in_time());
    auto const decided = [this] { return ready() || lost(); };
    bool const in_time_for_it = co_await client_.until(ready_by, decided);
    if (auto const over = lost())
        throw *over;
    if (!in_time_for_it)
        throw not_ready(settings_.request_timeout);

    // TDLib replies with a provisional message; a later update with its id reports the result.
    std::optional<std::int64_t> provisional;
    std::int64_t sent = 0;
    auto const take = [&](td_object const& object) {
        if (object.contains("@extra")) {
            provisional = sent = object.at("id").get<std::int64_t>();
            return !object.contains("sending_state");
        }
        auto const type = type_of(object);
        bool const succeeded = type == "updateMessageSendSucceeded";
        bool const ended = succeeded || type == "updateMessageSendFailed";
        if (!ended || object.at("old_message_id") != provisional || object.at("message").at("chat_id") != chat_id)
            return false;
        if (!succeeded) {
            auto const& error = object.at("error");
            throw mend::operation_error(
                mend::telegram::tdlib_failure(error.at("code").get<int>(), error.at("message").get<std::string>()));
        }
        sent = object.at("message").at("id").get<std::int64_t>();
        return true;
    };
    td_object const content{{"@type", "inputMessageText"}, {"text", {{"@type", "formattedText"}, {"text", text}}}};
    td_object const send{{"@type", "sendMessage"}, {"chat_id", chat_id}, {"input_message_content", content}};
    co_await client_.exchange(send, std::min(deadline, in_time()), take);
    co_return sent;
}

asio::awaitable<bool> session::close(time_point deadline)
{
    auto const closed = [this] { return authorization_ == "Closed"; };
    if (!closed()) {
        td_object const close{{"@type", "close"}};
        co_await client_.request(close, deadline);
    }
    co_return co_await client_.until(deadline, closed);
}

}  // namespace tdjson_sender
