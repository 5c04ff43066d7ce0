#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>

using namespace mend;
using namespace std::chrono_literals;

namespace {

struct row {
    int code;
    char const* text;
    category what;
    std::optional<std::chrono::milliseconds> wait = {};
    std::optional<scope> where = {};
    std::optional<delivery> delivered = {};
    std::optional<std::int64_t> number = {};
    std::optional<action> instead = {};
};

template <std::size_t Size>
void check(row const (&rows)[Size])
{
    auto const rules = telegram::rules();
    for (auto const& each : rows) {
        INFO(each.code << ' ' << each.text);
        auto const says = rules.classify({.code = each.code, .message = each.text});
        CHECK(to_string(says.what) == to_string(each.what));
        CHECK(says.retry_after == each.wait);
        CHECK(says.where == each.where.value_or(default_scope(each.what)));
        if (each.delivered)
            CHECK(to_string(says.delivered) == to_string(*each.delivered));
        CHECK(says.number == each.number);
        CHECK(says.instead == each.instead);
    }
}

constexpr auto none = std::nullopt;

}  // namespace

TEST_CASE("names decide before codes")
{
    row const rows[] = {
        {400, "RANDOM_ID_DUPLICATE", category::duplicate, none, none, delivery::sent},
        {500, "RANDOM_ID_DUPLICATE", category::duplicate, none, none, delivery::sent},
        {400, "CHAT_WRITE_FORBIDDEN", category::target_unavailable, none, none, delivery::not_sent},
        {403, "CHAT_WRITE_FORBIDDEN", category::target_unavailable},
        {303, "FILE_MIGRATE_4", category::migrated, none, none, delivery::not_sent, 4},
        {400, "FILE_MIGRATE_4", category::migrated, none, none, delivery::not_sent, 4},
        {403, "PEER_ID_INVALID", category::stale},
        {403, "INPUT_USER_DEACTIVATED", category::target_unavailable},
        {0, "40329", category::unknown},
        {0, "NOT_FLOOD_WAIT_3", category::unknown},
    };
    check(rows);
}

TEST_CASE("errors are read at every place where real clients put them")
{
    row const rows[] = {
        {0, "FLOOD_WAIT_37", category::flood_wait, 37s},
        {420, "FLOOD_WAIT_37", category::flood_wait, 37s},
        {0, "Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required (caused by \"messages.SendMessage\")",
         category::flood_wait, 37s},
        {0, "420: FLOOD_WAIT_37", category::flood_wait, 37s},
        {0, "rpc error code 420: FLOOD_WAIT (37)", category::flood_wait, 37s},
        {0, "Too Many Requests: retry after 37", category::flood_wait, 37s},
        {429, "Too Many Requests: retry after 37", category::flood_wait, 37s},
        {400, "Too Many Requests: retry after 37", category::flood_wait, 37s},
        {0, "A wait of 37 seconds is required (caused by SendMessageRequest)", category::flood_wait, 37s},
        {0, "A wait of 37 seconds is required before sending another message in this chat", category::slow_mode, 37s},
        {0, "Telegram says: [420 SLOWMODE_WAIT_X] - A wait of 15 seconds is required to send messages in this chat.",
         category::slow_mode, 15s},
        {0, "Telegram says: [400 PEER_ID_INVALID] - The peer id being used is invalid", category::stale},
        {0, "RPCError 400: CHAT_ADMIN_REQUIRED (caused by SendMessageRequest)", category::target_unavailable},
        {0, "rpc error code 303: USER_MIGRATE (2)", category::migrated, none, none, none, 2},
        {0, "Telegram says: [303 FILE_MIGRATE_X] - The file is stored in DC4", category::migrated, none, none, none, 4},
        {0, "Error code: 403. Description: Forbidden: bot was blocked by the user", category::target_unavailable},
        {0, "Flood control exceeded. Retry in 35.0 seconds", category::flood_wait, 35s},
        {0, "Call to 'sendMessage' failed! (429: Too Many Requests: retry after 12)", category::flood_wait, 12s},
        {0, "[-503 Timeout]", category::temporary, none, none, delivery::unknown},
        {0, "Telegram says: [400 NEVER_SEEN_BEFORE] - Something (caused by \"messages.SendMessage\")", category::permanent},
    };
    check(rows);
}

