// The replies of the Bot API, word for word, and the ways of not replying.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bot_api_server {

struct answer {
    enum class ending : std::uint8_t {
        reply,
        reset,
        silence,
    };

    ending ends = ending::reply;
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
};

namespace answers {

[[nodiscard]] answer success(nlohmann::ordered_json const& result);
[[nodiscard]] answer error(int status, std::string_view description);
[[nodiscard]] answer too_many_requests(std::chrono::seconds retry_after);
/// Not Telegram's reply, but that of a gateway in front of it.
[[nodiscard]] answer bad_gateway();
[[nodiscard]] answer none(answer::ending);

} // namespace answers
} // namespace bot_api_server
