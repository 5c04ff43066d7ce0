// What the client gets to see: the Bot API's answers, word for word, and the ways of giving none.
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
/// Not Telegram's own words: those of a proxy that stands before it.
[[nodiscard]] answer bad_gateway();
[[nodiscard]] answer none(answer::ending);

} // namespace answers
} // namespace bot_api_server