TEST_CASE("waits mind the unit")
{
    row const rows[] = {
        {420, "FLOOD_PREMIUM_WAIT_8", category::flood_wait, 8s},
        {420, "SLOWMODE_WAIT_30", category::slow_mode, 30s, scope::peer, delivery::not_sent},
        {420, "FLOOD_WAIT_0", category::flood_wait, 1s},
        {420, "FLOOD_SKIP_FAILED_WAIT", category::flood_wait, 1s},
        {406, "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_7MIN", category::flood_wait, 7min},
        {420, "FLOOD_TEST_PHONE_WAIT_9", category::flood_wait, 9s, scope::operation, none, none, action::fail},
        {420, "2FA_CONFIRM_WAIT_5", category::flood_wait, 5s, scope::operation, none, none, action::fail},
        {420, "TAKEOUT_INIT_DELAY_86400", category::flood_wait, 24h, scope::operation, none, none, action::fail},
        {403, "ALLOW_PAYMENT_REQUIRED_10", category::target_unavailable, none, none, delivery::not_sent, 10},
        {303, "USER_MIGRATE_1", category::migrated, none, none, none, 1},
        {303, "PHONE_MIGRATE_2", category::migrated, none, none, none, 2},
        {303, "NETWORK_MIGRATE_3", category::migrated, none, none, none, 3},
        {303, "STATS_MIGRATE_5", category::migrated, none, none, none, 5},
        {303, "MOON_MIGRATE_6", category::migrated, none, none, none, 6},
        {420, "MOON_WAIT_6", category::flood_wait, 6s},
        {420, "MOON_DELAY_6", category::flood_wait, 6s},
        {400, "MOON_WAIT_6", category::permanent},
        {420, "MOON_PHASE_6", category::rate_limit},
        {429, "", category::rate_limit, none, none, delivery::not_sent},
        {420, "FLOOD", category::rate_limit},
        {420, "FLOOD_WAIT", category::rate_limit},
        {0, "FLOOD_WAIT", category::rate_limit},
        {420, "", category::rate_limit},
    };
    check(rows);
}

TEST_CASE("a unix time is a moment and not a wait")
{
    auto const rules = telegram::rules();
    for (std::string const name : {"STORY_SEND_FLOOD_WEEKLY_", "STORY_SEND_FLOOD_MONTHLY_", "PREMIUM_SUB_ACTIVE_UNTIL_"}) {
        auto const says = rules.classify({.code = 400, .message = name + "1700000000"});
        CHECK(says.retry_at == std::chrono::system_clock::time_point{1700000000s});
        CHECK(!says.retry_after);
        CHECK(says.instead == action::fail);
    }
}

TEST_CASE("accounts and sessions")
{
    row const rows[] = {
        {400, "PEER_FLOOD", category::account_limited, none, scope::sending, delivery::not_sent},
        {406, "USER_RESTRICTED", category::account_limited},
        {400, "USER_BANNED_IN_CHANNEL", category::account_limited, none, scope::peer},
        {400, "CHAT_RESTRICTED", category::account_limited, none, scope::peer},
        {420, "FROZEN_METHOD_INVALID", category::account_dead},
        {400, "FROZEN_PARTICIPANT_MISSING", category::account_dead},
        {400, "FROZEN_SOMETHING_NEW", category::account_dead},
        {401, "USER_DEACTIVATED", category::account_dead},
        {401, "USER_DEACTIVATED_BAN", category::account_dead},
        {400, "PHONE_NUMBER_BANNED", category::account_dead},
        {400, "INPUT_USER_DEACTIVATED", category::target_unavailable},
        {401, "AUTH_KEY_UNREGISTERED", category::session_lost},
        {401, "AUTH_KEY_INVALID", category::session_lost},
        {401, "SESSION_EXPIRED", category::session_lost},
        {401, "SESSION_REVOKED", category::session_lost},
        {406, "AUTH_KEY_DUPLICATED", category::session_lost, none, scope::account},
        {401, "AUTH_KEY_PERM_EMPTY", category::temporary},
        {401, "SESSION_PASSWORD_NEEDED", category::auth},
        {400, "PHONE_NUMBER_FLOOD", category::auth, 24h, scope::account},
        {406, "PHONE_PASSWORD_FLOOD", category::auth, 24h, scope::account},
        {406, "UPDATE_APP_TO_LOGIN", category::auth, 24h, scope::account},
        {400, "CONNECTION_API_ID_INVALID", category::permanent, none, scope::account},
        {400, "API_ID_INVALID", category::permanent, none, scope::account},
        {400, "API_ID_PUBLISHED_FLOOD", category::permanent, none, scope::account},
        {401, "", category::auth},
        {400, "USER_BANNED", category::auth},
    };
    check(rows);
}

