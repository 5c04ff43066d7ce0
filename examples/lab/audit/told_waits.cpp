#include "told_waits.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace audit {

namespace {

/// The waits of one scope that the sender knows.
class told_waits {
public:
    /// If a wait is in force, how long it has been known.
    [[nodiscard]] std::optional<std::chrono::milliseconds> known_for(moment now) const
    {
        std::optional<std::chrono::milliseconds> longest;
        for (auto const& [told, until] : waits_) {
            if (now < until) {
                longest = std::max(longest.value_or(now - told), now - told);
            }
        }
        return longest;
    }

    void add(moment told, moment until)
    {
        std::erase_if(waits_, [&](auto const& wait) { return wait.second <= told; });
        waits_.emplace_back(told, until);
    }

private:
    std::vector<std::pair<moment, moment>> waits_;
};

/// What the sender knows about one token.
class knowledge {
public:
    knowledge(std::chrono::milliseconds grace, reading how, wait_findings& findings)
        : grace_{grace}, reading_{how}, findings_{&findings}
    {
    }

    void take(request const& made)
    {
        auto const of_chat = chats_[*made.chat].known_for(made.time);
        auto const known = std::max(of_chat, whole_token_.known_for(made.time));
        if (known) {
            judge(made, *known);
        }
        if (made.told_until) {
            learn(made, of_chat.has_value());
        }
    }

private:
    void judge(request const& made, std::chrono::milliseconds known)
    {
        if (known <= grace_) {
            ++findings_->on_their_way;
            return;
        }
        findings_->wrong.push_back("request " + std::to_string(made.sequence) + " of " + made.token + " to chat " +
                                   std::to_string(*made.chat) + " arrived " + std::to_string(known.count()) +
                                   " ms after the start of a wait, before its end");
    }

    void learn(request const& made, bool chat_was_waiting)
    {
        ++findings_->told;
        chats_[*made.chat].add(made.time, *made.told_until);
        if (!made.told_for_method) {
            return;
        }
        bool const is_shown = flood_is_told_elsewhere(*made.chat, made.time);
        if (reading_ == reading::strict || is_shown) {
            whole_token_.add(made.time, *made.told_until);
        }
        if (is_shown && !chat_was_waiting) {
            ++findings_->discoveries;
        }
        floods_[*made.chat].add(made.time, *made.told_until);
    }

    [[nodiscard]] bool flood_is_told_elsewhere(std::int64_t chat, moment now) const
    {
        return std::ranges::any_of(
            floods_, [&](auto const& other) { return other.first != chat && other.second.known_for(now).has_value(); });
    }

    std::chrono::milliseconds grace_;
    reading reading_;
    wait_findings* findings_;
    std::map<std::int64_t, told_waits> chats_;
    std::map<std::int64_t, told_waits> floods_; // of chats_, those that the server meant for the token
    told_waits whole_token_;
};

} // namespace

wait_findings check_waits(std::vector<request> const& requests, std::chrono::milliseconds grace, reading how)
{
    wait_findings findings;
    std::map<std::string, knowledge> tokens;
    for (auto const& each : requests) {
        if (each.method == "sendMessage" && each.chat) {
            tokens.try_emplace(each.token, grace, how, findings).first->second.take(each);
        }
    }
    return findings;
}

} // namespace audit
