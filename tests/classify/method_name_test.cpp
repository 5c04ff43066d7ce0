#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/named_method.hpp>

#include "support/catch.hpp"

#include <mend/classifier.hpp>
#include <mend/failure.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace mend;
using mend::detail::compare_methods;
using mend::detail::name_method;
using mend::detail::named_method;
using mend::detail::puts_message;
using mend::detail::same_method;

TEST_CASE("methods that differ in namespace, case or a suffix Request are one")
{
    for (auto const* one : {"contacts.ResolveUsername", "contacts.resolveUsername", "ResolveUsername", "ResolveUsernameRequest",
                            "resolveusername", "RESOLVEUSERNAMEREQUEST", "telethon.tl.functions.contacts.ResolveUsernameRequest",
                            "contacts::ResolveUsername", "/resolveUsername"}) {
        INFO(one);
        CHECK(same_method(one, "contacts.ResolveUsername"));
        CHECK(same_method("ResolveUsernameRequest", one));
        CHECK_FALSE(same_method(one, "contacts.ResolvePhone"));
    }
    CHECK(same_method("bots.sendCustomRequest", "SendCustomRequestRequest"));
}

TEST_CASE("methods that differ in more than that are two")
{
    CHECK_FALSE(same_method("sendMessage", "sendMessages"));
    CHECK_FALSE(same_method("sendMessage", "send_message"));
    CHECK_FALSE(same_method("messages", "messages.sendMessage"));
    CHECK_FALSE(same_method("", "messages.sendMessage"));
    CHECK_FALSE(same_method("", "Request"));
    CHECK_FALSE(same_method("", "messages."));
    CHECK(same_method("Request", "request"));
}

TEST_CASE("the order of methods is a strict weak one, and the empty name comes first")
{
    std::array const names{"",
                           "messages.",
                           "Request",
                           "a.Request",
                           "RequestRequest",
                           "messages.sendMessage",
                           "SendMessageRequest",
                           "sendmessage",
                           "sendMessages",
                           "sendMedia",
                           "zebra",
                           "ZEBRA",
                           "_",
                           ".",
                           "..",
                           "a..b",
                           "\xff",
                           "sendMessage2"};
    auto const sign = [](int order) { return (order > 0) - (order < 0); };
    for (auto const* a : names) {
        CHECK(compare_methods(a, a) == 0);
        CHECK(compare_methods("", a) == (*a == '\0' ? 0 : -1));
        for (auto const* b : names) {
            CHECK(sign(compare_methods(a, b)) == -sign(compare_methods(b, a)));
            for (auto const* c : names) {
                INFO(a << ", " << b << ", " << c);
                if (compare_methods(a, b) <= 0 && compare_methods(b, c) <= 0)
                    CHECK(compare_methods(a, c) <= 0);
                if (compare_methods(a, b) == 0)
                    CHECK(sign(compare_methods(a, c)) == sign(compare_methods(b, c)));
            }
        }
    }
}

TEST_CASE("a method that shows a message to a person sends")
{
    for (auto const* method : {"messages.sendMessage",
                               "messages.sendMedia",
                               "messages.sendMultiMedia",
                               "messages.sendInlineBotResult",
                               "messages.forwardMessages",
                               "messages.sendEncrypted",
                               "messages.sendEncryptedFile",
                               "messages.sendEncryptedService",
                               "messages.sendScheduledMessages",
                               "messages.sendQuickReplyMessages",
                               "messages.startBot",
                               "messages.sendScreenshotNotification",
                               "messages.sendWebViewResultMessage",
                               "phone.sendGroupCallMessage",
                               "SendMessageRequest",
                               "SendMultiMediaRequest",
                               "StartBotRequest",                                              // Telethon's
                               "sendPhoto",
                               "sendDice",
                               "sendPoll",
                               "sendInvoice",
                               "sendMediaGroup",
                               "sendPaidMedia",
                               "sendChecklist",
                               "sendGift",
                               "copyMessage",
                               "copyMessages",
                               "forwardMessage",
                               "forwardMessages",
                               "answerWebAppQuery",
                               "postStory",          // Bot API's
                               "sendMessageAlbum",
                               "sendBotStartMessage",
                               "sendInlineQueryResultMessage",
                               "sendBusinessMessage",
                               "resendMessages",
                               "addOffer",  // TDLib's
                               "SENDMESSAGE",
                               "sendmessage"}) {
        INFO(method);
        CHECK(puts_message(method));
    }
}

