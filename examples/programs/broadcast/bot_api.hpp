// The Bot API of one bot: requests as coroutines, errors as mend's failures.
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

/// Converts a result that is not a success. The text contains no token and no control characters.
[[nodiscard]] mend::failure to_failure(http_result const&, secret const& token);

/// Every request throws mend::operation_error, whose failure has whether the server may have seen it; or
/// system_error(operation_aborted) if it was cancelled and may have been seen.
class bot_api {
public:
    bot_api(asio::any_io_executor, std::string root, secret token, std::chrono::milliseconds request_timeout);

    /// Returns Telegram's message id. Calls `leaving` just before the first byte may be sent.
    asio::awaitable<std::int64_t> send_message(chat_id const& to, std::string const& text, std::function<void()> leaving);

    /// Calls getMe: has no effect, and succeeds only with an accepted token.
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
