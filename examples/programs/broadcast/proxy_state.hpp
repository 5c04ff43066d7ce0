// Remembers each account's proxy across restarts: an account that changes its address often looks suspicious to Telegram.
#pragma once

#include "common/io.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace broadcast {

/// A small JSON file: account name -> proxy name, never passwords. Written in its own thread, in order.
/// Not thread-safe.
class proxy_state {
public:
    /// Reads the file if it exists. Throws input_error if it is invalid.
    explicit proxy_state(std::filesystem::path);

    /// The proxy's name; empty if none is known.
    [[nodiscard]] std::string proxy_of(std::string const& account) const;

    /// Returns when the change is on disk, or could not be written: the file is unchanged then, and failure() has the reason.
    /// The run need not stop, because the file only saves the next run a search.
    asio::awaitable<void> remember(std::string account, std::string proxy);

    /// Why the last change could not be written; empty if it was.
    [[nodiscard]] std::string const& failure() const noexcept { return failure_; }

private:
    std::filesystem::path path_;
    std::map<std::string, std::string> proxies_;
    std::string failure_;
    asio::thread_pool disk_{1};
};

}  // namespace broadcast
