// The campaign: spreads the messages over the accounts, sends each exactly once as far as that can be known, and keeps
// the books.
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

/// How a message stands; at the end, what the report says of it.
enum class status : std::uint8_t {
    not_sent,     ///< it certainly did not go out; no attempt, or each was stopped before it could matter
    undelivered,  ///< refused, for the reason given
    unknown,      ///< it may have arrived; sending it again might send it twice
    delivered,
};
[[nodiscard]] std::string_view to_string(status) noexcept;

/// One message on its way through the campaign.
struct delivery_job {
    message what;
    status stands = status::not_sent;
    std::string reason;        ///< empty for what was delivered
    bool settled = false;      ///< nothing more is done about it in this run
    bool earlier_run = false;  ///< settled by the journal: not touched in this run
    bool was_unknown = false;  ///< an earlier run may have sent it, and the user said to send it again

    std::chrono::steady_clock::time_point failed_at{};  ///< of the last attempt, while the next has not begun
    mend::category failed_with = mend::category::unknown;
    bool failing = false;
    std::optional<std::chrono::steady_clock::time_point> short_since;  ///< it waits for descriptors, memory or ports since then
    std::set<sender const*> given_up;  ///< accounts that cannot send any more
};

/// What happened so far; read by the progress display while the campaign runs.
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
    std::array<std::chrono::milliseconds, mend::category_count> lost{};  ///< from a failure to what followed it
};

struct campaign_settings {
    std::string api_root;
    std::size_t parallel = 8;
    bool resend_unknown = false;
    timing times;
};

/// Owns the accounts, the recovery manager and the workers. One thread; everything runs on the executor given.
class campaign {
public:
    campaign(asio::any_io_executor, campaign_settings, std::vector<message>, std::vector<bot> const&, proxies&, proxy_state&,
             journal&);
    campaign(campaign const&) = delete;
    campaign& operator=(campaign const&) = delete;

    /// Ends when every message is settled, or after a stop.
    asio::awaitable<void> run();

    /// Nothing more begins and every wait ends now; requests that run may finish for `grace`, then they are cut off. `why`,
    /// "stopped by SIGTERM", becomes the reason of every message that this ends.
    void stop(std::chrono::milliseconds grace, std::string why);

    [[nodiscard]] std::vector<delivery_job> const& jobs() const noexcept { return jobs_; }
    [[nodiscard]] tally const& counts() const noexcept { return counts_; }
    [[nodiscard]] mend::recovery_manager const& manager() const noexcept { return manager_; }
    [[nodiscard]] proxy_state const& state() const noexcept { return state_; }
    /// Where that message goes: to its chat, or to what became of it when the group was migrated.
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
    std::map<std::int64_t, std::int64_t> moved_;  ///< new ids of migrated groups, by the peer that the messages name
    std::vector<std::unique_ptr<sender>> senders_;
    std::vector<std::unique_ptr<asio::cancellation_signal>> cancels_;
    std::list<asio::steady_timer> pauses_;  ///< of workers whose account's turn has not come
    asio::steady_timer all_done_;
    asio::steady_timer grace_;
    std::size_t workers_ = 0;
    std::string stopped_;  ///< why; empty while running
    tally counts_;
};

}  // namespace broadcast
