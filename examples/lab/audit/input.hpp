// Reads what the audit compares: the messages, the sender's reports and the server's log.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace audit {

/// One line of the messages that were to be sent.
struct message {
    std::size_t line = 0; // from 1
    std::string id;       // empty if it has none
    std::int64_t chat = 0;
    std::string text;
};

enum class status : std::uint8_t { delivered, undelivered, unknown, not_sent };

/// What a report says about one message.
struct verdict {
    std::size_t line = 0;
    status ended = status::unknown;
    std::string reason;
    std::optional<std::string> id;
    std::optional<std::int64_t> chat;
};

/// One sender's run, or one of several in a row.
struct report {
    std::filesystem::path file;
    std::vector<verdict> verdicts;
};

using moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// One request as the server logged it.
struct request {
    std::uint64_t sequence = 0;
    moment time{};
    std::string token;
    std::string method;
    std::optional<std::int64_t> chat;
    std::string text;
    bool delivered = false;
    std::optional<moment> told_until; // the end of the wait that the answer told
    bool told_for_method = false;     // that wait covers the whole method, not this chat alone
};

struct server_log {
    std::vector<request> requests;
    std::map<std::string, std::size_t> faults; // how often each kind occurred
    std::set<std::string> scheduled_faults;    // the kinds that the server said it would commit
};

/// The functions throw common::input_error, which names the file and, if it is known, the line. With `skip_bad` lines that are
/// not messages are skipped, as the sender does.
[[nodiscard]] std::vector<message> read_messages(std::filesystem::path const&, bool skip_bad);
[[nodiscard]] report read_report(std::filesystem::path const&);
[[nodiscard]] server_log read_log(std::filesystem::path const&);

} // namespace audit
