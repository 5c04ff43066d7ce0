// What Telegram, the Bot API and clients say in words instead of names.
#include "sentences.hpp"

#include <mend/detail/rule_set.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace mend::telegram {
namespace {

struct sentence {
    std::string_view pattern;
    detail::verdict says;
};

// The more special before the more general: the first that matches wins.
sentence const sentences[] = {
    {"sent message was immediately deleted and can't be returned", {category::permanent, {}, delivery::sent}},

    // Telethon's and Pyrogram's sentences, which come without a name.
    {"a wait of {seconds} seconds is required before sending another message in this chat", {category::slow_mode}},
    {"a wait of {seconds} seconds is required to send messages in this chat", {category::slow_mode}},
    {"a wait of {seconds} seconds is required before being able to initiate the takeout",
     {category::flood_wait, scope::operation, {}, action::fail}},
    {"a wait of {seconds} seconds is required in the test servers", {category::flood_wait, scope::operation, {}, action::fail}},
    {"a wait of {seconds} seconds is required", {category::flood_wait}},
    {"import for this chat is already in progress, wait {minutes} minutes", {category::flood_wait}},
    {"too many requests: retry after {seconds}", {category::flood_wait}},
    {"flood control exceeded. retry in {seconds}", {category::flood_wait}},
    {"retry in {seconds} seconds", {category::flood_wait}},

    {"group chat was upgraded to a supergroup chat", {category::migrated}},
    {"group migrated to supergroup", {category::migrated}},

    {"bot was blocked by the user", {category::target_unavailable}},
    {"user is deactivated", {category::target_unavailable}},
    {"bot was kicked", {category::target_unavailable}},
    {"bot is not a member of the", {category::target_unavailable}},
    {"bot can't initiate conversation with a user", {category::target_unavailable}},
    {"bot can't send messages to bots", {category::target_unavailable}},
    {"bots can't send messages to bots", {category::target_unavailable}},
    {"group chat was deactivated", {category::target_unavailable}},
    {"not enough rights to send", {category::target_unavailable}},
    {"have no rights to send a message", {category::target_unavailable}},
    {"have no write access to the chat", {category::target_unavailable}},
    {"need administrator rights in the channel chat", {category::target_unavailable}},

    // The transport's own errors, as Pyrogram and Telethon word them.
    {"transport error: 429", {category::connection, {}, {}, {}, std::chrono::seconds{8}}},
    {"transport error: 404", {category::connection}},
    {"invalid response buffer (http code 429)", {category::connection, {}, {}, {}, std::chrono::seconds{8}}},
    {"invalid response buffer (http code 404)", {category::connection}},

    {"no workers running", {category::temporary, {}, delivery::unknown}},
    {"bad gateway", {category::temporary, {}, delivery::unknown}},
    {"<!doctype html", {category::temporary, {}, delivery::unknown}},
    {"<html", {category::temporary, {}, delivery::unknown}},
};

}  // namespace

void add_sentences(classifier& rules)
{
    for (auto const& each : sentences)
        detail::rule_access::add(rules, {detail::message_match{detail::pattern::parse(each.pattern), false}, each.says});
}

classification read_sentence(std::string_view text)
{
    static classifier const rules = [] {
        classifier result;
        add_sentences(result);
        return result;
    }();
    failure asked;
    asked.message = text;
    return rules.classify(asked);
}

}  // namespace mend::telegram
