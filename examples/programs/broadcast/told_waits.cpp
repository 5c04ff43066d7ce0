#include "told_waits.hpp"

#include <algorithm>

namespace broadcast {

wait_reach told_waits::told(std::int64_t chat, time_point until, time_point now)
{
    using namespace std::chrono_literals;
    auto const first = first_;
    first_ = {chat, until, now};
    if (first.chat == 0 || first.chat == chat || std::chrono::abs(until - first.until) > 1500ms)
        return wait_reach::chat;
    return chat < 0 && first.chat < 0 ? wait_reach::groups : wait_reach::account;
}

void told_waits::came_through(time_point began) noexcept
{
    if (began >= first_.told_at)
        first_ = {};
}

void told_waits::recall(wait_reach reach, std::int64_t chat, time_point until)
{
    auto& known = reach == wait_reach::account ? account_ : reach == wait_reach::groups ? groups_ : chats_[chat];
    known = std::max(known, until);
    if (reach == wait_reach::chat && until > first_.until)
        first_ = {chat, until, {}};
}

told_waits::time_point told_waits::held_until(std::int64_t chat) const
{
    auto const known = chats_.find(chat);
    return std::max({account_, chat < 0 ? groups_ : time_point{}, known != chats_.end() ? known->second : time_point{}});
}

}  // namespace broadcast
