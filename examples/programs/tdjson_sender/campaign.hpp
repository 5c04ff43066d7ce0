// Sends a file of messages through one session with mend, and reports the result of each.
#pragma once

#include "common/io.hpp"
#include "messages.hpp"
#include "session.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tdjson_sender {

struct campaign_settings {
    std::size_t parallel = 8;
    session::time_point deadline = session::time_point::max();  ///< no attempt starts after it
    std::chrono::milliseconds settle{2000};
    std::chrono::milliseconds backoff{1000};
    std::chrono::milliseconds request_timeout{30'000};
    std::size_t proxies = 0;
};

/// Prints a line for each message when it ends. Not thread-safe. Lifetime: the session must outlive it.
class campaign {
public:
    struct counts {
        std::size_t sent = 0;
        std::size_t failed = 0;   ///< certainly not sent
        std::size_t unknown = 0;  ///< may have been sent
    };

    campaign(asio::any_io_executor, session&, std::vector<message>, campaign_settings);

    /// Returns when every message has a result.
    asio::awaitable<void> run();

    /// Ends waits immediately; requests that TDLib has may finish. `why` becomes the reason of every message that this ends.
    void stop(std::string why);

    [[nodiscard]] counts const& count() const noexcept { return counts_; }
    [[nodiscard]] std::size_t total() const noexcept { return messages_.size(); }

private:
    asio::awaitable<void> work();
    asio::awaitable<void> send(message const&);
    void report_unsent(message const&);

    asio::any_io_executor executor_;
    session& session_;
    std::vector<message> messages_;
    campaign_settings settings_;
    mend::recovery_manager manager_;
    mend::account account_;
    std::size_t next_ = 0;
    std::size_t working_ = 0;
    asio::steady_timer all_done_;
    std::string stopped_;  // why; empty: running
    counts counts_;
};

}  // namespace tdjson_sender
