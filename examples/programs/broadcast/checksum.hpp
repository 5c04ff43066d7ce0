// A checksum that detects torn lines and identifies messages files.
#pragma once

#include <cstdint>
#include <string_view>

namespace broadcast {

/// FNV-1a, 64 bits. Detects accidents, not manipulation.
[[nodiscard]] constexpr std::uint64_t checksum(std::string_view bytes) noexcept
{
    std::uint64_t sum = 0xcbf29ce484222325u;
    for (char const c : bytes)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return sum;
}

}  // namespace broadcast
