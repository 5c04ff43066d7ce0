// Failures from replies of the Bot API.
#include "sentences.hpp"

#include <mend/telegram/bot_api.hpp>

#include <chrono>
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

/// Something on the way has answered in the server's place.
void read_gateway(failure& result)
{
    switch (result.code) {
    case 401:
    case 407:
        result.known = category::proxy;
        return;
    case 413:  // the request is too large for the gateway, and will stay so
        result.known = category::permanent;
        return;
    default:
        break;
    }
    if (result.code >= 500 || looks_like_html(result.message)) {
        result.known = category::temporary;
        result.delivered = delivery::unknown;
    }
}

void read_answer(failure& result)
{
    auto const says = read_sentence(result.message);
    if (!result.retry_after)
        result.retry_after = says.retry_after;
    if (says.what == category::migrated)
        result.known = category::migrated;
    else if (result.code == 401)
        result.known = category::account_dead;  // the token
    else if (result.code == 409 || result.code == 404)
        result.known = category::permanent;
    else if (says.what == category::target_unavailable)
        result.known = says.what;
    else if (says.what == category::permanent) {
        result.known = says.what;
        result.delivered = delivery::sent;  // it was, and is gone again
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
    if (!result.known && result.retry_after) {
        result.known = category::flood_wait;
        result.where = scope::peer;
    }
    return result;
}

}  // namespace mend::telegram
