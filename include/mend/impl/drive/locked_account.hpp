// A visit to an account: its lock, and with it the right to its state.
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

/// A visit to an account: its lock, and with it the right to its state. The end of the visit publishes what has changed,
/// frees what a healthy account does not need and, without the lock, carries out what the state asks for: reports, runs
/// of callbacks that begin, and what the server has to hear.
class locked_account {
public:
    /// A visit whose end carries nothing out: for a caller that holds the lock of the list of accounts, or that changes nothing
    /// which others wait for. What the state asks for is left to the next visit, or to finish().
    enum quiet_visit : bool { quiet };

    explicit locked_account(account_core& core) : core_{core}, lock_{core.lock()} {}
    locked_account(account_core& core, quiet_visit) : core_{core}, lock_{core.lock()}, quiet_{true} {}
    /// The state learns the time, and what the server has to say at that time.
    locked_account(account_core& core, time_point now);
    ~locked_account();
    locked_account(locked_account const&) = delete;
    locked_account& operator=(locked_account const&) = delete;

    /// Made if there is none yet.
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
        std::uint64_t operation = 0;  // that the visit was for, and the code of its failure: for the reports
        int code = 0;
    };
    /// Ends the visit; what is to be done without the lock is handed over.
    aftermath finish();

private:
    void look_around(account_trouble&, time_point now);

    account_core& core_;
    std::unique_lock<std::mutex> lock_;
    std::optional<time_point> now_{};  // of a visit
    bool quiet_ = false;
};

/// Without a lock: reports, and starts what has begun.
void carry_out(account_core&, locked_account::aftermath&) noexcept;
/// The same, and what follows for the other accounts of the server.
void deliver(account_core&, locked_account::aftermath&) noexcept;

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
