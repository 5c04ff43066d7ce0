// The rules for sentences that Telegram, the Bot API and clients print instead of names.
#pragma once

#include <mend/impl/telegram/sentences.hpp>

#include <mend/impl/classify/rule_access.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace mend::telegram {
namespace {

struct sentence {
    std::string_view pattern;
    detail::rule_result says;
};

constexpr detail::rule_result server_failed{category::temporary, {}, delivery::unknown};
constexpr detail::rule_result wrong_request{category::permanent, {}, delivery::not_sent};

// In small letters; the more specific before the more general, since the first that matches wins.
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
    {"slowmode is enabled in this chat", {category::slow_mode}},
    {"waiting for {seconds} seconds before continuing", {category::flood_wait}},
    {"sleeping for {seconds}s (required by", {category::flood_wait}},  // Pyrogram's
    {"please wait {seconds} seconds before repeating the action", {category::flood_wait}},
    {"telegram now requires your program to do requests again only after {seconds} seconds", {category::flood_wait}},
    {"it means that mtproto server bans you on {seconds} seconds", {category::flood_wait}},
    {"the user has been deleted/deactivated", {category::account_dead}},
    {"the user was deleted/deactivated", {category::account_dead}},
    {"telegram's flood prevention system suspended this account", {category::account_dead}},  // MadelineProto's
    {"the used phone number has been banned from telegram", {category::account_dead}},
    {"the provided phone number is banned from telegram", {category::account_dead}},
    {"the authorization key (session file) was used under two different ip addresses", {category::session_lost}},
    {"the same authorization key (session file) was used in more than one place simultaneously", {category::session_lost}},
    {"the key is not registered in the system", {category::session_lost}},
    {"the authorization has expired", {category::session_lost}},
    {"the authorization has been invalidated", {category::session_lost}},
    {"the authorization key has expired", {category::session_lost}},
    {"the server claims it doesn't know about the authorization key", {category::session_lost}},
    {"the session was revoked by the user", {category::session_lost}},
    {"the method is unavailable for temporary authorization key", {category::temporary, {}, delivery::not_sent}},
    {"two-steps verification is enabled and a password is required", {category::auth}},
    {"the message cannot be empty unless a file is provided", wrong_request},
    {"initialization parameters are needed", {category::permanent, scope::account, delivery::not_sent}},  // TDLib
    {"the api_id/api_hash combination is invalid", {category::permanent, scope::account, delivery::not_sent}},
    {"the api id/hash combination is invalid", {category::permanent, scope::account, delivery::not_sent}},
    {"unauthorized: invalid api-id/api-hash", {category::permanent, scope::account, delivery::not_sent}},
    {"too many requests (caused by", {category::account_limited}},  // Telethon's of PEER_FLOOD
    {"the method can't be used because your account is", {category::account_limited}},
    {"this phone number is banned", {category::account_dead}},  // what programs print for PHONE_NUMBER_BANNED
    {"the phone number is banned", {category::account_dead}},
    {"phone number is banned", {category::account_dead}},
    {"phone number has been banned", {category::account_dead}},
    {"file reference expired", {category::stale}},
    {"file reference has expired", {category::stale}},
    {"no mediatypeformatter is available to read an object", server_failed},  // Telegram.Bot, of a page
    {"getting flood error from telegram", {category::account_limited}},  // what scripts print for PEER_FLOOD
    {"the current account is spamreported", {category::account_limited}},
    {"you're banned from sending messages in supergroups/channels", {category::account_limited, scope::peer}},
    {"you can't write in this chat", {category::target_unavailable}},
    {"you cannot write in this chat", {category::target_unavailable}},
    {"you don't have rights to send messages in this chat", {category::target_unavailable}},
    {"you haven't joined this channel/supergroup", {category::target_unavailable}},
    {"the channel/supergroup is not accessible", {category::target_unavailable}},
    {"the specified user was deleted", {category::target_unavailable}},
    {"the user's privacy settings do not allow you to do this", {category::target_unavailable}},
    {"user is blocked", {category::target_unavailable}},
    {"the user blocked you", {category::target_unavailable}},
    {"you were blocked by this user", {category::target_unavailable}},
    {"the channel specified is private and you lack permission to access it", {category::target_unavailable}},
    {"chat admin privileges are required to do that in the specified chat", {category::target_unavailable}},
    {"an invalid peer was used", {category::stale}},
    {"the provided peer id is invalid", {category::stale}},
    {"the peer id being used is invalid", {category::stale}},
    {"peer id invalid: ", {category::stale}},
    // The client does not know the peer, or has lost its access hash.
    {"could not find the input entity for", {category::stale, {}, delivery::not_sent}},
    {"cannot find any entity corresponding to", {category::stale, {}, delivery::not_sent}},
    {"cannot cast inputpeer", {category::stale, {}, delivery::not_sent}},
    {"id not found: ", {category::stale, {}, delivery::not_sent}},
    {"username not found: ", {category::stale, {}, delivery::not_sent}},
    {"this peer is not present in the internal peer database", {category::stale, {}, delivery::not_sent}},
    {"the file reference has expired", {category::stale}},
    {"you provided a random id that was already used", {category::duplicate, {}, delivery::sent}},
    {"a timeout occurred while fetching data from the worker", server_failed},
    {"telegram is having internal", server_failed},
    {"telegram is having some internal", server_failed},
    {"telegram server is having some internal", server_failed},
    {"request was unsuccessful {number} time(s)", server_failed},  // Telethon gave up
    {"telegram returned an invalid response", server_failed},
    {"error parsing telegram response", server_failed},  // Node's, for a page instead of JSON
    {"tgbot-cpp library have got html page instead of json response", server_failed},

