// A pool of proxies for on_rotate_proxy: which proxy each account uses, and how well each has worked.
#pragma once

#include <mend/category.hpp>
#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mend {

/// What the end of an attempt shows about its proxy.
enum class proxy_evidence : std::uint8_t {
    none,         ///< nothing: the failure was beyond the proxy, or its place is unknown
    works,        ///< Telegram answered through it, even if with an error
    outage,       ///< it could not be used
    credentials,  ///< it was reached, and refused the credentials
};

/// The state of a proxy.
enum class proxy_state : std::uint8_t {
    healthy,    ///< no failure since it last worked
    cooling,    ///< it failed: no account is moved to it for the cooldown
    half_open,  ///< the cooldown is over: one account at a time may try it
    rejected,   ///< it refused the credentials: a longer cooldown, because waiting seldom helps
};

/// Return the enumerator's name; "?" if the value is invalid.
[[nodiscard]] MEND_API std::string_view to_string(proxy_evidence) noexcept;
[[nodiscard]] MEND_API std::string_view to_string(proxy_state) noexcept;

/// Returns what a failure shows about the proxy. `what` is the failure's category, from the classifier in use. Refused
/// credentials are recognised by the texts of libcurl, TDLib and HTTP (407). Thread-safe.
[[nodiscard]] MEND_API proxy_evidence evidence_of(failure const&, category what);

struct proxy_pool_options {
    std::chrono::milliseconds cooldown{60'000};  ///< after a failure; doubled by each probe that fails
    std::chrono::milliseconds longest_cooldown{30 * 60'000};
    std::chrono::milliseconds credentials_cooldown{60 * 60'000};
    std::chrono::milliseconds network_window{60'000};  ///< older outages are not evidence against the local network
};

/// Assigns proxies to all accounts of a program. Times are arguments, so that it runs on virtual time, too.
///
/// Report the end of each attempt with `note`, and move an account with `rotate` when mend asks for it. An account keeps its
/// proxy until then, because Telegram distrusts accounts that change their address often. If every proxy has failed with no
/// success between, the local network is at fault: nothing is rotated, and once something works again, all get a new chance.
///
/// Thread-safe. Evidence about unknown proxies and accounts is ignored; they are not an error.
class MEND_API proxy_pool {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    /// Constructs a pool of proxies with unique names, which need not contain their credentials. Throws std::invalid_argument
    /// if a name is empty or a duplicate, or if a time is not above 0.
    explicit proxy_pool(std::vector<std::string> names, proxy_pool_options = {});
    proxy_pool(proxy_pool const&) = delete;
    proxy_pool& operator=(proxy_pool const&) = delete;

    /// Returns the account's proxy; at first the one with the fewest accounts. Empty if the pool has no proxies.
    [[nodiscard]] std::string proxy_of(std::string_view account, time_point now = clock::now());

    /// Assigns the proxy that the account had in an earlier run of the program. Returns false if the pool does not have it.
    bool assign(std::string_view account, std::string_view proxy);

    /// Removes the account.
    void forget(std::string_view account);

    /// Records how an attempt through this proxy ended.
    void note(std::string_view proxy, proxy_evidence, time_point now = clock::now());

    struct rotation {
        enum class result : std::uint8_t {
            moved,  ///< to `proxy`
            own_network,  ///< kept: every proxy fails, so the local network is at fault
            no_other,  ///< kept: every other proxy is cooling down, rejected or being tried; one is free at `retry_at`
        };
        result what;
        std::string proxy;  ///< the account's proxy from now on
        time_point retry_at = time_point::max();
    };

    /// Moves the account to another proxy: a healthy one, or one whose cooldown is over and that no other account is trying;
    /// among these the one with the fewest accounts.
    [[nodiscard]] rotation rotate(std::string_view account, time_point now = clock::now());

    struct health {
        std::string name;
        proxy_state state;
        time_point until;  ///< cooling, rejected: when that ends
        std::size_t accounts;
        std::uint64_t works, outages, rejections;  ///< how often each kind of evidence was recorded
    };

    /// Returns all proxies, in the order of the constructor's argument.
    [[nodiscard]] std::vector<health> health_of_all(time_point now = clock::now()) const;

private:
    struct entry {
        std::string name;
        time_point until{};  // cooling or rejected until then
        unsigned strikes = 0;  // cooldowns begun since it last worked; 0: healthy
        bool rejected = false;
        time_point failed_at = time_point::min();  // the last outage
        std::string prober{};  // the account that tries it while it is half open
        time_point probe_ends{};
        std::size_t accounts = 0;
        std::uint64_t works = 0, outages = 0, rejections = 0;
    };

    [[nodiscard]] entry* find(std::string_view proxy) noexcept;
    [[nodiscard]] proxy_state state_of(entry const&, time_point now) const noexcept;
    [[nodiscard]] bool may_take(entry const&, std::string_view account, time_point now) const noexcept;
    [[nodiscard]] bool is_own_network(time_point now) const noexcept;
    [[nodiscard]] entry* best_for(std::string_view account, entry const* current, time_point now) noexcept;
    [[nodiscard]] entry& free_first() noexcept;
    void take(entry&, std::string_view account, time_point now);
    void has_worked(entry&, time_point now) noexcept;
    void has_failed(entry&, proxy_evidence, time_point now) noexcept;

    proxy_pool_options const options_;
    mutable std::mutex mutex_;
    std::vector<entry> entries_;  // never moved: the maps point into it
    std::map<std::string_view, entry*> by_name_;
    std::map<std::string, entry*, std::less<>> proxy_of_;
    time_point worked_at_ = time_point::min();  // any of them
    time_point failed_at_ = time_point::min();  // any of them
};

}  // namespace mend
