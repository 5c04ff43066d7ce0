// Finds the requests that came before a wait was over which the server had told the sender.
#pragma once

#include "input.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace audit {

/// A 429 does not say what it covers: the one chat, or every send of the token.
enum class reading : std::uint8_t {
    as_told, // that chat; and every send of the token from the moment at which a second chat is told to wait too
    strict,  // what the server meant, which a sender can know only if it takes every 429 for the whole token
};

struct wait_findings {
    std::size_t told = 0;         // answers that told a wait
    std::size_t on_their_way = 0; // requests that came within the grace
    std::size_t discoveries = 0;  // requests into further chats, by which a wait showed that it covers the token
    std::vector<std::string> wrong;
};

/// A request within `grace` after a wait was told may have been on its way already, and breaks nothing.
[[nodiscard]] wait_findings check_waits(std::vector<request> const&, std::chrono::milliseconds grace, reading);

} // namespace audit
