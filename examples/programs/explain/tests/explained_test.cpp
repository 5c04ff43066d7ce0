// What is said about a text: the tables of Telegram's errors, row by row, and how it is worded.
#include "explained.hpp"

#include "contains.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>

using namespace explain;
using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::scope;

namespace {

struct row {
    int code;
    char const* text;
    category what;
    std::optional<std::chrono::milliseconds> wait = {};
    std::optional<scope> where = {};
    std::optional<action> act = {};
    std::optional<std::int64_t> number = {};
};

constexpr auto none = std::nullopt;

template <std::size_t Size>
void check(row const (&rows)[Size], source from = source::rpc)
{
    for (auto const& each : rows) {
        INFO(each.code << ' ' << each.text);
        auto const about = explain_text(each.text, {from, each.code});
        CHECK(to_string(about.why.says.what) == to_string(each.what));
        CHECK(about.why.says.retry_after == each.wait);
        CHECK(to_string(about.why.says.where) == to_string(each.where.value_or(mend::default_scope(each.what))));
        CHECK(to_string(about.act) == to_string(each.act.value_or(mend::policy_table{}[each.what].act)));
        CHECK(about.why.says.number == each.number);
        CHECK(about.recognised());
        CHECK(to_text(about).find(std::string{"category  "}.append(to_string(each.what))) != std::string::npos);
        CHECK(to_json(about)["category"] == to_string(each.what));
    }
}

explained of(std::string_view text, origin const& given = {})
{
    return explain_text(text, given);
}

}  // namespace

TEST_CASE("a reply or a status that stands in a line of a log is read as in the log")
{
    CHECK(explain_text(R"(failed: {"ok":false,"error_code":403,"description":"Forbidden: x"} after 5 ms)", {}).from ==
          source::bot_api);
    auto const line = explain_text(R"(HTTP Request: POST https://api.telegram.org/bot.../getMe "HTTP/1.1 401 Unauthorized")", {});
    CHECK(line.why.says.what == mend::category::account_dead);
    CHECK(explain_text(line.text, {source::rpc, none}).why.says.what == mend::category::unknown);
}

TEST_CASE("waits are told with their unit")
{
    row const rows[] = {
        {420, "FLOOD_WAIT_37", category::flood_wait, 37s},
        {0, "Too Many Requests: retry after 37", category::flood_wait, 37s},
        {400, "Too Many Requests: retry after 37", category::flood_wait, 37s},
        {420, "FLOOD_PREMIUM_WAIT_8", category::flood_wait, 8s},
        {420, "SLOWMODE_WAIT_30", category::slow_mode, 30s},
        {420, "FLOOD_WAIT_0", category::flood_wait, 1s},
        {420, "FLOOD_SKIP_FAILED_WAIT", category::flood_wait, 1s},
        {406, "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_7MIN", category::flood_wait, 7min},
        {420, "FLOOD_TEST_PHONE_WAIT_9", category::flood_wait, 9s, scope::operation, action::fail},
        {420, "2FA_CONFIRM_WAIT_5", category::flood_wait, 5s, scope::operation, action::fail},
        {420, "TAKEOUT_INIT_DELAY_9", category::flood_wait, 9s, scope::operation, action::fail},
        {400, "STORY_SEND_FLOOD_WEEKLY_1700000000", category::flood_wait, none, scope::operation, action::fail, 1700000000},
        {400, "STORY_SEND_FLOOD_MONTHLY_1700000000", category::flood_wait, none, scope::operation, action::fail, 1700000000},
        {420, "PREMIUM_SUB_ACTIVE_UNTIL_1700000000", category::flood_wait, none, scope::operation, action::fail, 1700000000},
        {403, "ALLOW_PAYMENT_REQUIRED_10", category::target_unavailable, none, none, none, 10},
        {303, "USER_MIGRATE_2", category::migrated, none, none, none, 2},
        {303, "PHONE_MIGRATE_3", category::migrated, none, none, none, 3},
        {303, "NETWORK_MIGRATE_4", category::migrated, none, none, none, 4},
        {303, "FILE_MIGRATE_5", category::migrated, none, none, none, 5},
        {303, "STATS_MIGRATE_1", category::migrated, none, none, none, 1},
        {420, "BRAND_NEW_WAIT_6", category::flood_wait, 6s},
        {420, "BRAND_NEW_DELAY_6", category::flood_wait, 6s},
        {429, "", category::rate_limit},
        {420, "FLOOD", category::rate_limit},
    };
    check(rows);
}

