// What the imitated TDLib does: for the n-th request of a type these steps, each after its time.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tdjson_stub {

using json = nlohmann::json;

struct step {
    std::chrono::milliseconds after{0};  ///< the request
    std::string what;                    ///< reply, update, connection, authorization, accepted, sent or failed
    json value;
};
using play = std::vector<step>;

/// A JSON object: from the type of a request to the plays for its first, second ... time; what comes after them gets the play
/// that the stub has by itself. {"always": play} instead of an array of plays is for every time. "start" is played once, when
/// a client gets its first request. A play is an array of steps, empty = never answered, or "default":
///
///   {"reply": {...}}               the reply itself, an error object, say; "@extra" is added
///   {"update": {...}}              an update
///   {"connection": "Ready"}        updateConnectionState with connectionStateReady
///   {"authorization": "Ready"}     updateAuthorizationState likewise
///   {"accepted": true}             replies to sendMessage with the provisional message
///   {"sent": true}                 updateMessageSendSucceeded for it
///   {"failed": {"code": 429, "message": "..."}}   updateMessageSendFailed for it
///
/// each with "after": milliseconds after the request, 0 if not given.
class script {
public:
    script() = default;

    /// Throws std::invalid_argument that says what is wrong.
    explicit script(json const& text);

    /// For the next request of that type.
    [[nodiscard]] play next(std::string const& type);

private:
    struct plays {
        std::vector<play> of_turn{};
        bool always = false;  ///< the first one, every time
        std::size_t turn = 0;
    };
    std::map<std::string, plays> plays_;
};

}  // namespace tdjson_stub
