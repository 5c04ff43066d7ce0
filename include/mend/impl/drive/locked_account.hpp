// A visit to an account: holds its lock, and thereby gives access to its state.
#pragma once

#include <mend/detail/account_core.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// A visit to an account: holds its lock, and thereby gives access to its state. The end of the visit publishes changes and frees
/// what a healthy account does not need. Then, without the lock, it carries out what the state requests: events, runs of
/// callbacks, and messages to the server.
class locked_account {
public:
    /// A quiet visit carries out nothing at its end: for a caller that holds the lock of the list of accounts, or that changes
    /// nothing others wait for. What the state requests is left to the next visit, or to finish().
    enum quiet_visit : bool { quiet };

    explicit locked_account(account_core& core) : core_{core}, lock_{core.lock()} {}
    locked_account(account_core& core, quiet_visit) : core_{core}, lock_{core.lock()}, quiet_{true} {}
    /// Updates the state to the time and to the server's state at that time.
    locked_account(account_core& core, time_point now);
    ~locked_account();
    locked_account(locked_account const&) = delete;
    locked_account& operator=(locked_account const&) = delete;

    /// Creates the trouble if there is none yet.
    account_trouble& trouble();
    [[nodiscard]] account_trouble* existing_trouble() const noexcept { return core_.trouble_.get(); }
    recovery_state& state() { return trouble().state; }
    [[nodiscard]] callback_mask registered() const noexcept;
    [[nodiscard]] account_stamp stamp() const noexcept;
    void set_stamp(account_stamp) noexcept;
    void visit(time_point now);

    void be_quiet() noexcept { quiet_ = true; }
    void speak_up() noexcept { quiet_ = false; }

    struct aftermath {
        std::array<outage_notice, 4> notices{};
        std::size_t notice_count = 0;
        std::optional<callback_order> begun{};
        std::optional<callback_order> question{};
        server_message message{};
        category why = category::unknown;
        time_point now{};
        std::uint64_t operation = 0;  // the visit's operation, and the code of its failure: for the events
        int code = 0;
    };
    /// Ends the visit and returns what is to be carried out without the lock.
    aftermath finish();

private:
    void look_around(account_trouble&, time_point now);

    account_core& core_;
    std::unique_lock<std::mutex> lock_;
    std::optional<time_point> now_{};  // time of the visit
    bool quiet_ = false;
};

/// Publishes events and starts the runs that have begun. Must be called without a lock.
void carry_out(account_core&, locked_account::aftermath&) noexcept;
/// As carry_out(), and also handles the consequences for other accounts of the server.
void deliver(account_core&, locked_account::aftermath&) noexcept;

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
