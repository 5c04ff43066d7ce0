// Finds the requests that arrived during a wait.
#pragma once

#include "input.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace audit {

/// A 429 does not show what it covers: one chat, or every send of the token.
enum class reading : std::uint8_t {
    as_told, // one chat; every send of the token once a second chat has to wait, too
    strict,  // what the server meant; a sender can obey it only by applying every 429 to the whole token
};

struct wait_findings {
    std::size_t told = 0;         // replies with a wait
    std::size_t on_their_way = 0; // requests within the grace
    std::size_t discoveries = 0;  // requests to further chats that revealed a wait of the token
    std::vector<std::string> wrong;
};

/// A request within `grace` after the start of a wait may already have been in flight, and does not count as a violation.
[[nodiscard]] wait_findings check_waits(std::vector<request> const&, std::chrono::milliseconds grace, reading);

} // namespace audit
