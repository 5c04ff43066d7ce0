// Reads the accounts file: bots with their names and tokens, and the campaign's timing.
#pragma once

#include "secret.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace broadcast {

struct bot {
    std::string name;
    secret token;
};

/// The `[timing]` table: seconds in the file, all optional.
struct timing {
    using milliseconds = std::chrono::milliseconds;

    milliseconds attempt_timeout{30'000};   ///< one request, from connecting to the whole answer
    milliseconds drain_timeout{5'000};      ///< running requests may finish for so long before a connection is replaced
    milliseconds settle{2'000};             ///< pause between closing a connection and opening the next
    milliseconds backoff{1'000};            ///< first delay before a retry; it doubles
    milliseconds proxy_delay{5'000};        ///< before a retry through another proxy
    milliseconds relogin_poll{1'000};       ///< between two checks whether a token is accepted again
    milliseconds relogin_timeout{60'000};   ///< how long a token may stay refused
    milliseconds longest_wait{3'600'000};   ///< a message that the server delays for longer fails
    double messages_per_second = 25;        ///< for each bot; Telegram's own limit is about 30
};

struct account_file {
    std::vector<bot> bots;
    timing times;
};

/// Parses TOML. Throws input_error with file, line, field and what is allowed; it never shows a token.
[[nodiscard]] account_file parse_accounts(std::string_view toml, std::filesystem::path const& name);
[[nodiscard]] account_file read_accounts(std::filesystem::path const&);

}  // namespace broadcast