TEST_CASE("accounts and sessions are told apart")
{
    row const rows[] = {
        {400, "PEER_FLOOD", category::account_limited},
        {406, "USER_RESTRICTED", category::account_limited},
        {400, "USER_BANNED_IN_CHANNEL", category::account_limited, none, scope::peer},
        {400, "CHAT_RESTRICTED", category::account_limited, none, scope::peer},
        {420, "FROZEN_METHOD_INVALID", category::account_dead},
        {420, "FROZEN_PARTICIPANT_MISSING", category::account_dead},
        {401, "USER_DEACTIVATED", category::account_dead},
        {401, "USER_DEACTIVATED_BAN", category::account_dead},
        {400, "PHONE_NUMBER_BANNED", category::account_dead},
        {403, "INPUT_USER_DEACTIVATED", category::target_unavailable},
        {401, "AUTH_KEY_UNREGISTERED", category::session_lost},
        {401, "AUTH_KEY_INVALID", category::session_lost},
        {401, "SESSION_EXPIRED", category::session_lost},
        {401, "SESSION_REVOKED", category::session_lost},
        {406, "AUTH_KEY_DUPLICATED", category::session_lost},
        {401, "AUTH_KEY_PERM_EMPTY", category::temporary},
        {401, "SESSION_PASSWORD_NEEDED", category::auth},
        {400, "PHONE_NUMBER_FLOOD", category::auth, 24h},
        {406, "PHONE_PASSWORD_FLOOD", category::auth, 24h},
        {406, "UPDATE_APP_TO_LOGIN", category::auth, 24h},
        {400, "CONNECTION_API_ID_INVALID", category::permanent, none, scope::account},
        {400, "API_ID_INVALID", category::permanent, none, scope::account},
        {400, "API_ID_PUBLISHED_FLOOD", category::permanent, none, scope::account},
    };
    check(rows);
}

TEST_CASE("server and transport errors are told apart")
{
    row const rows[] = {
        {-1, "", category::temporary},
        {500, "", category::temporary},
        {502, "", category::temporary},
        {599, "", category::temporary},
        {500, "INTERDC_4_CALL_ERROR", category::temporary, none, none, none, 4},
        {400, "RPC_CALL_FAIL", category::temporary},
        {400, "RPC_MCGET_FAIL", category::temporary},
        {500, "WORKER_BUSY_TOO_LONG_RETRY", category::temporary},
        {500, "MSGID_DECREASE_RETRY", category::temporary},
        {500, "AUTH_KEY_UNSYNCHRONIZED", category::temporary},
        {500, "POSTPONED_TIMEOUT", category::temporary},
        {400, "MSG_WAIT_FAILED", category::temporary},
        {-503, "MSG_WAIT_TIMEOUT", category::temporary},
        {0, "No workers running", category::temporary},
        {0, "Bad Gateway", category::temporary},
        {200, "<html><title>502</title></html>", category::temporary},
        {500, "UNKNOWN_METHOD", category::permanent},
        {500, "NEED_CHAT_INVALID", category::permanent},
        {500, "SEND_MEDIA_INVALID", category::permanent},
        {500, "Internal Server Error: sent message was immediately deleted and can't be returned", category::permanent},
        {303, "MOON_MIGRATE_6", category::migrated, none, none, none, 6},
        {400, "Bad Request: group chat was upgraded to a supergroup chat", category::migrated},
        {400, "CONNECTION_NOT_INITED", category::stale},
        {400, "CONNECTION_LAYER_INVALID", category::stale},
        {400, "FILE_REFERENCE_EXPIRED", category::stale},
        {400, "FILE_PART_3_MISSING", category::stale, none, none, none, 3},
        {400, "PEER_ID_INVALID", category::stale},
        {400, "CHANNEL_INVALID", category::stale},
        {400, "CHAT_ID_INVALID", category::stale},
        {400, "WEBPAGE_CURL_FAILED", category::stale},
        {400, "RANDOM_ID_DUPLICATE", category::duplicate},
        {500, "RANDOM_ID_DUPLICATE", category::duplicate},
        {400, "RANDOM_ID_EMPTY", category::permanent},
        {400, "RANDOM_ID_INVALID", category::permanent},
        {400, "RANDOM_ID_EXPIRED", category::permanent},
        {403, "CHAT_WRITE_FORBIDDEN", category::target_unavailable},
        {403, "CHAT_SEND_PLAIN_FORBIDDEN", category::target_unavailable},
        {400, "USER_IS_BLOCKED", category::target_unavailable},
        {403, "USER_PRIVACY_RESTRICTED", category::target_unavailable},
        {400, "TOPIC_CLOSED", category::target_unavailable},
        {406, "CHANNEL_PRIVATE", category::target_unavailable},
        {403, "PRIVACY_PREMIUM_REQUIRED", category::target_unavailable},
        {403, "Forbidden: bot was blocked by the user", category::target_unavailable},
        {403, "Forbidden: user is deactivated", category::target_unavailable},
        {403, "Forbidden: bot was kicked from the supergroup chat", category::target_unavailable},
        {-404, "", category::connection},
        {-429, "", category::connection, 8s},
        {303, "", category::permanent},
        {400, "", category::permanent},
        {403, "", category::permanent},
        {404, "", category::permanent},
        {406, "", category::permanent},
        {400, "BUSINESS_CONNECTION_INVALID", category::permanent},
    };
    check(rows);
}

