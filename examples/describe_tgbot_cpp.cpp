// A client with exceptions of its own: tgbot-cpp. Its TgException carries an error code and a description; the parameters of
// the reply (retry_after, migrate_to_chat_id) are lost. The wait also stands in the text, where mend finds it; the new chat id
// does not: on_refresh has to ask the group's own update for it.
//
// tgbot-cpp repeats every request that threw by itself, three times, whatever it was: a flood wait, or a send whose reply was
// lost. So give it an HTTP client whose getRequestMaxRetries() returns 0. Its calls block: run them on a thread pool.
#include <mend/mend.hpp>

#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <string>

namespace TgBot {  // what <tgbot/TgException.h> has

struct TgException : std::runtime_error {
    enum class ErrorCode : std::size_t { Undefined = 0, BadRequest = 400, HtmlResponse = 100, InvalidJson = 101 };

    TgException(std::string const& description, ErrorCode code) : std::runtime_error{description}, errorCode{code} {}

    ErrorCode const errorCode;
};

}  // namespace TgBot

namespace {

using error_code = TgBot::TgException::ErrorCode;

mend::failure describe(TgBot::TgException const& error)
{
    auto const code = static_cast<int>(error.errorCode);
    if (error.errorCode == error_code::HtmlResponse || error.errorCode == error_code::InvalidJson) {
        // A gateway has answered instead of Telegram, and nobody knows what became of the request.
        mend::failure page = mend::telegram::bot_api_failure(502, 0, error.what());
        page.delivered = mend::delivery::unknown;
        return page;
    }
    return mend::telegram::bot_api_failure(0, code, error.what());
}

}  // namespace

int main()
{
    auto const rules = mend::classifier{}.describe<TgBot::TgException>(describe).then(mend::telegram::rules());

    auto const means = [&](int code, char const* text, mend::category expected) {
        auto const thrown = std::make_exception_ptr(TgBot::TgException{text, static_cast<error_code>(code)});
        auto const meaning = rules.classify({.exception = thrown});
        std::cout << code << ' ' << text << ": " << to_string(meaning.what) << ", " << to_string(meaning.delivered);
        if (meaning.retry_after)
            std::cout << ", wait " << meaning.retry_after->count() / 1000 << " s";
        std::cout << '\n';
        return meaning.what == expected;
    };
    bool right = means(429, "Too Many Requests: retry after 37", mend::category::flood_wait);
    right &= means(403, "Forbidden: bot was blocked by the user", mend::category::target_unavailable);
    right &= means(400, "Bad Request: group chat was upgraded to a supergroup chat", mend::category::migrated);
    right &= means(401, "Unauthorized", mend::category::account_dead);
    right &= means(400, "Bad Request: message text is empty", mend::category::permanent);
    right &= means(100, "tgbot-cpp library have got html page instead of json response.", mend::category::temporary);
    return right ? 0 : 1;
}
