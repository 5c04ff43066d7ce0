// The command line.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace broadcast {

struct arguments {
    std::filesystem::path messages;
    std::filesystem::path accounts;
    std::string api_root = "https://api.telegram.org";
    std::filesystem::path proxies;  ///< empty: none
    std::size_t parallel = 8;
    bool dry_run = false;
    std::filesystem::path report;  ///< empty: none
    bool skip_bad = false;
    bool resend_unknown = false;
    std::filesystem::path state;    ///< of the proxies
    std::filesystem::path journal;
    std::filesystem::path log;  ///< empty: none
    bool insecure = false;      ///< tokens may leave this machine unencrypted
};

/// If the program must exit immediately (help, or an invalid argument), prints why and sets the exit status.
struct parsed_arguments {
    arguments values;
    std::optional<int> exit_status;
};
[[nodiscard]] parsed_arguments parse_arguments(int count, char const* const* values);

}  // namespace broadcast