TEST_CASE("TDLib's texts decide where its codes say nothing")
{
    row const rows[] = {
        {500, "Request aborted", category::permanent},
        {401, "Unauthorized", category::session_lost},
        {429, "Too Many Requests: retry after 37", category::flood_wait, 37s, scope::peer},
        {403, "PEER_ID_INVALID", category::stale},
        {403, "INPUT_USER_DEACTIVATED", category::target_unavailable},
        {400, "Failed to connect to 127.0.0.1:1080", category::proxy},
        {400, "Wrong username or password", category::proxy},
        {400, "Unsupported authentication mode", category::proxy},
        {400, "Receive error code 3 from server", category::proxy},
        {400, "Response hash mismatch", category::proxy},
        {400, "Connection timeout expired", category::proxy},
        {400, "Connection closed", category::proxy},
    };
    check(rows, source::tdlib);
}

TEST_CASE("the Bot API's replies are read with or without Telegram's own JSON")
{
    auto const category_of = [](int http, int code, char const* text) {
        return to_string(of(text, {source::bot_api, code, http}).why.says.what);
    };
    CHECK(category_of(401, 401, "Unauthorized") == "account_dead");
    CHECK(category_of(401, 0, "") == "proxy");
    CHECK(category_of(404, 404, "Not Found") == "session_lost");
    CHECK(category_of(404, 404, "Not Found: method not found") == "permanent");
    CHECK(category_of(409, 409, "Conflict: terminated by other getUpdates request") == "permanent");
    CHECK(category_of(502, 0, "<html>") == "temporary");
    CHECK(category_of(413, 0, "") == "permanent");
    CHECK(to_string(of("", {source::detect, {}, 401}).why.says.what) == "proxy");

    auto const flood =
        of(R"( {"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}} )");
    CHECK(flood.from == source::bot_api);
    CHECK(to_string(flood.why.says.what) == "flood_wait");
    CHECK(flood.why.says.retry_after == 5s);
    CHECK(flood.why.says.where == scope::peer);

    auto const moved = of(R"({"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-1001}})");
    CHECK(to_string(moved.why.says.what) == "migrated");
    CHECK(moved.why.says.number == -1001);

    auto const tdlib = of(R"({"@type":"error","code":500,"message":"Request aborted"})");
    CHECK(tdlib.from == source::tdlib);
    CHECK(to_string(tdlib.why.says.what) == "permanent");

    auto const fine = of(R"({"ok":true,"result":{}})");
    CHECK(fine.success);
    CHECK(contains(to_text(fine), "nothing to explain"));
}

TEST_CASE("numbers of any size in a reply saturate")
{
    auto const of_wait = [](std::string const& number) {
        return of(R"({"ok":false,"error_code":429,"description":"","parameters":{"retry_after":)" + number + "}}")
            .why.says.retry_after;
    };
    CHECK(of_wait("2147483647") == 2147483647s);
    CHECK(of_wait("99999999999999999999") > 24h * 365 * 1000);
    CHECK(of_wait("1e300") > 24h * 365 * 1000);
    CHECK(of_wait("2.5") == 3s);
    CHECK(of_wait("-5") == 1s);
    CHECK(of_wait("-1e300") == 1s);
    CHECK(of_wait("null") == std::nullopt);
    CHECK(of_wait("\"5\"") == 5s);
    CHECK(of_wait("\"soon\"") == std::nullopt);
    CHECK(of_wait("[5]") == std::nullopt);
    CHECK(of(R"({"ok":false,"error_code":1e99,"description":"x"})").what.code == 2147483647);
}

TEST_CASE("JSON that is not a reply is read as text")
{
    for (std::string const text : {R"({"ok":false})", R"({"ok":false,"error":"x"})", R"({"ok":"false","error_code":1})", "{",
                                   R"({"ok":false,"error_code":)", "{}", R"({"parameters":)", "[]"}) {
        INFO(text);
        auto const about = of(text);
        CHECK(about.from == source::rpc);
        CHECK(about.what.message == text);
    }
    CHECK(of(R"({"ok":false,"error_code":429,"description":"x"})", {source::rpc, {}}).from == source::rpc);
}