TEST_CASE("a method that only sounds so does not send")
{
    for (auto const* method : {"auth.sendCode",
                               "SendCodeRequest",
                               "account.sendVerifyPhoneCode",
                               "account.sendVerifyEmailCode",
                               "account.sendChangePhoneCode",
                               "messages.sendReaction",
                               "messages.sendPaidReaction",
                               "messages.sendVote",
                               "phone.sendSignalingData",
                               "phone.sendConferenceCallBroadcast",
                               "payments.sendPaymentForm",
                               "payments.sendStarsForm",
                               "stories.sendReaction",
                               "bots.sendCustomRequest",
                               "SendCustomRequestRequest",
                               "sendChatAction",
                               "sendMessageDraft",
                               "sendCallRating",
                               "sendCallLog",
                               "sendPhoneNumberCode",
                               "sendMessageViewMetrics",
                               "sendPassportAuthorizationForm",
                               "sendTextMessageDraft"}) {
        INFO(method);
        CHECK_FALSE(puts_message(method));
    }
}

TEST_CASE("a method that reads, edits, deletes, types or logs in does not send")
{
    for (auto const* method : {"",
                               "messages.setTyping",
                               "messages.editMessage",
                               "editMessageText",
                               "messages.deleteMessages",
                               "deleteMessage",
                               "setMessageReaction",
                               "messages.getHistory",
                               "getMe",
                               "getUpdates",
                               "contacts.resolveUsername",
                               "auth.signIn",
                               "messages.uploadMedia",
                               "channels.inviteToChannel",
                               "addMessageReaction",
                               "addLocalMessage",
                               "stopPoll",
                               "Request",
                               "messages.",
                               "resend"}) {
        INFO(method);
        CHECK_FALSE(puts_message(method));
    }
}

TEST_CASE("a method that is not known sends if it begins with send, forward or copy")
{
    for (auto const* method : {"send", "sendHologram", "messages.SendHologramRequest", "forwardEverything", "copyChat",
                               "send_message", "SENDSOMETHING"}) {
        INFO(method);
        CHECK(puts_message(method));
    }
    for (auto const* method : {"unsend", "sen", "messages.unsendMessage", "prepareSend", "sends.getAll"}) {
        INFO(method);
        CHECK_FALSE(puts_message(method));
    }
}

TEST_CASE("an error names its method in the words of clients")
{
    struct {
        std::string_view text, method;
    } const rows[] = {
        {R"(Telegram says: [420 FLOOD_WAIT_X] (caused by "auth.ExportAuthorization") Pyrogram 2.3.58 thinks: A wait of 1267 seconds is required)",
         "auth.ExportAuthorization"},
        {R"([420 FLOOD_WAIT_X] (caused by "auth.SendCode") account 15550100)", "auth.SendCode"},
        {R"(Telegram says: [303 USER_MIGRATE_X] (caused by "auth.SignIn") Pyrogram 2.3.58 thinks: The user is on DC 5)",
         "auth.SignIn"},
        {R"(Telegram says: [403 ALLOW_PAYMENT_REQUIRED_X] (caused by "messages.SendMessage") Pyrogram 2.3.58 thinks: costs 25 stars)",
         "messages.SendMessage"},
        {"rpc error 420: FLOOD_WAIT caused by messages.sendMessage (value: 37)", "messages.sendMessage"},
        {R"(A wait of 385 seconds is required (caused by "contacts.ResolveUsername"))", "contacts.ResolveUsername"},
        {"telethon.errors.rpcerrorlist.UserDeactivatedBanError: The user has been deleted/deactivated (caused by "
         "GetUsersRequest)",
         "GetUsersRequest"},
        {"Sleeping for 5s (0:00:05) on GetUsersRequest flood wait", "GetUsersRequest"},
        {"caused by contacts.search.", "contacts.search"},
        {"FLOOD_WAIT_3 (caused by sendMessage)", "sendMessage"},
        {R"(can't do "that" now (caused by 'messages.SendMessage'))", "messages.SendMessage"},
    };
    for (auto const& row : rows) {
        INFO(row.text);
        CHECK(named_method(row.text) == row.method);
    }
}