TEST_CASE("server and transport")
{
    row const rows[] = {
        {-1, "", category::temporary, none, none, delivery::unknown},
        {-503, "Timeout", category::temporary, none, none, delivery::unknown},
        {500, "", category::temporary, none, none, delivery::unknown},
        {501, "", category::temporary, none, none, delivery::unknown},
        {505, "", category::temporary, none, none, delivery::unknown},
        {599, "NEVER_SEEN_BEFORE", category::temporary, none, none, delivery::unknown},
        {500, "INTERDC_4_CALL_ERROR", category::temporary, none, none, delivery::unknown, 4},
        {500, "INTERDC_4_CALL_RICH_ERROR", category::temporary, none, none, delivery::unknown, 4},
        {400, "RPC_CALL_FAIL", category::temporary, none, none, delivery::unknown},
        {400, "RPC_MCGET_FAIL", category::temporary, none, none, delivery::unknown},
        {500, "WORKER_BUSY_TOO_LONG_RETRY", category::temporary, none, none, delivery::unknown},
        {500, "MSGID_DECREASE_RETRY", category::temporary, none, none, delivery::unknown},
        {500, "AUTH_KEY_UNSYNCHRONIZED", category::temporary, none, none, delivery::unknown},
        {500, "POSTPONED_TIMEOUT", category::temporary, none, none, delivery::unknown},
        {400, "MSG_WAIT_FAILED", category::temporary, none, none, delivery::unknown},
        {-503, "MSG_WAIT_TIMEOUT", category::temporary, none, none, delivery::unknown},
        {0, "No workers running", category::temporary, none, none, delivery::unknown},
        {502, "Bad Gateway", category::temporary, none, none, delivery::unknown},
        {0, "Bad Gateway", category::temporary, none, none, delivery::unknown},
        {200, "<!DOCTYPE html><html><body>proxy</body></html>", category::temporary, none, none, delivery::unknown},
        {0, "<html><title>502</title></html>", category::temporary, none, none, delivery::unknown},
        {500, "UNKNOWN_METHOD", category::permanent},
        {500, "NEED_CHAT_INVALID", category::permanent},
        {500, "SEND_MEDIA_INVALID", category::permanent},
        {500, "Internal: sent message was immediately deleted and can't be returned", category::permanent, none, none,
         delivery::sent},
        {400, "Bad Request: group chat was upgraded to a supergroup chat", category::migrated},
        {400, "CONNECTION_NOT_INITED", category::stale},
        {400, "CONNECTION_LAYER_INVALID", category::stale},
        {400, "FILE_REFERENCE_EXPIRED", category::stale, none, scope::operation},
        {400, "FILE_REFERENCE_EMPTY", category::stale},
        {400, "FILE_REFERENCE_2_EXPIRED", category::stale, none, none, none, 2},
        {400, "FILE_REFERENCE_SOMETHING_NEW", category::stale},
        {400, "FILE_PART_3_MISSING", category::stale, none, none, none, 3},
        {400, "PEER_ID_INVALID", category::stale},
        {400, "CHANNEL_INVALID", category::stale},
        {400, "CHAT_ID_INVALID", category::stale},
        {400, "WEBPAGE_CURL_FAILED", category::stale},
        {400, "RANDOM_ID_EMPTY", category::permanent},
        {400, "RANDOM_ID_INVALID", category::permanent},
        {400, "RANDOM_ID_EXPIRED", category::permanent},
        {403, "CHAT_SEND_PLAIN_FORBIDDEN", category::target_unavailable, none, scope::peer, delivery::not_sent},
        {403, "CHAT_SEND_HOLOGRAMS_FORBIDDEN", category::target_unavailable},
        {400, "USER_IS_BLOCKED", category::target_unavailable},
        {403, "USER_PRIVACY_RESTRICTED", category::target_unavailable},
        {400, "TOPIC_CLOSED", category::target_unavailable},
        {406, "CHANNEL_PRIVATE", category::target_unavailable},
        {403, "PRIVACY_PREMIUM_REQUIRED", category::target_unavailable},
        {403, "Forbidden: bot was blocked by the user", category::target_unavailable},
        {403, "Forbidden: user is deactivated", category::target_unavailable},
        {403, "Forbidden: bot was kicked from the supergroup chat", category::target_unavailable},
        {-404, "", category::connection, none, none, delivery::unknown},
        {-429, "", category::connection, 8s, none, delivery::unknown},
        {0, "Server sent transport error: 404 (auth key not found)", category::connection},
        {0, "Server sent transport error: 429 (transport flood)", category::connection, 8s},
        {303, "", category::permanent, none, none, delivery::not_sent},
        {400, "NEVER_SEEN_BEFORE", category::permanent, none, none, delivery::not_sent},
        {403, "", category::permanent},
        {404, "Not Found", category::permanent},
        {406, "NEVER_SEEN_BEFORE", category::permanent},
    };
    check(rows);
}

TEST_CASE("an unknown name under 400 is permanent, with any words in it")
{
    row const rows[] = {
        {400, "BUSINESS_CONNECTION_INVALID", category::permanent},
        {400, "SOME_PROXY_ODDITY", category::permanent},
        {400, "NEW_CONNECTION_REFUSED", category::permanent},
    };
    check(rows);
}

TEST_CASE("a retry_after is a flood wait of the method, unless a name means otherwise")
{
    auto const rules = telegram::rules();
    auto const says = rules.classify({.code = 429, .retry_after = 7s});
    CHECK(says.what == category::flood_wait);
    CHECK(says.where == scope::method);
    CHECK(says.retry_after == 7s);
    CHECK(rules.classify({.code = 403, .message = "CHAT_WRITE_FORBIDDEN", .retry_after = 7s}).what ==
          category::target_unavailable);
    CHECK(rules.classify({.code = -429, .retry_after = 20s}).retry_after == 20s);
    CHECK(rules.classify({.code = 429, .message = "Too Many Requests", .retry_after = 7s}).what == category::flood_wait);
}

TEST_CASE("Telegram's rules are made once and shared")
{
    auto const first = telegram::rules();
    auto own = telegram::rules();
    own.when_code(400, category::custom_0);
    CHECK(telegram::rules().classify({.code = 400}).what == category::permanent);
    CHECK(classifier{}.when_code(400, category::custom_0).then(telegram::rules()).classify({.code = 400}).what ==
          category::custom_0);
}
