// The proxies: reads the list, and assigns a proxy to each account.
#pragma once

#include "secret.hpp"

#include <mend/proxy_pool.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace broadcast {

struct proxy {
    std::string address;  ///< "socks5://127.0.0.1:1080": without credentials
    std::string user;
    secret password;

    /// "socks5://user@127.0.0.1:1080": its name in logs and in the state file.
    [[nodiscard]] std::string name() const;

    /// Whether the connection to the proxy stays on this machine.
    [[nodiscard]] bool is_on_this_machine() const;

    friend bool operator==(proxy const&, proxy const&) = default;
};

/// One proxy per line; blank lines and lines that begin with # are skipped. Throws input_error, which never shows a
/// password.
[[nodiscard]] std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& name);
[[nodiscard]] std::vector<proxy> read_proxies(std::filesystem::path const&);

/// The proxies and mend's pool of their names. Not thread-safe.
class proxies {
public:
    explicit proxies(std::vector<proxy>);

    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }

    /// Throws std::out_of_range if no proxy has that name.
    [[nodiscard]] proxy const& named(std::string const& name) const { return list_.at(name); }

    /// Has the proxies by name.
    [[nodiscard]] mend::proxy_pool& pool() noexcept { return pool_; }

private:
    std::map<std::string, proxy> list_;
    mend::proxy_pool pool_;
};

}  // namespace broadcast
