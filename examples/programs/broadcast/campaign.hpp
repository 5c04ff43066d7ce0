// The campaign: distributes the messages over the accounts, sends each exactly once as far as that can be known, and
// records the results.
#pragma once

#include "accounts.hpp"
#include "journal.hpp"
#include "messages.hpp"
#include "proxies.hpp"
#include "proxy_state.hpp"
#include "sender.hpp"

#include <mend/mend.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace broadcast {

/// The status of a message; at the end, its result in the report.
enum class status : std::uint8_t {
    not_sent,     ///< certainly not sent: no attempt, or every attempt failed before it had an effect
    undelivered,  ///< refused; the reason says why
    unknown,      ///< may have arrived; sending it again may deliver it twice
    delivered,
};
[[nodiscard]] std::string_view to_string(status) noexcept;

/// One message and its state in the campaign.
struct delivery_job {
    message what;
    status stands = status::not_sent;
    std::string reason;        ///< empty if delivered
    bool settled = false;      ///< has its final status for this run
    bool earlier_run = false;  ///< settled by the journal, without an attempt in this run
    bool was_unknown = false;  ///< an earlier run may have sent it, and --resend-unknown was given

    std::chrono::steady_clock::time_point failed_at{};  ///< when the last attempt failed, until the next starts
    mend::category failed_with = mend::category::unknown;
    bool failing = false;
    std::optional<std::chrono::steady_clock::time_point>
        short_since;  ///< since when it has been waiting for descriptors, memory or ports
    std::set<sender const*> given_up;  ///< accounts that can no longer send it
};

/// The counts so far; the progress display reads them while the campaign runs.
struct tally {
    std::size_t total = 0;
    std::size_t settled_earlier = 0;
    std::size_t delivered = 0;  ///< with earlier runs
    std::size_t failed = 0;  ///< undelivered or unknown, with earlier runs
    std::size_t not_sent = 0;
    std::size_t in_flight = 0;
    std::size_t attempting = 0;  ///< of those in flight: not waiting
    std::size_t delivered_now = 0;
    std::uint64_t attempts = 0;
    std::uint64_t retries = 0;
    std::array<std::chrono::milliseconds, mend::category_count> lost{};  ///< from a failure to the next step
};

struct campaign_settings {
    std::string api_root;
    std::size_t parallel = 8;
    bool resend_unknown = false;
    timing times;
};

/// Owns the accounts, the recovery manager and the workers. Not thread-safe: one thread must run the executor.
class campaign {
public:
    campaign(asio::any_io_executor, campaign_settings, std::vector<message>, std::vector<bot> const&, proxies&, proxy_state&,
             journal&);
    campaign(campaign const&) = delete;
    campaign& operator=(campaign const&) = delete;

    /// Returns when every message is settled, or after a stop.
    asio::awaitable<void> run();

    /// Starts nothing more and ends every wait now; running requests have `grace` to finish and are aborted then. `why`, such as
    /// "stopped by SIGTERM", becomes the reason of every message that this ends.
    void stop(std::chrono::milliseconds grace, std::string why);

    [[nodiscard]] std::vector<delivery_job> const& jobs() const noexcept { return jobs_; }
    [[nodiscard]] tally const& counts() const noexcept { return counts_; }
    [[nodiscard]] mend::recovery_manager const& manager() const noexcept { return manager_; }
    [[nodiscard]] proxy_state const& state() const noexcept { return state_; }
    /// The chat that the message goes to: its own, or the new one if the group was migrated.
    [[nodiscard]] chat_id destination(delivery_job const&) const;
    void subscribe(std::shared_ptr<mend::observer> watching) { manager_.subscribe(std::move(watching)); }

private:
    void recall(journal_history const&, bool resend_unknown);
    void recall_waits(journal_history const&);
    void recall_moves(journal_history const&);
    asio::awaitable<void> work();
    asio::awaitable<void> deliver(delivery_job&);
    asio::awaitable<bool> wait_for_turn(delivery_job&, sender&);
    asio::awaitable<std::int64_t> attempt(delivery_job&, sender&);
    void note_failure(delivery_job&, sender&, mend::failure const&, journaled_attempt&);
    void note_wait(delivery_job const&, sender&, mend::classification const&);
    void note_cut_off(delivery_job&, journaled_attempt&);
    void note_time_lost(delivery_job&);
    void settle(delivery_job&, sender&, mend::outcome<std::int64_t> const&);
    void end(delivery_job&, status, std::string reason);
    [[nodiscard]] std::string stopped_before(delivery_job const&) const;
    [[nodiscard]] sender* pick(delivery_job const&);

    asio::any_io_executor executor_;
    campaign_settings settings_;
    journal& journal_;
    proxy_state& state_;
    mend::classifier rules_;
    mend::recovery_manager manager_;
    std::vector<delivery_job> jobs_;
    std::deque<delivery_job*> queue_;
    std::map<std::int64_t, std::int64_t> moved_;  ///< new ids of migrated groups, by the peer in the messages
    std::vector<std::unique_ptr<sender>> senders_;
    std::vector<std::unique_ptr<asio::cancellation_signal>> cancels_;
    std::list<asio::steady_timer> pauses_;  ///< of workers that wait for their account's turn
    asio::steady_timer all_done_;
    asio::steady_timer grace_;
    std::size_t workers_ = 0;
    std::string stopped_;  ///< why; empty while running
    tally counts_;
};

}  // namespace broadcast
