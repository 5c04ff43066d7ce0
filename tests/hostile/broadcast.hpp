// examples/programs/broadcast with files of its own, and a server that answers it as a test wants.
#pragma once

#include "loopback.hpp"
#include "program.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace hostile {

inline constexpr auto accounts = R"([timing]
settle = 0
backoff = 0.01
proxy_delay = 0.01
relogin_poll = 0.05
relogin_timeout = 0.2
attempt_timeout = 5
messages_per_second = 1000
[[account]]
name = "bot"
token = "1:SECRET"
)";
inline constexpr auto message = R"({"chat": 1, "text": "good"})";

class sending {
public:
    /// Files that are not named are good ones; `api_root` empty: a dry run.
    ended of(std::string const& messages, std::string const& api_root = {}, std::vector<std::string> const& more = {}) const
    {
        return run(files, command(messages, api_root, more));
    }
    std::vector<std::string> command(std::string const& messages, std::string const& api_root = {},
                                     std::vector<std::string> const& more = {}) const
    {
        std::vector<std::string> command{MEND_BROADCAST, "--messages", files.write("messages", messages), "--accounts",
                                         (files / "accounts").string()};
        if (std::find(more.begin(), more.end(), "--report") == more.end())
            command.insert(command.end(), {"--report", (files / "report").string()});
        if (api_root.empty())
            command.push_back("--dry-run");
        else
            command.insert(command.end(), {"--api-root", api_root});
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }
    sending() { files.write("accounts", accounts); }
    scratch_directory files;
};

inline std::string delivered()
{
    return http_answer(200, R"({"ok":true,"result":{"message_id":1}})");
}

/// Counts the messages; answers the first `count` of them with that, and all others well.
class answering {
public:
    explicit answering(std::string bytes, int count = 1'000'000)
        : server_{[this, bytes = std::move(bytes), count](std::string const& path, std::string const&) {
              if (!path.ends_with("/sendMessage"))
                  return delivered();
              return ++sent <= count ? bytes : delivered();
          }}
    {
    }
    [[nodiscard]] std::string url() const { return server_.url(); }
    std::atomic<int> sent{0};

private:
    raw_server server_;
};

} // namespace hostile