    {"too many requests: retry after {seconds}", {category::flood_wait}},
    {"too many requests", {category::rate_limit}},
    {"flood control", {category::rate_limit}},
    {"retry in {seconds} seconds", {category::flood_wait}},

    {"the phone number a user is trying to use for authorization is associated with dc", {category::migrated}},
    {"the user whose identity is being used to execute queries is associated with dc", {category::migrated}},
    {"the source ip address is associated with dc", {category::migrated}},
    {"the file to be accessed is currently stored in dc", {category::migrated}},
    {"the channel statistics must be fetched from dc", {category::migrated}},
    {"phone number registered to a different dc: {number}", {category::migrated}},  // TLSharp's
    {"user located on a different dc: {number}", {category::migrated}},
    {"file located on a different dc: {number}", {category::migrated}},
    {"network located on a different dc: {number}", {category::migrated}},
    {"your phone number registered to {number} dc", {category::migrated}},
    {"telegram server replied requesting a migration to datacenter {number}", {category::migrated}},
    {"group chat was upgraded to a supergroup chat", {category::migrated}},
    {"group chat is migrated to", {category::migrated}},  // older servers
    {"group chat was migrated to", {category::migrated}},
    {"group migrated to supergroup", {category::migrated}},
    {"the group has been migrated to a supergroup", {category::migrated}},
    {"migratetochatid", {category::migrated}},  // teloxide

    {"bot was blocked by the user", {category::target_unavailable}},
    {"user is deactivated", {category::target_unavailable}},
    {"bot was kicked", {category::target_unavailable}},
    {"bot is not a member of the", {category::target_unavailable}},
    {"bot can't initiate conversation with a user", {category::target_unavailable}},
    {"bot can't send messages to bots", {category::target_unavailable}},
    {"bots can't send messages to bots", {category::target_unavailable}},
    {"group chat was deactivated", {category::target_unavailable}},
    {"group is deactivated", {category::target_unavailable}},
    {"not enough rights to", {category::target_unavailable}},
    {"have no rights to send a message", {category::target_unavailable}},
    {"have no write access to the chat", {category::target_unavailable}},
    {"need administrator rights in the", {category::target_unavailable}},
    {"chat not found", {category::target_unavailable}},
    {"private chat not found", {category::target_unavailable}},
    {"group chat not found", {category::target_unavailable}},
    {"basic group not found", {category::target_unavailable}},
    {"supergroup not found", {category::target_unavailable}},
    {"secret chat not found", {category::target_unavailable}},
    {"user not found", {category::target_unavailable}},
    {"member not found", {category::target_unavailable}},
    {"topic not found", {category::target_unavailable}},
    {"message thread not found", {category::target_unavailable}},
    {"api(botblocked)", {category::target_unavailable}},  // teloxide
    {"api(botkicked)", {category::target_unavailable}},
    {"api(chatnotfound)", {category::target_unavailable}},
    {"api(usernotfound)", {category::target_unavailable}},
    {"api(cantinitiateconversation)", {category::target_unavailable}},
    {"api(botkickedfromsupergroup)", {category::target_unavailable}},
    {"api(botkickedfromchannel)", {category::target_unavailable}},
    {"api(userdeactivated)", {category::target_unavailable}},
    {"api(groupdeactivated)", {category::target_unavailable}},
    {"api(canttalkwithbots)", {category::target_unavailable}},
    {"api(terminatedbyothergetupdates)", wrong_request},
    {"api(messagenotmodified)", wrong_request},
    {"api(messagetextisempty)", wrong_request},
    {"api(messageistoolong)", wrong_request},
    {"api(invalidtoken)", {category::account_dead}},

    // A proxy's answer to CONNECT; the status after it is not Telegram's.
    {"tunneling socket could not be established", {category::proxy, {}, delivery::not_sent}},

