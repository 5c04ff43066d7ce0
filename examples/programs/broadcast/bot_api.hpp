// One bot's side of the Bot API: requests as coroutines, every error as what mend understands.
#pragma once

#include "http_client.hpp"
#include "messages.hpp"
#include "secret.hpp"

#include <mend/failure.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace broadcast {

/// What that ending means to mend's rules; for endings that are no success. The text shows no token, and nothing that a terminal would act on.
[[nodiscard]] mend::failure to_failure(http_result const&, secret const& token);

/// Every request throws mend::operation_error, whose failure says whether the server may have seen it; or, when it was
/// cancelled and may have been seen, system_error(operation_aborted).
class bot_api {
public:
    bot_api(asio::any_io_executor, std::string root, secret token, std::chrono::milliseconds request_timeout);

    /// Returns the message id that Telegram gave. `leaving` is called just before the first byte may go out.
    asio::awaitable<std::int64_t> send_message(chat_id const& to, std::string const& text, std::function<void()> leaving);

    /// Asks who the bot is: harmless, and answered only for a token that is accepted.
    asio::awaitable<void> get_me(std::chrono::milliseconds timeout);
    asio::awaitable<void> get_me() { return get_me(request_timeout_); }

    [[nodiscard]] http_client& connections() noexcept { return http_; }

private:
    [[nodiscard]] http_request request(std::string_view method, std::chrono::milliseconds timeout) const;

    std::string root_;
    secret token_;
    std::chrono::milliseconds request_timeout_;
    http_client http_;
};

}  // namespace broadcast
