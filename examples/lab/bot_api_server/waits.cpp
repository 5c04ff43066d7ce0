#include "waits.hpp"

#include <algorithm>

namespace bot_api_server {

std::string_view to_string(wait_scope scope) noexcept
{
    return scope == wait_scope::method ? "method" : "chat";
}

wait waits::begin(wait_scope scope, std::size_t token, std::int64_t chat, moment now, std::chrono::seconds retry_after)
{
    auto& end = end_of(scope, token, chat);
    end = std::max(end, now + retry_after);
    return {scope, retry_after, end};
}

std::optional<wait> waits::tell_again(std::size_t token, std::int64_t chat, moment now)
{
    auto const method_end = end_of(wait_scope::method, token, chat);
    auto const chat_end = end_of(wait_scope::chat, token, chat);
    auto const scope = method_end >= chat_end ? wait_scope::method : wait_scope::chat;
    auto const end = std::max(method_end, chat_end);
    if (end <= now) {
        return std::nullopt;
    }
    auto const left = std::chrono::ceil<std::chrono::seconds>(end - now);
    return wait{scope, left, now + left};
}

void waits::restore(wait_scope scope, std::size_t token, std::int64_t chat, moment until)
{
    auto& end = end_of(scope, token, chat);
    end = std::max(end, until);
}

moment& waits::end_of(wait_scope scope, std::size_t token, std::int64_t chat)
{
    return scope == wait_scope::method ? of_methods_[token] : of_chats_[{token, chat}];
}

} // namespace bot_api_server
