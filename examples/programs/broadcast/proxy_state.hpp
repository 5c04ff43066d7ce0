// Remembers over restarts which proxy each account goes through: Telegram dislikes an account that hops about.
#pragma once

#include "common/io.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace broadcast {

/// A small JSON file: account name -> proxy name, never credentials. Written on a thread of its own, in order.
/// Not thread-safe.
class proxy_state {
public:
    /// Reads the file where there is one. Throws input_error when it is damaged.
    explicit proxy_state(std::filesystem::path);

    /// The proxy's name, empty when none is remembered.
    [[nodiscard]] std::string proxy_of(std::string const& account) const;

    /// Ends when the change is on the disk, or could not be written: the file is then what it was, and failure() says why.
    /// That is no reason to stop, since the file only spares the next run a search.
    asio::awaitable<void> remember(std::string account, std::string proxy);

    /// Why the last change is not on the disk; empty: it is.
    [[nodiscard]] std::string const& failure() const noexcept { return failure_; }

private:
    std::filesystem::path path_;
    std::map<std::string, std::string> proxies_;
    std::string failure_;
    asio::thread_pool disk_{1};
};

}  // namespace broadcast