TEST_CASE("an error whose text names no method has none")
{
    for (auto const* text : {
             "",
             "FLOOD_WAIT_37",
             "caused by ",
             "(caused by \"",
             "The user has been deleted/deactivated (caused by InvokeWithLayerRequest(InitConnectionRequest(GetConfigRequest)))",
             "caused by InitConnectionRequest(GetConfigRequest)",
             R"(RpcError { code: 420, name: "FLOOD_WAIT", value: Some(37), caused_by: None })",
             "HTTPSConnectionPool(host='x', port=443): Max retries exceeded (Caused by NewConnectionError('<x>: failed'))",
             "(caused by ConnectTimeoutError(1))",
             "Caused by: java.net.SocketException: Connection reset",
             "caused by java.net.SocketException",
             "the outage was caused by a timeout",
             "(caused by timeout)",
             "caused by FLOOD_WAIT_3",
             "caused by www.example.com",
             "action GetUsersRequest",
             "on Request",
             "on GetUsers",
             R"(No user has "caused by messages.sendMessage" as username)",
             "button URL 'x://caused by messages.sendMessage' is invalid",
         }) {
        INFO(text);
        CHECK(named_method(text).empty());
    }
    CHECK(named_method("caused by a." + std::string(1000, 'x')).empty());
}

TEST_CASE("a method that is stated is never replaced by the text's")
{
    failure told{.message = "A wait of 5 seconds is required (caused by SendMessageRequest)"};
    name_method(told);
    CHECK(told.method == "SendMessageRequest");

    told.method = "sendPhoto";
    name_method(told);
    CHECK(told.method == "sendPhoto");
}

namespace {

/// The methods that the rules in code have seen.
class seen_methods {
public:
    [[nodiscard]] classifier rules() const
    {
        return classifier{}.when([seen = seen_](failure const& told) -> std::optional<classification> {
            seen->push_back(told.method);
            return std::nullopt;
        });
    }
    [[nodiscard]] std::vector<std::string> const& all() const { return *seen_; }

private:
    std::shared_ptr<std::vector<std::string>> seen_ = std::make_shared<std::vector<std::string>>();
};

constexpr auto* told_wait = "A wait of 5 seconds is required (caused by SendMessageRequest)";

}  // namespace

TEST_CASE("an exception's description has the method that its text names")
{
    CHECK(classifier{}.failure_of(std::make_exception_ptr(std::runtime_error{told_wait})).method == "SendMessageRequest");
    CHECK(classifier{}.failure_of(std::make_exception_ptr(std::runtime_error{"FLOOD_WAIT_5"})).method.empty());
    auto const described = classifier{}.describe<std::runtime_error>(
        [](std::runtime_error const& error) { return failure{.message = error.what(), .method = "sendPhoto"}; });
    CHECK(described.failure_of(std::make_exception_ptr(std::runtime_error{told_wait})).method == "sendPhoto");
}

TEST_CASE("rules in code see the method that the text names, however the failure comes to them")
{
    seen_methods seen;
    auto const rules = seen.rules();
    auto const thrown = std::make_exception_ptr(std::runtime_error{told_wait});
    (void)rules.classify({.message = told_wait});
    (void)rules.classify({.exception = thrown});
    (void)rules.classify(rules.failure_of(thrown));
    (void)rules.classify({.message = told_wait, .method = "sendPhoto"});
    (void)rules.classify({.exception = thrown, .method = "sendPhoto"});
    (void)rules.classify({.message = "FLOOD_WAIT_5"});
    CHECK(seen.all() == std::vector<std::string>{"SendMessageRequest", "SendMessageRequest", "SendMessageRequest", "sendPhoto",
                                                 "sendPhoto", ""});
}
