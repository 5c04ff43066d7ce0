// Durations and times in words.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace explain {

/// "1500ms", "37s", "1h 2m 3s", "2d"; "over 100 years"; "for ever" for the maximum.
[[nodiscard]] std::string in_words(std::chrono::milliseconds);

/// "2023-11-14 22:13:20 UTC".
[[nodiscard]] std::string in_words(std::chrono::system_clock::time_point);

/// "1 line", "2 lines".
[[nodiscard]] std::string plural(std::uint64_t count, std::string const& word);

}  // namespace explain
