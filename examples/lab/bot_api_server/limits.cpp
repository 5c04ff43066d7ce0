#include "limits.hpp"

namespace bot_api_server {

namespace {

using namespace std::chrono_literals;

/// At most `most` messages in any span of this length.
struct limit {
    std::size_t most;
    std::chrono::seconds span;
};

constexpr limit overall{30, 1s};
constexpr limit into_group{20, 60s};
// One a second on average; three at once pass.
constexpr limit into_chat{3, 3s};

/// How long until one more message fits: zero if it fits now.
std::chrono::seconds delay_of(std::deque<moment>& window, limit const& bound, moment now)
{
    while (!window.empty() && window.front() + bound.span <= now) {
        window.pop_front();
    }
    if (window.size() < bound.most) {
        return 0s;
    }
    return std::chrono::ceil<std::chrono::seconds>(window.front() + bound.span - now);
}

} // namespace

std::optional<refusal> published_limits::check(std::size_t token, std::int64_t chat, moment now)
{
    if (auto const delay = delay_of(of_tokens_[token], overall, now); delay > 0s) {
        return refusal{"limit_overall", wait_scope::method, delay};
    }
    if (auto const delay = delay_of(of_chats_[{token, chat}], into_chat, now); delay > 0s) {
        return refusal{"limit_chat", wait_scope::chat, delay};
    }
    if (chat < 0) {
        if (auto const delay = delay_of(of_groups_[{token, chat}], into_group, now); delay > 0s) {
            return refusal{"limit_group", wait_scope::chat, delay};
        }
    }
    return std::nullopt;
}

void published_limits::count(std::size_t token, std::int64_t chat, moment now)
{
    of_tokens_[token].push_back(now);
    of_chats_[{token, chat}].push_back(now);
    if (chat < 0) {
        of_groups_[{token, chat}].push_back(now);
    }
}

} // namespace bot_api_server
