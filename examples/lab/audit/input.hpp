// Reads the input: the messages, the sender's reports and the server's log.
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

/// One line of the messages file.
struct message {
    std::size_t line = 0; // from 1
    std::string id;       // empty if it has none
    std::int64_t chat = 0;
    std::string text;
};

enum class status : std::uint8_t { delivered, undelivered, unknown, not_sent };

/// The result of one message in a report.
struct verdict {
    std::size_t line = 0;
    status ended = status::unknown;
    std::string reason;
    std::optional<std::string> id;
    std::optional<std::int64_t> chat;
};

/// The report of one run.
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
    std::optional<moment> told_until; // the end of the wait in the reply
    bool told_for_method = false;     // the wait covers the method, not only this chat
};

struct server_log {
    std::vector<request> requests;
    std::map<std::string, std::size_t> faults; // how often each kind occurred
    std::set<std::string> scheduled_faults;    // the kinds that the server was going to inject
};

/// The functions throw common::input_error, which names the file and, if it is known, the line. With `skip_bad` lines that are
/// not messages are skipped, as the sender does.
[[nodiscard]] std::vector<message> read_messages(std::filesystem::path const&, bool skip_bad);
[[nodiscard]] report read_report(std::filesystem::path const&);
[[nodiscard]] server_log read_log(std::filesystem::path const&);

} // namespace audit