    // The transport's own errors, as Pyrogram and Telethon word them.
    {"transport error: 429", {category::connection, {}, {}, {}, std::chrono::seconds{8}}},
    {"transport error: 404", {category::connection}},
    {"server sent transport error: 429", {category::connection, {}, {}, {}, std::chrono::seconds{8}}},
    {"server sent transport error: 404", {category::connection}},
    {"invalid response buffer (http code 429)", {category::connection, {}, {}, {}, std::chrono::seconds{8}}},
    {"invalid response buffer (http code 404)", {category::connection}},

    // python-telegram-bot's of 401 and 404
    {"invalidtoken: ", {category::session_lost}},
    // aiogram's of 401 and 404, next to Telegram's own JSON
    {"telegramunauthorizederror: ", {category::account_dead}},
    {"telegram server says - unauthorized", {category::account_dead}},
    {"telegram server says - not found", {category::session_lost}},
    // The Bot API's server, of a text that is not a valid token
    {"unauthorized: invalid token specified", {category::account_dead}},

    {"no workers running", server_failed},
    {"no healthy upstream", server_failed},  // Envoy's pages
    {"upstream request timeout", server_failed},
    {"upstream connect error or disconnect/reset before headers", server_failed},
    {"bad gateway", server_failed},
    {"gateway time-out", server_failed},
    {"gateway timeout", server_failed},
    {"service unavailable", server_failed},
    {"service temporarily unavailable", server_failed},

    // Reasons to refuse a request, from clients that remove "Bad Request: ".
    {"message is too long", wrong_request},
    {"message caption is too long", wrong_request},
    {"media caption is too long", wrong_request},
    {"message text is empty", wrong_request},
    {"message must be non-empty", wrong_request},
    {"text must be non-empty", wrong_request},
    {"file must be non-empty", wrong_request},
    {"file is too big", wrong_request},
    {"can't parse entities", wrong_request},
    {"can't parse inline keyboard", wrong_request},
    {"can't parse reply keyboard", wrong_request},
    {"message is not modified", wrong_request},
    {"content of the message was not modified", wrong_request},
    {"message can't be edited", wrong_request},
    {"message can't be deleted", wrong_request},
    {"message to edit not found", wrong_request},
    {"message to delete not found", wrong_request},
    {"message to forward not found", wrong_request},
    {"message to copy not found", wrong_request},
    {"message to pin not found", wrong_request},
    {"message to reply not found", wrong_request},
    {"message to be replied not found", wrong_request},
    {"reply message not found", wrong_request},
    {"replied message not found", wrong_request},
    {"there is no text in the message to edit", wrong_request},
    {"there is no caption in the message to edit", wrong_request},
    {"query is too old and response timeout expired", wrong_request},
    {"wrong file identifier", wrong_request},
    {"wrong file_id", wrong_request},
    {"wrong remote file id", wrong_request},
    {"invalid file_id", wrong_request},
    {"invalid file id", wrong_request},
    {"wrong type of the web page content", wrong_request},
    {"failed to get http url content", wrong_request},
    {"wrong http url specified", wrong_request},
    {"bad webhook: ", wrong_request},
    {"chat_id is empty", wrong_request},
    {"method is available for supergroup and channel chats only", wrong_request},
    {"method is available only for supergroups", wrong_request},
    {"method is available for supergroup chats only", wrong_request},
    {"method is available for channel chats only", wrong_request},
    {"method is available only for channels", wrong_request},
    {"user is an administrator of the chat", wrong_request},
    {"can't remove chat owner", wrong_request},
    {"can't restrict self", wrong_request},
    {"can't demote chat creator", wrong_request},
    {"can't forward messages of this type", wrong_request},
    {"message can't be forwarded", wrong_request},
    {"message can't be copied", wrong_request},
    {"the message can't be forwarded", wrong_request},
    {"the message can't be copied", wrong_request},
    {"message identifier is not specified", wrong_request},
    {"message to react not found", wrong_request},
    {"message with poll to stop not found", wrong_request},
    {"text buttons are unallowed in the inline keyboard", wrong_request},
    {"unallowed keyboard type", wrong_request},
    {"unsupported url protocol", wrong_request},
    {"unsupported parse_mode", wrong_request},
    {"object expected as reply markup", wrong_request},
    {"photo should be uploaded as an inputmediaphoto", wrong_request},
    {"can't use file of type", wrong_request},
    {"type of file mismatch", wrong_request},
    {"there is no photo in the request", wrong_request},
    {"there is no document in the request", wrong_request},
    {"there is no video in the request", wrong_request},
    {"poll must have at least", wrong_request},
    {"poll can't have more than", wrong_request},
    {"invalid webhook url specified", wrong_request},
    {"terminated by other getupdates request", wrong_request},
    {"can't use getupdates method while webhook is active", wrong_request},
};

}  // namespace

void add_sentences(classifier& rules)
{
    for (auto const& each : sentences)
        detail::rule_access::add(
            rules, {detail::message_match{detail::pattern::parse(each.pattern), detail::evidence::name, detail::reach::sentence},
                    each.says});
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
