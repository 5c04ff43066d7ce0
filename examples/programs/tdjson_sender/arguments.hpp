// The command line.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>

namespace tdjson_sender {

struct arguments {
    std::filesystem::path tdjson{};
    std::filesystem::path messages{};
    std::filesystem::path parameters{};  ///< empty: none
    std::filesystem::path proxies{};     ///< empty: none
    std::chrono::milliseconds deadline{3'600'000};
    std::chrono::milliseconds request_timeout{30'000};
    std::chrono::milliseconds settle{2000};
    std::chrono::milliseconds backoff{1000};
    std::size_t parallel = 8;
};

struct parsed_arguments {
    arguments values{};
    std::optional<int> exit_status{};  ///< set if the program must exit: help was requested, or an argument is invalid
};

[[nodiscard]] parsed_arguments parse_arguments(int count, char const* const* values);

}  // namespace tdjson_sender
