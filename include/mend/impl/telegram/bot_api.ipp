// Makes failures from replies of the Bot API.
#pragma once

#include <mend/telegram/bot_api.hpp>

#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/telegram/gateway.hpp>
#include <mend/impl/telegram/sentences.hpp>
#include <mend/telegram/names.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace mend::telegram {
namespace {

bool is_success(int http_status) noexcept
{
    return http_status >= 200 && http_status < 300;
}

bool looks_like_html(std::string_view body) noexcept
{
    auto const start = body.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && body[start] == '<';
}

/// Classifies an answer of a gateway. The status decides; the page decides only if there is no status, or one of success.
void read_gateway(failure& result)
{
    auto says = gateway_result(result.code);
    if (!says && result.code == 0 && looks_like_html(result.message))
        says = detail::rule_result{category::temporary, {}, delivery::unknown};
    if (!says)
        return;
    result.known = says->what == category::rate_limit && result.retry_after ? category::flood_wait : says->what;
    result.where = says->where;
    result.delivered = says->delivered;
}

/// Returns whether the bot is refused and not its token: it is logged out, or the server does not know it at the moment.
bool refuses_bot(failure const& what) noexcept
{
    return what.code == 421 || (what.code == 404 && what.message == "Not Found") || what.message == "Logged out";
}

void read_answer(failure& result)
{
    auto const says = read_sentence(result.message);
    if (!result.retry_after)
        result.retry_after = says.retry_after;
    if (!result.number)
        result.number = says.number;
    if (is_known_name(detail::error_text::parse(result.message).name))
        return;  // a name decides with any code
    if (says.what == category::migrated)
        result.known = category::migrated;
    else if (result.code == 401 && !(says.what == category::permanent && says.where == scope::account))
        result.known = category::account_dead;  // the token, unless the server's own api_id is refused
    else if (refuses_bot(result))
        result.known = category::session_lost;
    else if (says.what == category::target_unavailable || result.code == 403)
        result.known = category::target_unavailable;
    else if (result.code == 409 || result.code == 404)
        result.known = category::permanent;
    else if (says.what == category::permanent) {
        result.known = says.what;
        result.where = says.where;
        result.delivered = says.delivered;  // "immediately deleted": it was sent, then deleted
    }
}

}  // namespace

failure bot_api_failure(int http_status, int error_code, std::string description, std::optional<int> retry_after,
                        std::optional<std::int64_t> migrate_to_chat_id)
{
    failure result;
    result.code = error_code != 0 ? error_code : is_success(http_status) ? 0 : http_status;
    result.message = std::move(description);
    if (retry_after)
        result.retry_after = std::chrono::seconds{*retry_after};
    result.number = migrate_to_chat_id;

    if (migrate_to_chat_id)
        result.known = category::migrated;
    else if (error_code != 0)
        read_answer(result);
    else
        read_gateway(result);
    if (!result.known && result.code >= 500)
        result.known = category::temporary;  // the status decides with any wait
    if (!result.known && result.retry_after) {
        result.known = category::flood_wait;
        result.where = scope::peer;
    }
    return result;
}

}  // namespace mend::telegram
