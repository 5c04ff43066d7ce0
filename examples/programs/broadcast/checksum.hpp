// A checksum that tells a whole line from a torn one, and one messages file from another.
#pragma once

#include <cstdint>
#include <string_view>

namespace broadcast {

/// FNV-1a, 64 bits. Guards against accidents, not against malice.
[[nodiscard]] constexpr std::uint64_t checksum(std::string_view bytes) noexcept
{
    std::uint64_t sum = 0xcbf29ce484222325u;
    for (char const c : bytes)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return sum;
}

}  // namespace broadcast
