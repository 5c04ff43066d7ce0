// The server's log: the result of each request, one JSON object per line, so that a sender can be checked against it.
//
// A request's line (members that do not apply are left out):
//
//   sequence     counts the requests from 1, over restarts too
//   time         unix milliseconds at which the request was decided
//   token        the token's label, never the token
//   method       getMe, sendMessage, getUpdates or unknown
//   chat_id, text
//   delivered    true if the message was accepted; message_id is its number in the chat
//   fault        the kind of fault it met (faults.hpp), or limit_overall, limit_chat, limit_group
//   status       the HTTP status of the reply; 0 if there was none
//   retry_after  the seconds to wait in the reply; scope is what the wait covers, the method or the chat; until is its end
//                in unix milliseconds
//   during_wait  true if the request arrived before the end of an earlier wait
//   draw         the number by which the request met the plan of faults
//
// Other lines have an event instead of a sequence: started (with the kinds of faults to be expected), revoked,
// restored, stopped.
#pragma once

#include "clock.hpp"
#include "waits.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot_api_server {

struct log_record {
    std::uint64_t sequence = 0;
    moment time{};
    std::string token;
    std::string method;
    std::optional<std::int64_t> chat_id;
    std::optional<std::string> text;
    bool delivered = false;
    std::optional<std::int64_t> message_id;
    std::string fault;
    int status = 0;
    std::optional<wait> told;
    bool during_wait = false;
    std::optional<std::uint64_t> draw;
};

/// Appends to a file. Each line is in the kernel before write() returns, so a kill -9 loses none. Not thread-safe. Every
/// member throws std::runtime_error if the file cannot be read or written.
class request_log {
public:
    /// The records of earlier runs; none if the file does not exist. A torn last line is skipped; any other line that
    /// cannot be read is an error.
    [[nodiscard]] static std::vector<log_record> read(std::filesystem::path const& file);

    explicit request_log(std::filesystem::path file);

    void write(log_record const&);
    /// Details is a JSON object whose members follow the event's name and time.
    void write_event(std::string_view event, moment, nlohmann::ordered_json const& details);

private:
    void write_line(nlohmann::ordered_json const&);

    std::filesystem::path file_;
    std::ofstream stream_;
};

} // namespace bot_api_server
