// Reads the list of proxies, and knows which of them are worth trying.
#pragma once

#include "secret.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broadcast {

struct proxy {
    std::string address;  ///< "socks5://127.0.0.1:1080": without credentials
    std::string user;
    secret password;

    /// "socks5://user@127.0.0.1:1080": what logs and the state file call it.
    [[nodiscard]] std::string name() const;

    friend bool operator==(proxy const&, proxy const&) = default;
};

/// One proxy a line; blank lines and lines that begin with # are skipped. Throws input_error, which never shows
/// credentials.
[[nodiscard]] std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& name);
[[nodiscard]] std::vector<proxy> read_proxies(std::filesystem::path const&);

/// The proxies of all accounts, with what their use has taught. Not thread-safe.
class proxy_pool {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit proxy_pool(std::vector<proxy> proxies);

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// The proxy of that name, null where there is none.
    [[nodiscard]] proxy const* find(std::string_view name) const noexcept;

    /// The n-th, counted round: a first proxy for each account.
    [[nodiscard]] proxy const& at(std::size_t n) const noexcept { return entries_[n % entries_.size()].value; }

    /// Not taken again for a minute, unless all others fail too.
    void failed(proxy const&, time_point now);
    void works(proxy const&);

    /// The next one behind `current` that has not failed lately; where all have, the one that failed longest ago.
    /// Only `current` itself where there is no other.
    [[nodiscard]] proxy const& next(proxy const& current, time_point now) const;

private:
    static constexpr std::chrono::minutes rest{1};

    struct entry {
        proxy value;
        std::optional<time_point> failed_at;
    };

    [[nodiscard]] std::size_t index_of(proxy const&) const noexcept;

    std::vector<entry> entries_;
};

}  // namespace broadcast