TEST_CASE("an action is told in words")
{
    auto const words = [](std::string_view text, int code = 0) { return action_in_words(of(text, {source::rpc, code})); };
    CHECK(words("FLOOD_WAIT_37") == "wait: 37s as requested, then retry; at most 5 retries");
    CHECK(words("FLOOD") == "wait: 5s, 10s, 20s ..., then retry; at most 5 retries");
    CHECK(words("FLOOD_WAIT_86401") == "wait: 1d 1s as requested, longer than max_wait (1d): ends with wait_too_long");
    CHECK(words("", 502) == "retry: after 1s, 2s, 4s; at most 3 retries");
    CHECK(words("through the proxy") == "rotate_proxy after 2s to settle, then retry after 5s; at most 3 retries");
    CHECK(words("", -429) == "reconnect after 2s to settle, then retry after at least 8s; at most 3 retries");
    CHECK(words("PEER_FLOOD") == "fail: no retry; quarantines the account's sends for 1d");
    CHECK(words("USER_DEACTIVATED") == "fail: no retry; quarantines the account for ever");
    CHECK(words("SESSION_REVOKED") == "relogin after 2s to settle, then retry at once; at most 1 retry, 3 logins a day");
    CHECK(words("2FA_CONFIRM_WAIT_5") == "fail: no retry (other flood_wait errors: wait)");
    CHECK(action_in_words(category::flood_wait) ==
          "wait: as requested, otherwise 5s, 10s, 20s ..., then retry; at most 5 retries");
}

TEST_CASE("it says of what kind the rule is, which method the error names, and what the account does now")
{
    auto const about = of("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required (caused by \"messages.SendMessage\")");
    CHECK(about.method == "messages.SendMessage");
    CHECK(account_in_words(about) == "waits: calls of messages.SendMessage resume after 37s; all others continue");
    CHECK(contains(to_text(about), "\n  method    messages.SendMessage\n"));
    CHECK(contains(to_text(about), "\n  rule      name\n"));
    CHECK(to_json(about)["kind"] == "name");
    CHECK(to_json(about)["method"] == "messages.SendMessage");
    CHECK(to_json(of("PEER_FLOOD"))["method"].is_null());

    auto const account = [](std::string_view text, int code = 0) { return account_in_words(of(text, {source::rpc, code})); };
    CHECK(account("FLOOD_WAIT_37") == "waits: calls of the same method resume after 37s; all others continue");
    CHECK(account("SLOWMODE_WAIT_9") == "waits: operations to this chat resume after 9s; all others continue");
    CHECK(account("PEER_FLOOD") == "is quarantined: sends fail immediately for 1d; all others continue");
    CHECK(account("USER_DEACTIVATED") == "is quarantined: all operations fail immediately for ever");
    CHECK(account("USER_IS_BLOCKED") == "continues: nothing is held");
    CHECK(account("USER_MIGRATE_2") == "continues: nothing is held; this operation fetches what is stale or has moved");
    CHECK(account("through the proxy") ==
          "stops: no attempt starts until it has disconnected and the rotate_proxy callback has ended");
    CHECK(contains(account("", 502), "an outage"));

    auto const kind = [](std::string_view text, int code = 0) { return to_json(of(text, {source::rpc, code}))["kind"]; };
    CHECK(kind("Too Many Requests: retry after 5") == "text");
    CHECK(kind("", 502) == "code");
    CHECK(kind("gibberish") == "none");
    CHECK(to_json(of("Unauthorized", {source::bot_api, 401}))["kind"] == "adapter");
}

TEST_CASE("a text that nothing recognises is said to be so, and an unknown name is named")
{
    CHECK(!of("gibberish").recognised());
    CHECK(contains(to_text(of("gibberish")), "no rule matches"));
    CHECK(to_json(of("gibberish"))["rule"].is_null());
    CHECK(of("[400 NEVER_SEEN_BEFORE]").unknown_name == "NEVER_SEEN_BEFORE");
    CHECK(of("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required").unknown_name.empty());
}

TEST_CASE("no byte of a text reaches the terminal unescaped")
{
    auto const text = to_text(of(std::string_view{"a\0b\x1b[31m\xff NEW_\n", 14}));
    CHECK(contains(text, R"(a\x00b\x1b[31m\xff NEW)"));
    CHECK(contains(to_text(of(std::string(100'000, 'A'))), "AAA..."));
    CHECK(!to_json(of("\xff\xfe")).dump().empty());
}
